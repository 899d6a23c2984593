"""The practice Alipay as its buyers and its merchant see it."""

import urllib3

from chalicelib.providers.base import RawWebhook
from tests.providers.http_double import until


def pay(url, outcome="succeeded"):
    answer = urllib3.request("POST", url, json={"outcome": outcome}, redirect=False, retries=False)
    assert answer.status == 200, answer.data


def notified(shop, payment_id, count=1):
    """The first notifications about a payment, as they arrived."""

    def about():
        return [a for a in list(shop.asked) if payment_id.encode() in a.body]

    assert until(lambda: len(about()) >= count), f"{len(about())} of {count}"
    return [RawWebhook(asked.body, asked.headers) for asked in about()]


def hinder(secrets, fault, times=1):
    """What the next calls of the gateway meet."""
    url = secrets["gateway"].replace("/gateway.do", "/practice/faults")
    answer = urllib3.request("POST", url, json={"fault": fault, "times": times}, retries=False)
    assert answer.status == 200, answer.data

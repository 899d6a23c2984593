"""A text message is short, and its link is whole."""

from chalicelib.channels.base import Message
from chalicelib.channels.sms import LENGTH_MAX, Sms

LINK = "https://shop.example/#/o/ord_1?t=a-guests-token"


class Sns:
    def __init__(self):
        self.sent = []

    def publish(self, **request):
        self.sent.append(request["Message"])
        return {"MessageId": "1"}


def texted(text, *links):
    sns = Sns()
    Sms(lambda: sns).send(Message(message_id="m", to="+8613800138000", text=text, links=links))
    return sns.sent[0]


def test_a_short_text_ends_with_its_last_link():
    assert texted("Ready.", "https://elsewhere.example", LINK) == f"Ready. {LINK}"


def test_a_long_text_is_cut_and_its_link_is_not():
    said = texted("about your order " * 40, LINK)
    assert len(said) <= LENGTH_MAX
    assert said.endswith(f"… {LINK}")


def test_a_text_without_a_link_is_cut_too():
    assert len(texted("x" * 500)) == LENGTH_MAX

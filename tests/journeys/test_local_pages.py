"""The pages that only the local stage has."""

import json
import urllib.error
import urllib.request

import pytest

LISTS = ("mail", "sms", "push", "deliveries", "payments")


def read(url, accept="text/html"):
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def test_one_page_links_all_the_others(stack):
    index = read(f"{stack.url}/_local/")

    assert all(f'href="/_local/{name}"' in index for name in LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_a_page_for_people_and_json_for_scripts(stack, name):
    assert "<h1>" in read(f"{stack.url}/_local/{name}")
    listed = json.loads(read(f"{stack.url}/_local/{name}", "application/json"))
    assert isinstance(listed["items"], list)


def test_a_sent_mail_is_in_the_mailbox_of_whom_it_went_to(stack):
    stack.client("sesv2").send_email(
        FromEmailAddress="orders@example.com",
        Destination={"ToAddresses": ["mailbox-test@example.com"]},
        Content={
            "Simple": {
                "Subject": {"Data": "Your <order>"},
                "Body": {"Text": {"Data": "It is on its way."}},
            }
        },
    )

    address = f"{stack.url}/_local/mail?to=mailbox-test@example.com"
    (entry,) = json.loads(read(address, "application/json"))["items"]
    assert (entry["title"], entry["text"]) == ("Your <order>", "It is on its way.")
    assert "Your &lt;order&gt;" in read(address)


def test_only_the_supervisor_can_hold_the_front_door(stack):
    request = urllib.request.Request(f"{stack.url}/_local/control/hold", b"{}", method="POST")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)

    refused.value.close()
    assert refused.value.code == 403

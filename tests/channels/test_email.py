"""What a mail looks like when it leaves."""

from chalicelib.channels.base import Message
from chalicelib.channels.email import Email


class Ses:
    def __init__(self):
        self.sent = []

    def send_email(self, **request):
        self.sent.append(request)
        return {"MessageId": "1"}


def mailed(**changes):
    ses = Ses()
    fields = {"message_id": "ntf_1", "to": "ada@example.com", "text": "t", "subject": "s"}
    Email(lambda: ses).send(Message(**{**fields, **changes}))
    return ses.sent[0]["Content"]["Simple"]


def test_a_subject_stays_one_line():
    subject = mailed(subject="Hello\r\nBcc: eve@example.com\n\nbody")["Subject"]["Data"]
    assert subject == "Hello Bcc: eve@example.com body"


def test_our_id_travels_with_the_mail():
    headers = {header["Name"]: header["Value"] for header in mailed()["Headers"]}
    assert headers["X-Docket-Message-Id"] == "ntf_1"


def test_html_is_sent_beside_the_text_only_where_there_is_some():
    assert set(mailed()["Body"]) == {"Text"}
    assert set(mailed(html="<p>t</p>")["Body"]) == {"Text", "Html"}

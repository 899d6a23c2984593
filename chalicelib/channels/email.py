"""Mail through Amazon SES."""

import re
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from chalicelib import aws
from chalicelib.channels.base import DeliveryRefused, Message, Sent
from chalicelib.config import settings

ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z0-9-]{2,63}")
SUBJECT_LENGTH_MAX = 200
# Closed to the whole stage, not to this message: worth another try once it is open again.
_CLOSED = frozenset({
    "AccountSuspendedException", "MailFromDomainNotVerifiedException", "SendingPausedException",
})  # fmt: skip


class Email:
    name = "email"

    def __init__(self, client: Callable[[], Any] = lambda: aws.client("sesv2")) -> None:
        self._client = client

    def accepts(self, address: str) -> bool:
        return len(address) <= 254 and ADDRESS.fullmatch(address) is not None

    def send(self, message: Message) -> Sent:
        from botocore.exceptions import ClientError

        if not self.accepts(message.to):
            raise DeliveryRefused("This is no mail address.")
        try:
            with aws.calling("The mail service"):
                answer = self._client().send_email(**_request(message))
        except ClientError as error:
            code = aws.error_code(error)
            if code in _CLOSED or _sender_is_unknown(error):
                raise aws.unavailable("The mail service") from error
            raise DeliveryRefused(f"The mail service refused: {code}.") from error
        return Sent(reference=answer["MessageId"])


def _sender_is_unknown(error: Any) -> bool:
    """SES names the addresses that are not verified; ours among them is no fault of the mail."""
    sender = parseaddr(settings().mail_from)[1]
    said = str(error.response.get("Error", {}).get("Message", ""))
    return "not verified" in said and sender in said


def _request(message: Message) -> dict[str, Any]:
    body = {"Text": _content(message.text)}
    if message.html:
        body["Html"] = _content(message.html)
    return _followed(message) | {
        "FromEmailAddress": settings().mail_from,
        "Destination": {"ToAddresses": [message.to]},
        "Content": {
            "Simple": {
                "Subject": _content(_one_line(message.subject)),
                "Body": body,
                "Headers": [
                    {"Name": "X-Docket-Message-Id", "Value": message.message_id},
                    {"Name": "Auto-Submitted", "Value": "auto-generated"},
                ],
            }
        },
    }


def _followed(message: Message) -> dict[str, Any]:
    """What lets SES tell us of bounces and complaints, and us know which mail it was."""
    configuration_set = settings().mail_configuration_set
    tags = [{"Name": name, "Value": value} for name, value in message.tags.items()]
    return ({"ConfigurationSetName": configuration_set} if configuration_set else {}) | (
        {"EmailTags": tags} if tags else {}
    )


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _one_line(text: str) -> str:
    """A line break in a subject would start a header of the writer's choosing."""
    return " ".join(text.split())[:SUBJECT_LENGTH_MAX]


CHANNEL = Email()

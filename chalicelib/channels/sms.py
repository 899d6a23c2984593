"""Text messages through Amazon SNS."""

import re
from collections.abc import Callable
from typing import Any

from chalicelib import aws
from chalicelib.channels.base import DeliveryRefused, Message, Sent, fitted

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# Three parts in Latin letters, seven in Chinese characters: a guest's link alone takes one of them.
LENGTH_MAX = 459


class Sms:
    name = "sms"

    def __init__(self, client: Callable[[], Any] = lambda: aws.client("sns")) -> None:
        self._client = client

    def accepts(self, address: str) -> bool:
        return E164.fullmatch(address) is not None

    def send(self, message: Message) -> Sent:
        from botocore.exceptions import ClientError

        if not self.accepts(message.to):
            raise DeliveryRefused("This is no phone number in E.164 form.")
        try:
            with aws.calling("The text message service"):
                answer = self._client().publish(
                    PhoneNumber=message.to,
                    Message=_written(message),
                    MessageAttributes={
                        "AWS.SNS.SMS.SMSType": {
                            "DataType": "String",
                            "StringValue": "Transactional",
                        }
                    },
                )
        except ClientError as error:
            code = aws.error_code(error)
            raise DeliveryRefused(f"The text message service refused: {code}.") from error
        return Sent(reference=answer["MessageId"])


def _written(message: Message) -> str:
    """With one link, which is of no use when it is cut."""
    end = "".join(f" {link}" for link in message.links[-1:])
    return fitted(message.text, end, LENGTH_MAX)


CHANNEL = Sms()

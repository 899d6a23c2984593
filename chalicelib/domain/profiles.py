"""What a customer keeps with Docket: who they are, how they like it, where they live."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.invoice_details import Buyer
from chalicelib.domain.quiet_hours import QuietHours

Language = Literal["en", "zh-CN"]
Topic = Literal["orders", "payments", "announcements"]
TextSize = Literal["normal", "large", "largest"]
Theme = Literal["system", "light", "dark", "contrast"]
NotificationChannel = Literal["email", "sms", "push"]

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@[^@\s\"(),:;<>\[\]\\]+\.[^@\s.]{2,}")
_EMAIL_LENGTH_MAX = 254
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")

ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
LongText = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """`email` is the pool's, confirmed there; `version` counts the changes."""

    customer_id: str
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    version: int = 0
    updated_at: datetime | None = None


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """`channels` per topic are those besides the inbox, which is always on; `push` holds for the
    devices that asked for it themselves.
    """

    language: Language | None = None
    channels: dict[Topic, tuple[NotificationChannel, ...]] = msgspec.field(
        default_factory=lambda: {
            "orders": ("email", "push"),
            "payments": ("email", "push"),
            "announcements": (),
        }
    )
    quiet_hours: QuietHours | None = None
    text_size: TextSize = "normal"
    theme: Theme = "system"
    invoice_details: Buyer | None = None
    version: int = 0


class SavedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the address book; at most one is the default.

    `fingerprint` is of the request that added it, to know the same request when it comes again.
    """

    address_id: str
    line1: str
    label: str | None = None
    contact_name: str | None = None
    phone: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    is_default: bool = False
    version: int = 1
    fingerprint: str | msgspec.UnsetType = msgspec.UNSET


def normalized_email(text: str, pointer: str = "/email") -> str:
    """One spelling an address: NFC, case folded (RFC 5321 leaves case to the receiver's will)."""
    email = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    if len(email) > _EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(email):
        raise _invalid(pointer, "Write an e-mail address, such as name@example.com.")
    return email


def normalized_phone(text: str, pointer: str = "/phone") -> str:
    """E.164, without the blanks and marks that people write."""
    phone = re.sub(r"[\s().\-]", "", text)
    phone = f"+{phone[2:]}" if phone.startswith("00") else phone
    if not _PHONE.fullmatch(phone):
        raise _invalid(pointer, "Write the number with its country code, such as +8613812345678.")
    return phone


def _invalid(pointer: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=[FieldError(pointer, detail)])

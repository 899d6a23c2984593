"""Whom an invoice is made out to: the title and the tax id, checked before they are printed."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec

from chalicelib.domain.errors import FieldError, InvalidInput

_DETAIL = (
    "Not a valid tax id: a Chinese unified social credit code has 18 characters, an EU VAT"
    " number starts with its country. Check it for typing errors."
)
_CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))

# The members' forms (Directive 2006/112/EC, art. 215; VIES). Some have check digits, below.
_EU_FORMS: Mapping[str, str] = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}", "DE": r"\d{9}", "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]", "FI": r"\d{8}", "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "HR": r"\d{11}", "HU": r"\d{8}", "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}", "IT": r"\d{11}",
    "LT": r"\d{9}|\d{12}", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}",
    "NL": r"[A-Z0-9+*]{10}\d{2}", "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}",
    "SE": r"\d{10}01", "SI": r"\d{8}", "SK": r"\d{10}", "XI": r"\d{9}|\d{12}|(GD|HA)\d{3}",
}  # fmt: skip


class Buyer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Both are empty for a private person who did not ask for more."""

    title: str | None = None
    tax_id: str | None = None


class InvoiceDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer writes; a company gives its tax id too."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"\S")]
    tax_id: Annotated[str, msgspec.Meta(min_length=4, max_length=30)] | None = None

    def as_buyer(self, pointer: str = "") -> Buyer:
        """Raises `InvalidInput` for a tax id that cannot be one."""
        title = " ".join(self.title.split())
        if self.tax_id is None:
            return Buyer(title=title)
        tax_id = re.sub(r"[\s.\-]", "", self.tax_id).upper()
        if not is_tax_id(tax_id):
            fault = FieldError(f"{pointer}/tax_id", _DETAIL)
            raise InvalidInput(_DETAIL, code="tax_id_invalid", errors=[fault])
        return Buyer(title=title, tax_id=tax_id)


def is_tax_id(text: str) -> bool:
    """Whether it is formed as one and its check digits are right, where it has any."""
    if re.fullmatch(rf"[{_CREDIT_CODE}]{{18}}", text) and not text[:2].isalpha():
        return _credit_code_is_right(text)
    form = _EU_FORMS.get(text[:2])
    if form is None or not re.fullmatch(form, text[2:]):
        return False
    check = _CHECKS.get(text[:2])
    return check is None or check(text[2:])


def _credit_code_is_right(code: str) -> bool:
    """GB 32100-2015: the last character makes the weighted sum divisible by 31."""
    pairs = zip(code[:17], _CREDIT_WEIGHTS, strict=True)
    weighted = sum(_CREDIT_CODE.index(letter) * weight for letter, weight in pairs)
    return _CREDIT_CODE[-weighted % 31] == code[17]


def _german(number: str) -> bool:
    """ISO 7064, mod 11,10."""
    product = 10
    for digit in number[:8]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[8])


def _luhn(number: str) -> bool:
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _french(number: str) -> bool:
    """Two key digits before the company's number; keys with letters are not computed alike."""
    key, siren = number[:2], number[2:]
    return not key.isdigit() or int(key) == (12 + 3 * (int(siren) % 97)) % 97


def _polish(number: str) -> bool:
    pairs = zip(number[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)
    return sum(int(digit) * weight for digit, weight in pairs) % 11 == int(number[9])


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "DE": _german, "FR": _french, "IT": _luhn, "PL": _polish,
}  # fmt: skip

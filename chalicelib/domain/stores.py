"""Stores: when they take orders, and which settings staff may give them."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.domain.catalogue import WEEKDAYS, Hours, Store, StoreState, next_opening
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.invoice_details import is_tax_id
from chalicelib.domain.money import EXPONENTS
from chalicelib.domain.orders import FulfillmentType
from chalicelib.domain.questions import UNANSWERED
from chalicelib.domain.text import LANGUAGES

TABLES_MAX = 500
SPANS_MAX = 6
FULFILLMENT_TYPES: tuple[str, ...] = get_args(FulfillmentType)
PAYMENT_METHODS = ("card", "wallet", "bank", "qr")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_TABLE = re.compile(r"[A-Za-z0-9-]{1,20}")
_NEVER_FROM_YEAR = 9999


def opening_of(store: Store, state: StoreState, now: datetime) -> datetime | None:
    """When orders can next be placed: `now` when they can, None when nobody knows."""
    start = now
    if state.paused_at(now):
        if state.until is None:
            return None
        start = state.until
    opening = next_opening(store, start)
    if opening is None:
        return start
    return opening if opening.year < _NEVER_FROM_YEAR else None


def check(store: Store) -> None:
    """Raises `InvalidInput` with every setting that makes no sense."""
    faults = [
        *_name_faults(store),
        *_hours_faults(store.hours),
        *_place_faults(store),
        *_word_faults("fulfillment_types", store.fulfillment_types, FULFILLMENT_TYPES),
        *_word_faults("payment_methods", store.payment_methods, PAYMENT_METHODS),
        *_charge_faults(store),
        *_answer_faults(store),
    ]
    if store.tax_id is not None and not is_tax_id(store.tax_id):
        faults.append(FieldError("/tax_id", "Not a valid tax id."))
    if store.einvoice_provider and (store.currency != "CNY" or store.tax_id is None):
        faults.append(FieldError("/einvoice_provider", "Needs prices in CNY and a tax_id."))
    if not store.fulfillment_types:
        faults.append(FieldError("/fulfillment_types", "Name at least one."))
    if faults:
        raise InvalidInput("These settings make no sense; see errors.", errors=faults)


def _name_faults(store: Store) -> Iterator[FieldError]:
    if not any(text.strip() for text in store.name.values()):
        yield FieldError("/name", "A name in at least one language is needed.")
    for field in ("name", "address"):
        for language in getattr(store, field).keys() - set(LANGUAGES):
            yield FieldError(f"/{field}/{language}", f"Languages are {', '.join(LANGUAGES)}.")


def _hours_faults(hours: Hours) -> Iterator[FieldError]:
    for day, spans in hours.spans.items():
        if day not in WEEKDAYS:
            yield FieldError(f"/hours/{day}", f"Days are {', '.join(WEEKDAYS)}.")
        if len(spans) > SPANS_MAX:
            yield FieldError(f"/hours/{day}", f"At most {SPANS_MAX} spans a day.")
        for i, (opens, closes) in enumerate(spans):
            if not (_CLOCK.fullmatch(opens) and _CLOCK.fullmatch(closes)) or opens == closes:
                yield FieldError(f"/hours/{day}/{i}", "Two different times as HH:MM.")
            elif opens == "24:00":
                yield FieldError(f"/hours/{day}/{i}/opens", "A day starts at 00:00.")


def _place_faults(store: Store) -> Iterator[FieldError]:
    try:
        ZoneInfo(store.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield FieldError("/time_zone", "Not a time zone of the IANA database.")
    if len(store.tables) > TABLES_MAX or len(set(store.tables)) < len(store.tables):
        yield FieldError("/tables", f"At most {TABLES_MAX}, each once.")
    for i, table in enumerate(store.tables):
        if not _TABLE.fullmatch(table):
            yield FieldError(f"/tables/{i}", "1 to 20 letters, digits and hyphens.")
    if "dine_in" in store.fulfillment_types and not store.tables:
        yield FieldError("/tables", "Dining in needs tables.")


def _charge_faults(store: Store) -> Iterator[FieldError]:
    seen = {store.currency}
    for i, rate in enumerate(store.charge_currencies):
        if rate.currency in seen or rate.currency not in EXPONENTS:
            yield FieldError(
                f"/charge_currencies/{i}/currency", "Each once, of ISO 4217, not the store's own."
            )
        seen.add(rate.currency)
        if not rate.rate.strip("0."):
            yield FieldError(f"/charge_currencies/{i}/rate", "More than nothing.")
        if rate.valid_until <= rate.rated_at:
            yield FieldError(f"/charge_currencies/{i}/valid_until", "After rated_at.")


def _answer_faults(store: Store) -> Iterator[FieldError]:
    for kind, choice in store.unanswered.items():
        known = UNANSWERED.get(kind)
        if known is None:
            yield FieldError(f"/unanswered/{kind}", f"Questions are {', '.join(UNANSWERED)}.")
        elif choice not in known:
            yield FieldError(f"/unanswered/{kind}", f"One of {', '.join(known)}.")


def _word_faults(
    field: str, given: tuple[str, ...], known: tuple[str, ...]
) -> Iterator[FieldError]:
    for i, word in enumerate(given):
        if word not in known or word in given[:i]:
            yield FieldError(f"/{field}/{i}", f"Each once, of {', '.join(known)}.")

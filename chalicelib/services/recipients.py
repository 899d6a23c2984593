"""Where a customer's messages go: the order's contact first, then the profile, by their wishes.

Read from the tables at the moment of sending: events and messages carry no personal data.
"""

from datetime import datetime

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.notifications import Recipient, topic_of
from chalicelib.domain.orders import Order
from chalicelib.domain.profiles import normalized_phone
from chalicelib.domain.quiet_hours import is_quiet
from chalicelib.store.recipients import find_recipient
from chalicelib.store.suppressions import find_suppression


def addresses_of(order: Order) -> Recipient:
    """Every way to the customer, whatever they wish: for people who write to them by hand."""
    contact = order.contact
    email, phone = contact.email, _dialable(contact.phone)
    if order.customer_id and not (email and phone):
        profile, _ = find_recipient(order.customer_id)
        email, phone = email or profile.email, phone or profile.phone
    return Recipient(email=email, phone=phone)


def recipient_of(order: Order, event_type: str, now: datetime) -> Recipient:
    """Nothing but the inbox while the customer wants quiet."""
    contact = order.contact
    if order.customer_id is None:
        # Guests have no inbox and no preferences: mail if they gave one, else their phone.
        email = _usable(contact.email)
        return Recipient(email=email, phone=None if email else _dialable(contact.phone))
    profile, preferences = find_recipient(order.customer_id)
    if is_quiet(preferences.quiet_hours, now):
        return Recipient()
    wanted = preferences.channels.get(topic_of(event_type), ())
    address = (contact.email or profile.email) if "email" in wanted else None
    email = _usable(address)
    # Where mail bounces, what is urgent goes to the phone.
    by_phone = "sms" in wanted or email != address
    phone = (_dialable(contact.phone) or profile.phone) if by_phone else None
    return Recipient(email=email, phone=phone)


def _usable(email: str | None) -> str | None:
    """None for an address that bounced, or whose owner complained."""
    return None if email is None or find_suppression(email) else email


def _dialable(phone: str | None) -> str | None:
    """A number without its country cannot be reached from anywhere."""
    try:
        return normalized_phone(phone) if phone else None
    except InvalidInput:
        return None

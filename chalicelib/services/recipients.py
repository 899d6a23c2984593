"""Where a customer's messages go: the order's contact first, then the profile, by their wishes.

Read from the tables at the moment of sending: events and messages carry no personal data.
"""

from datetime import datetime

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.notifications import Recipient, topic_of
from chalicelib.domain.orders import Order
from chalicelib.domain.profiles import normalized_phone
from chalicelib.domain.quiet_hours import is_quiet
from chalicelib.store.recipients import Known, find_recipient
from chalicelib.store.suppressions import find_suppression


def addresses_of(order: Order) -> Recipient:
    """Every way to the customer, whatever they wish: for people who write to them by hand."""
    contact = order.contact
    email, phone = contact.email, _dialable(contact.phone)
    if order.customer_id is None:
        return Recipient(email=email, phone=phone)
    known = find_recipient(order.customer_id)
    email, phone = email or known.profile.email, phone or known.profile.phone
    return Recipient(email=email, phone=phone, devices_of=_owner(known))


def mailbox_of(order: Order) -> str | None:
    """Where mail goes when no other way works, whatever they wish; None where it comes back."""
    return _usable(addresses_of(order).email)


def recipient_of(order: Order, event_type: str, now: datetime) -> Recipient:
    """Nothing but the inbox while the customer wants quiet."""
    contact = order.contact
    if order.customer_id is None:
        # Guests have no inbox and no preferences: mail if they gave one, else their phone.
        email = _usable(contact.email)
        return Recipient(email=email, phone=None if email else _dialable(contact.phone))
    known = find_recipient(order.customer_id)
    profile, preferences = known.profile, known.preferences
    if is_quiet(preferences.quiet_hours, now):
        return Recipient()
    wanted = preferences.channels.get(topic_of(event_type), ())
    devices_of = _owner(known) if "push" in wanted else None
    # Who wants to be told on devices and has none left is mailed.
    by_mail = "email" in wanted or ("push" in wanted and devices_of is None)
    address = (contact.email or profile.email) if by_mail else None
    email = _usable(address)
    # Where mail bounces, what is urgent goes to the phone.
    by_phone = "sms" in wanted or email != address
    phone = (_dialable(contact.phone) or profile.phone) if by_phone else None
    return Recipient(email=email, phone=phone, devices_of=devices_of)


def _owner(known: Known) -> str | None:
    """Whose devices to tell; None without any."""
    return known.profile.customer_id if known.devices.items else None


def _usable(email: str | None) -> str | None:
    """None for an address that bounced, or whose owner complained."""
    return None if email is None or find_suppression(email) else email


def _dialable(phone: str | None) -> str | None:
    """A number without its country cannot be reached from anywhere."""
    try:
        return normalized_phone(phone) if phone else None
    except InvalidInput:
        return None

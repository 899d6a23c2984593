"""When a payment that nobody may pay any more is closed at its provider.

An order ends at once, whether its provider can be reached or not. Where it could not, the closing
is owed: the sweep tries soon, and then ever more seldom. So is that of a payment whose time is over
while its order goes on, to be paid later or on site.
"""

from datetime import datetime, timedelta

from chalicelib.domain.orders import Order
from chalicelib.domain.payments import OPEN, PAYABLE, Payment

_GAP_MIN, _GAP_MAX = timedelta(minutes=1), timedelta(hours=1)
# A provider that is silent for so long keeps it; what it still takes goes back as late capture.
_PATIENCE = timedelta(days=1)
_ON_SITE = "on_site"


def due_at(order: Order, payment: Payment) -> datetime | None:
    """The next moment to close it; None when that is not owed, or was tried for long enough."""
    since = _owed_since(order, payment)
    if since is None:
        return None
    tried = payment.asked_at
    if tried is None or tried < since:
        return since
    if tried >= max(payment.expires_at, since) + _PATIENCE:
        return None
    return tried + min(max(tried - since, _GAP_MIN), _GAP_MAX)


def _owed_since(order: Order, payment: Payment) -> datetime | None:
    """A declined one too: the provider's page may still take it."""
    if payment.status not in PAYABLE or payment.provider == _ON_SITE:
        return None
    if order.is_terminal or order.payable_minor <= 0:
        return order.closed_at or payment.updated_at
    # An order that waits to be placed for good ends together with its payment.
    return payment.expires_at if payment.status in OPEN and order.status != "placed" else None

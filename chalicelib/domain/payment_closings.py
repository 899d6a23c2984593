"""When a payment that nobody may pay any more is closed at its provider.

An order ends at once, whether its provider can be reached or not. Where it could not, the closing
is owed: the sweep tries soon, and then ever more seldom.
"""

from datetime import datetime, timedelta

from chalicelib.domain.orders import Order
from chalicelib.domain.payments import PAYABLE, Payment

_GAP_MIN, _GAP_MAX = timedelta(minutes=1), timedelta(hours=1)
# A provider that is silent for so long keeps it; what it still takes goes back as late capture.
_PATIENCE = timedelta(days=1)
_ON_SITE = "on_site"


def due_at(order: Order, payment: Payment) -> datetime | None:
    """The next moment to close it; None when that is not owed, or was tried for long enough."""
    if not _owed(order, payment):
        return None
    since = order.closed_at or payment.updated_at
    tried = payment.asked_at
    if tried is None or tried < since:
        return since
    if tried >= max(payment.expires_at, since) + _PATIENCE:
        return None
    return tried + min(max(tried - since, _GAP_MIN), _GAP_MAX)


def _owed(order: Order, payment: Payment) -> bool:
    """A declined one too: the provider's page may still take it."""
    if payment.status not in PAYABLE or payment.provider == _ON_SITE:
        return False
    return order.is_terminal or order.payable_minor <= 0

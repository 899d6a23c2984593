"""Money in: start a payment, hear of it, ask about it, let it expire."""

from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from msgspec import UnsetType

from chalicelib import plugins
from chalicelib.config import settings
from chalicelib.domain import ids, on_site, payments
from chalicelib.domain.catalogue import Store
from chalicelib.domain.charges import Charge
from chalicelib.domain.errors import (
    Conflict,
    Declined,
    FieldError,
    InvalidInput,
    NotFound,
    Unavailable,
)
from chalicelib.domain.identity import Caller
from chalicelib.domain.money import Money
from chalicelib.domain.order_requests import fingerprint
from chalicelib.domain.orders import Order
from chalicelib.domain.payment_requests import PaymentRequest
from chalicelib.domain.payments import Device, Payment, ProviderEvent
from chalicelib.providers.base import (
    PayerSource,
    Provider,
    ProviderRefused,
    Secrets,
    StartPayment,
)
from chalicelib.services import (
    catalogue,
    charges,
    orders,
    payment_ways,
    provider_events,
    provider_words,
    secrets,
)
from chalicelib.services.payment_ways import ON_SITE
from chalicelib.services.races import looking_again
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile


class Started(msgspec.Struct, frozen=True):
    payment: Payment
    replayed: bool


def provider_named(name: str) -> Provider:
    """Raises `NotFound` for a name that no module of `providers/` has."""
    module = plugins.load("providers", name)
    if module is None:
        raise NotFound("There is no such provider.", code="provider_not_found")
    provider: Provider = module.PROVIDER
    return provider


def secrets_of(name: str) -> Secrets | None:
    return secrets.payment_secrets(name)


def offered() -> dict[str, Provider]:
    """The providers whose credentials are there."""
    return {
        name: provider_named(name)
        for name in plugins.names("providers")
        if secrets_of(name) is not None
    }


def payer_page(name: str) -> str | None:
    """Where the provider's own app tells who pays, as `PayerSource` has it."""
    provider, found = provider_named(name), secrets_of(name)
    return provider.payer_page(found) if found and isinstance(provider, PayerSource) else None


@looking_again
def start(
    order_id: str, request: PaymentRequest, caller: Caller, key: str, now: datetime
) -> Started:
    """Offer the payment of what is due. Its id is stored before the provider hears of it.

    The same key answers with the same payment; an open one of the same kind is returned, one of
    another kind is closed at its provider first. Raises `Declined` when the provider refuses.
    """
    file = orders.load_to_change(caller, order_id)
    payment_id = ids.derived("pay", order_id, key)
    mark = fingerprint(request)
    existing = file.payment(payment_id)
    if existing is not None:
        if existing.fingerprint != mark:
            raise InvalidInput("Another payment has this key.", code="idempotency_key_reused")
        return Started(_resumed(file, existing, request, caller, now), replayed=True)
    store = catalogue.store_in(catalogue.current_snapshot(), file.order.store_id)
    _require_offered(store, request)
    charge = _charge(store, file.order, request, now)
    open_payment = file.payment(file.order.open_payment_id)
    if open_payment is not None and _serves(open_payment, request, charge, now, file.order):
        return Started(_resumed(file, open_payment, request, caller, now), replayed=False)
    file = without_payable(file, now)
    charge = _charge(store, file.order, request, now)  # the older one may just have been paid
    payment = _new_payment(file.order, request, charge, payment_id, mark, now)
    actor = orders.actor_of(caller)
    if request.provider == ON_SITE:
        orders.save(on_site.approve(file.order, payment, actor, now), now)
        return Started(payment, replayed=False)
    begun = payments.begin(file.order, payment, actor, now)
    orders.save(on_site.given_up(begun, file.payments, now), now)
    return Started(_offer(file.order, payment, request, caller, now), replayed=False)


def _require_offered(store: Store, request: PaymentRequest) -> None:
    ways = payment_ways.ways_of(store, offered())
    currency = request.currency or store.currency
    if not payment_ways.is_way(ways, request.provider, request.method, request.device, currency):
        raise InvalidInput(
            "The store does not offer this way of paying.",
            code="provider_not_offered",
            errors=[FieldError("/provider", "See the store's payment_methods.")],
        )
    if request.return_url is not None:
        _require_return_url(request.return_url)
    if request.payer_code and payer_page(request.provider) is None:
        errors = [FieldError("/payer_code", "The store's payment_methods name no payer_page.")]
        raise InvalidInput("No code of this provider can be used here.", errors=errors)


def _charge(
    store: Store, order: Order, request: PaymentRequest, now: datetime
) -> Charge | UnsetType:
    """Raises `Conflict` where nothing is due, or where the charge is not what was shown."""
    if order.payable_minor <= 0:
        raise Conflict("Everything is paid.", code="already_paid")
    due = Money(order.payable_minor, order.currency)
    currency = request.currency or store.currency
    return charges.wanted(store, due, currency, request.expected_charge, now)


def _require_return_url(url: str) -> None:
    """Only to our own pages and the stage's allow-list: no open redirect."""
    parts = urlsplit(url)
    allowed = {settings().public_url.rstrip("/"), *settings().allowed_return_origins}
    if f"{parts.scheme}://{parts.netloc}" not in allowed or "@" in parts.netloc:
        raise InvalidInput(
            "The return address is not on the allow-list.",
            errors=[FieldError("/return_url", "Not an allowed origin.")],
        )


def _serves(
    payment: Payment,
    request: PaymentRequest,
    charge: Charge | UnsetType,
    now: datetime,
    order: Order,
) -> bool:
    same = payment.provider == request.provider and payment.method == request.method
    same = same and payment.charge == charge
    due = Money(order.payable_minor, order.currency)
    same = same and payment.status in payments.OPEN
    if request.payer_id or request.payer_code:  # an offer to one buyer is of no use to another
        same = same and payment.fingerprint == fingerprint(request)
    return same and payment.expires_at > now and payment.amount == due


def _new_payment(
    order: Order,
    request: PaymentRequest,
    charge: Charge | UnsetType,
    payment_id: str,
    mark: str,
    now: datetime,
) -> Payment:
    return Payment(
        payment_id=payment_id,
        order_id=order.order_id,
        provider=request.provider,
        method=request.method,
        status="pending",
        amount=Money(order.payable_minor, order.currency),
        created_at=now,
        updated_at=now,
        expires_at=payments.payment_expiry(order, now),
        fingerprint=mark,
        charge=charge,
    )


def _resumed(
    file: OrderFile, payment: Payment, request: PaymentRequest, caller: Caller, now: datetime
) -> Payment:
    """A payment that was stored but never offered is offered now, under the same id."""
    if payment.provider == ON_SITE or payment.reference or payment.status != "pending":
        return payment
    return _offer(file.order, payment, request, caller, now)


def _offer(
    order: Order, payment: Payment, request: PaymentRequest, caller: Caller, now: datetime
) -> Payment:
    provider = provider_named(payment.provider)
    base = settings().public_url.rstrip("/")
    try:
        started = provider.start(
            required_secrets(payment.provider),
            StartPayment(
                payment_id=payment.payment_id,
                order_id=order.order_id,
                order_number=order.number,
                method=payment.method,
                amount=payment.at_provider,
                return_url=request.return_url or f"{base}/#/o/{order.order_id}",
                webhook_url=webhook_url(payment.provider),
                expires_at=payment.expires_at,
                language=order.language,
                device=request.device or _device_of(order),
                payer_ip=caller.source,
                payer_id=request.payer_id,
                payer_code=request.payer_code,
            ),
        )
    except ProviderRefused as refused:
        provider_events.apply(_refusal(payment, refused, now), now)
        raise Declined(refused.detail or "The provider refused the payment.") from refused
    offered_payment = msgspec.structs.replace(
        payment, reference=started.reference, next_action=started.next_action
    )
    return table.replace_payment(payment, offered_payment)


def _device_of(order: Order) -> Device:
    """What the buyer most likely holds, where the client does not say."""
    return "phone" if order.channel in {"app", "qr", "watch"} else "desktop"


def webhook_url(provider: str) -> str:
    """Where the provider posts its events."""
    return f"{settings().public_url.rstrip('/')}/v1/webhooks/payments/{provider}"


def _refusal(payment: Payment, refused: ProviderRefused, now: datetime) -> ProviderEvent:
    return ProviderEvent(
        provider=payment.provider,
        event_id=f"refused:{payment.payment_id}",
        kind="payment.failed",
        raw_type="refused",
        occurred_at=now,
        order_id=payment.order_id,
        payment_id=payment.payment_id,
        reason=refused.detail,
    )


def without_payable(file: OrderFile, now: datetime) -> OrderFile:
    """The order once nothing of it can be paid any more at a provider; paid is paid.

    Raises `Unavailable` while a provider cannot say.
    """
    payable = [
        payment
        for payment in file.payments
        if payment.provider != ON_SITE and payment.status in payments.PAYABLE
    ]
    for payment in payable:
        close(file.order.order_id, payment, now)
    return table.load_file(file.order.order_id) if payable else file


def close(order_id: str, payment: Payment, now: datetime) -> bool:
    """Make sure that the payment cannot be paid any more; whether that was news of it."""
    provider = provider_named(payment.provider)
    event = provider.close(
        required_secrets(payment.provider), payment.payment_id, payment.reference
    )
    word = msgspec.structs.replace(event, order_id=order_id, payment_id=payment.payment_id)
    return provider_events.apply(word, now) is not None


def ask_provider(order_id: str, payment_id: str, now: datetime) -> bool:
    """Apply what the provider knows about a payment; whether that was news."""
    payment = table.load_file(order_id).payment(payment_id)
    if payment is None or payment.provider == ON_SITE:
        return False
    provider = provider_named(payment.provider)
    event = provider_words.asked(provider, required_secrets(payment.provider), payment)
    word = msgspec.structs.replace(event, order_id=order_id, payment_id=payment_id)
    return provider_events.apply(word, now) is not None


def required_secrets(name: str) -> Secrets:
    if (found := secrets_of(name)) is None:
        raise Unavailable(f"The credentials of {name} are not there.")
    return found

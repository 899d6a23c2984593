"""What every payment provider does: five verbs, stateless, one file each.

A provider module exposes `PROVIDER: Provider`. Secrets are passed in as the parsed JSON of
`docket/<stage>/payments/<name>`; money moves on the provider's pages, never through Docket.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import msgspec

from chalicelib.domain.errors import DocketError
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Device, Method, NextAction, ProviderEvent
from chalicelib.domain.statements import Period, StatementLine

Secrets = Mapping[str, Any]


class InvalidSignature(DocketError):
    """The webhook is not from the provider, or not fresh: nothing of it is kept."""

    code = "invalid_signature"


class ProviderRefused(DocketError):
    """A final no, with the provider's reason. A fault or timeout is `Unavailable` instead."""

    code = "provider_refused"


class StartPayment(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_id` doubles as the provider's idempotency key and comes back in its events.

    `payer_id` is how the provider knows the buyer, where it must be told (WeChat's openid);
    `payer_code` stands for it, where the provider's own app gave one (see `PayerSource`).
    """

    payment_id: str
    order_id: str
    order_number: str
    method: Method
    amount: Money
    return_url: str
    webhook_url: str
    expires_at: datetime
    language: str
    device: Device = "desktop"
    payer_ip: str = ""
    payer_id: str | None = None
    payer_code: str | None = None


class StartedPayment(msgspec.Struct, frozen=True, kw_only=True):
    reference: str
    next_action: NextAction


class RefundPayment(msgspec.Struct, frozen=True, kw_only=True):
    """`refund_id` is the idempotency key at the provider; `captured` is all that was paid.

    Asking about one that was made at the provider, it is empty and `refund_reference` theirs.
    """

    refund_id: str
    payment_id: str
    order_id: str
    reference: str
    amount: Money
    captured: Money
    reason: str
    webhook_url: str
    refund_reference: str | None = None


class RawWebhook(msgspec.Struct, frozen=True):
    """The request as it arrived; header names are lower case."""

    body: bytes
    headers: Mapping[str, str]


class WebhookReply(msgspec.Struct, frozen=True):
    status: int
    body: str
    content_type: str = "application/json"


class ToldEvent(msgspec.Struct, frozen=True):
    """One of the provider's own list of events: what it means, and its words as they stand."""

    event: ProviderEvent
    raw: bytes


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the order in which they happened; the next page begins at `cursor`.

    A page may begin with events that an earlier one had: they are known by their ids.
    """

    told: tuple[ToldEvent, ...]
    cursor: str | None
    more: bool = False


@runtime_checkable
class EventSource(Protocol):
    """A provider that lists what it told, delivered or not; the ids are those of its webhooks.

    Optional: a provider without this method offers no such list. Without a cursor, the list begins
    about an hour ago. Raises `ProviderRefused` when it does not know the cursor any more.
    """

    def list_events(self, secrets: Secrets, cursor: str | None, now: datetime) -> EventPage: ...


class StatementDay(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's days: how far its clock is ahead of UTC, and when a day's books are written, if
    they are not open all the time.
    """

    offset: timedelta = timedelta(0)
    written_after: timedelta = timedelta(0)


@runtime_checkable
class StatementSource(Protocol):
    """A provider whose books can be asked for: all that was taken and given back in a period.

    The period is one of its days and a little more on both sides. Optional: of the others, people
    import the statements.
    """

    statement_day: StatementDay

    def list_statement(self, secrets: Secrets, period: Period) -> Sequence[StatementLine]: ...


@runtime_checkable
class PayerSource(Protocol):
    """A provider whose own app tells a page that is open within it who pays, by a code.

    Optional: of the others, the buyer is known without, or nobody need know.
    """

    def payer_page(self, secrets: Secrets) -> str | None:
        """The address that leads back with a code, once `{redirect_uri}` and `{state}` are filled
        in (percent-encoded); None where the credentials do not suffice.
        """


class Provider(Protocol):
    """`ask*` and `close` answer in the same words as webhooks do.

    All raise `Unavailable` when the outcome is unknown, `ProviderRefused` on a final no. `close`
    makes sure that the payment can no longer be paid and returns what it found: `payment.expired`
    or, if the buyer was faster, `payment.captured`.
    """

    name: str
    methods: tuple[Method, ...]
    currencies: frozenset[str] | None  # None: every one
    devices: Mapping[Method, tuple[Device, ...]]  # of methods that not every device can use

    def start(self, secrets: Secrets, payment: StartPayment) -> StartedPayment: ...

    def ask(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent: ...

    def close(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent: ...

    def refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent: ...

    def ask_refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent: ...

    def verify(self, secrets: Secrets, webhook: RawWebhook, now: datetime) -> ProviderEvent:
        """Check the signature over the raw bytes. Raises `InvalidSignature`."""

    def reply(self, *, accepted: bool) -> WebhookReply: ...


@runtime_checkable
class TwoStepProvider(Provider, Protocol):
    """One where the buyer only approves: the money moves when it is captured."""

    def capture(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """Take what was approved. Safe to repeat; a final no is `payment.failed`."""

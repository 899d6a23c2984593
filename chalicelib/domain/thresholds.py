"""When each exception rule speaks up: its settings, their bounds, and the defaults.

Staff edit them by the API (`services/rules.py`); what they have not edited is as it stands here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec

from chalicelib.domain.orders import Channel, Order
from chalicelib.domain.quiet_hours import QuietHours, is_quiet

Severity = Literal["info", "warning", "critical"]
AlertChannel = Literal["email", "sms", "dingtalk", "wecom", "feishu", "slack", "webhook"]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=30 * 86_400)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
AmountMinor = Annotated[int, msgspec.Meta(ge=1, le=10**12)]

SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
THRESHOLD_FIELDS = (
    "threshold_seconds",
    "threshold_quantity",
    "threshold_count",
    "threshold_amount_minor",
    "repair_limit_minor",
)


class Guard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Narrows a rule to some stores and, for rules about orders, channels, amounts, customers.

    What is left empty narrows nothing; several words of one kind are alternatives.
    """

    store_ids: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] = ()
    channels: Annotated[tuple[Channel, ...], msgspec.Meta(max_length=6)] = ()
    amount_minor_min: AmountMinor | None = None
    customers: Literal["everyone", "registered", "guests"] = "everyone"

    def fits_store(self, store_id: str) -> bool:
        return not self.store_ids or store_id in self.store_ids

    def fits(self, order: Order) -> bool:
        registered = order.customer_id is not None
        return (
            self.fits_store(order.store_id)
            and (not self.channels or order.channel in self.channels)
            and order.totals.total.amount_minor >= (self.amount_minor_min or 0)
            and self.customers in {"everyone", "registered" if registered else "guests"}
        )


class RuleSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """How one rule behaves. A rule has only those thresholds that its default has.

    `repair` says whether the rule mends by itself what it finds, money up to `repair_limit_minor`
    only: above it a person decides. `channels` are how staff hear
    of it, again each `escalate_after_seconds` and to every channel until someone acknowledges.
    In `quiet_hours` only critical cases call; until `muted_until` none does. `only` narrows what
    the rule looks at.
    """

    rule: str
    enabled: bool = True
    threshold_seconds: Seconds | None = None
    threshold_quantity: Quantity | None = None
    threshold_count: Quantity | None = None
    threshold_amount_minor: AmountMinor | None = None
    repair_limit_minor: AmountMinor | None = None
    severity: Severity = "warning"
    repair: bool = True
    channels: tuple[AlertChannel, ...] = ("email",)
    escalate_after_seconds: Seconds = 900
    quiet_hours: QuietHours | None = None
    muted_until: datetime | None = None
    only: Guard | None = None

    def calls_at(self, now: datetime) -> bool:
        """Whether staff may be called about a case of this rule now."""
        if self.muted_until is not None and now < self.muted_until:
            return False
        return self.severity == "critical" or not is_quiet(self.quiet_hours, now)

    @property
    def after(self) -> timedelta:
        """The waiting time; none for a rule that speaks at once."""
        return timedelta(seconds=self.threshold_seconds or 0)

    @property
    def threshold_names(self) -> tuple[str, ...]:
        return tuple(name for name in THRESHOLD_FIELDS if getattr(self, name) is not None)


_ALL: tuple[RuleSettings, ...] = (
    RuleSettings(rule="stock_shortage", threshold_quantity=3),
    RuleSettings(rule="payment_failed", threshold_count=1, severity="info", channels=()),
    RuleSettings(rule="payment_stale", threshold_seconds=120, channels=()),
    RuleSettings(rule="payment_mismatch", threshold_amount_minor=1, severity="critical"),
    RuleSettings(rule="paid_not_recorded", threshold_seconds=60, severity="critical"),
    RuleSettings(
        rule="duplicate_charge", threshold_count=1, repair_limit_minor=50_000, severity="critical"
    ),
    # All of an ended order's money is its customer's, so more of it goes back unasked.
    RuleSettings(
        rule="late_capture", threshold_seconds=30, repair_limit_minor=500_000, severity="critical"
    ),
    RuleSettings(rule="delivery_late", threshold_seconds=300),
    RuleSettings(rule="delivery_failed", threshold_count=1),
    RuleSettings(rule="duplicate_order", threshold_seconds=600),
    RuleSettings(
        rule="order_not_returned",
        threshold_seconds=120,
        severity="critical",
        channels=("email", "sms"),
        escalate_after_seconds=300,
    ),
    RuleSettings(rule="outbox_stuck", threshold_seconds=60),
    RuleSettings(rule="notification_failed", threshold_count=1, repair=False),
    RuleSettings(rule="state_stalled", threshold_seconds=4 * 3600),
    RuleSettings(rule="reservation_leaked", threshold_seconds=600, severity="critical"),
    RuleSettings(rule="stock_drift", threshold_quantity=1, severity="critical"),
    RuleSettings(rule="refund_stuck", threshold_seconds=300, severity="critical"),
    RuleSettings(rule="webhook_orphan", threshold_count=1),
    RuleSettings(rule="webhook_forged", threshold_count=5, severity="critical", repair=False),
    RuleSettings(rule="buffer_undrained", threshold_seconds=600, severity="critical"),
    RuleSettings(rule="dead_letters", threshold_count=1, severity="critical"),
    RuleSettings(rule="sweep_missed", threshold_seconds=180, severity="critical", repair=False),
    RuleSettings(
        rule="order_rate_anomaly", threshold_count=20, threshold_seconds=3600, repair=False
    ),
    RuleSettings(
        rule="suspected_fraud",
        threshold_count=3,
        threshold_quantity=20,
        threshold_seconds=3600,
        repair=False,
    ),
)

DEFAULTS: Mapping[str, RuleSettings] = MappingProxyType({each.rule: each for each in _ALL})


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule's settings at one version of the rules."""

    version: int = 0
    rules: Mapping[str, RuleSettings] = DEFAULTS

    def __getitem__(self, rule: str) -> RuleSettings:
        return self.rules.get(rule) or DEFAULTS[rule]


DEFAULT_THRESHOLDS = Thresholds()

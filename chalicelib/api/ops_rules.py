"""The exception rules: what each looks for, and the settings that managers give them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from chalicelib import plugins
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.quiet_hours import QuietHours
from chalicelib.domain.text import localized
from chalicelib.domain.thresholds import (
    AlertChannel,
    AmountMinor,
    Guard,
    Quantity,
    Seconds,
    Severity,
)
from chalicelib.services import hindsight, rules
from chalicelib.services.hindsight import Hindsight
from chalicelib.services.rules import EditedRule

routes = ApiBlueprint(__name__)
Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule has only those thresholds that it uses. `version` 0 was never edited.

    `narrowed_by` are the words of `only` that the rule heeds.
    """

    rule: str
    title: str
    enabled: bool
    threshold_seconds: int | msgspec.UnsetType = msgspec.UNSET
    threshold_quantity: int | msgspec.UnsetType = msgspec.UNSET
    threshold_count: int | msgspec.UnsetType = msgspec.UNSET
    threshold_amount_minor: int | msgspec.UnsetType = msgspec.UNSET
    repair_limit_minor: int | msgspec.UnsetType = msgspec.UNSET
    severity: Severity
    repair: bool
    channels: tuple[AlertChannel, ...]
    escalate_after_seconds: int
    quiet_hours: QuietHours | None
    muted_until: datetime | None
    only: Guard | None
    narrowed_by: tuple[str, ...]
    version: int
    updated_at: datetime | None
    updated_by: str | None


class RuleList(msgspec.Struct, frozen=True):
    items: list[RuleView]
    next_cursor: str | None = None


class RuleEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What GET returned. What is left out stays as it is; read-only fields are ignored."""

    enabled: bool | None = None
    threshold_seconds: Seconds | None = None
    threshold_quantity: Quantity | None = None
    threshold_count: Quantity | None = None
    threshold_amount_minor: AmountMinor | None = None
    repair_limit_minor: AmountMinor | None = None
    severity: Severity | None = None
    repair: bool | None = None
    channels: Annotated[tuple[AlertChannel, ...], msgspec.Meta(max_length=7)] | None = None
    escalate_after_seconds: Seconds | None = None
    quiet_hours: QuietHours | msgspec.UnsetType | None = msgspec.UNSET
    muted_until: Aware | msgspec.UnsetType | None = msgspec.UNSET
    only: Guard | msgspec.UnsetType | None = msgspec.UNSET
    rule: str | None = None
    title: str | None = None
    narrowed_by: tuple[str, ...] | None = None
    version: int | None = None
    updated_at: str | None = None
    updated_by: str | None = None


_READ_ONLY = frozenset({"rule", "title", "narrowed_by", "version", "updated_at", "updated_by"})
# What the audit trail tells of a rule before and after.
_KEPT = ("version", *sorted(set(RuleEdit.__struct_fields__) - _READ_ONLY))


@routes.get("/ops/rules", summary="Every rule with its settings", access="staff", returns=RuleList)
def list_rules(request: Request[None]) -> RuleList:
    return RuleList([_view(rule, request.language) for rule in rules.list_rules()])


@routes.get("/ops/rules/{rule}", summary="One rule", access="staff", returns=RuleView)
def read_rule(request: Request[None], rule: str) -> Reply:
    return _reply(rules.load_rule(rule), request.language)


@routes.put(
    "/ops/rules/{rule}",
    summary="Change a rule; it holds from the next sweep",
    roles=("manager",),
    body=RuleEdit,
    returns=RuleView,
)
def change_rule(request: Request[RuleEdit], rule: str) -> Reply:
    present = rules.load_rule(rule)
    request.check_match(present.version)
    expected = None if request.if_match is None else present.version
    wanted = _wanted(request.body)
    before, after = rules.change(rule, wanted, request.caller, version=expected, now=request.now)
    shown = _view(before, request.language)
    values = msgspec.structs.asdict(shown)
    request.trail.before = {
        name: values[name] for name in _KEPT if values[name] is not msgspec.UNSET
    }
    return _reply(after, request.language)


@routes.post(
    "/ops/rules/{rule}/preview",
    summary="What a change of a rule would have found in the last 7 days; nothing is saved",
    roles=("manager",),
    body=RuleEdit,
    returns=Hindsight,
    once=False,
)
def preview_rule(request: Request[RuleEdit], rule: str) -> Hindsight:
    request.trail.only_read = True
    settings = rules.merged(rule, _wanted(request.body), request.now)
    return hindsight.look_back(settings, request.caller, request.now)


def _wanted(edit: RuleEdit) -> dict[str, Any]:
    return {
        name: value
        for name, value in msgspec.structs.asdict(edit).items()
        if name not in _READ_ONLY and value is not msgspec.UNSET
    }


def _reply(rule: EditedRule, language: str) -> Reply:
    return Reply(_view(rule, language), etag=f"{rule.version}")


def _view(rule: EditedRule, language: str) -> RuleView:
    settings = rule.settings
    module = plugins.load("rules", settings.rule)
    thresholds = {name: getattr(settings, name) for name in settings.threshold_names}
    return RuleView(
        rule=settings.rule,
        title=localized(module.RULE.title, language) if module else settings.rule,
        enabled=settings.enabled,
        severity=settings.severity,
        repair=settings.repair,
        channels=settings.channels,
        escalate_after_seconds=settings.escalate_after_seconds,
        quiet_hours=settings.quiet_hours,
        muted_until=settings.muted_until,
        only=settings.only,
        narrowed_by=tuple(sorted(module.RULE.guarded_by)) if module else (),
        version=rule.version,
        updated_at=rule.updated_at,
        updated_by=rule.updated_by,
        **thresholds,
    )

"""The rules' settings: as staff edit them, and as everyone else reads them."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib import plugins
from chalicelib.domain.errors import FieldError, InvalidInput, NotFound, Stale
from chalicelib.domain.identity import Caller
from chalicelib.domain.quiet_hours import is_time_zone
from chalicelib.domain.thresholds import (
    DEFAULT_THRESHOLDS,
    DEFAULTS,
    THRESHOLD_FIELDS,
    Guard,
    RuleSettings,
    Thresholds,
)
from chalicelib.services import catalogue, snapshot_requests
from chalicelib.store import rules as table
from chalicelib.store.rules import StoredRule, StoredRules

# A sweep walks the whole index until an edit is older than this and some: see services/sweep.py.
CACHED_FOR = timedelta(seconds=30)
_ATTEMPTS_MAX = 4
MUTED_FOR_MAX = timedelta(days=30)
# Of these, null is a value; of the others it says nothing.
CLEARABLE = frozenset({"quiet_hours", "muted_until", "only"})
_NO_GUARD = Guard()
_GUARD_WORDS = Guard.__struct_fields__


class EditedRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with the history of its edits; `version` 0 is the default, never edited."""

    settings: RuleSettings
    version: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


class _Memory:
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    read_at: datetime | None = None


def current_thresholds(now: datetime) -> Thresholds:
    """As read at most 30 s ago: good enough to date an order, since sweeps make up for it."""
    read_at = _Memory.read_at
    if read_at is None or not timedelta(0) <= now - read_at < CACHED_FOR:
        _Memory.thresholds = thresholds_of(table.load_rules())
        _Memory.read_at = now
    return _Memory.thresholds


def forget() -> None:
    """Drop what is in memory: for a process that changes its tables."""
    _Memory.read_at = None


def thresholds_of(stored: StoredRules) -> Thresholds:
    edited = {rule: _settings(rule, one) for rule, one in stored.rules.items() if rule in DEFAULTS}
    return Thresholds(version=stored.version, rules={**DEFAULTS, **edited})


def _settings(rule: str, stored: StoredRule | None) -> RuleSettings:
    """An edit counts for the thresholds that the rule has in this release."""
    default = DEFAULTS[rule]
    if stored is None:
        return default
    kept: dict[str, Any] = {
        name: getattr(stored.settings, name)
        if getattr(default, name) is not None and getattr(stored.settings, name) is not None
        else getattr(default, name)
        for name in THRESHOLD_FIELDS
    }
    return msgspec.structs.replace(stored.settings, **kept)


def list_rules() -> list[EditedRule]:
    """Every rule that this release knows how to look for, read fresh."""
    stored = table.load_rules()
    known = plugins.names("rules")
    return [_edited(rule, stored) for rule in DEFAULTS if rule in known]


def _edited(rule: str, stored: StoredRules) -> EditedRule:
    one = stored.rules.get(rule)
    settings = _settings(rule, one)
    if one is None:
        return EditedRule(settings=settings)
    return EditedRule(
        settings=settings,
        version=one.version,
        updated_at=one.updated_at,
        updated_by=one.updated_by,
    )


def load_rule(rule: str) -> EditedRule:
    if rule not in DEFAULTS or rule not in plugins.names("rules"):
        raise NotFound("There is no such rule.", code="rule_not_found")
    return _edited(rule, table.load_rules())


def change(
    rule: str, wanted: dict[str, Any], caller: Caller, *, version: int | None, now: datetime
) -> tuple[EditedRule, EditedRule]:
    """Replace what `wanted` names; returns the rule before and after.

    Raises `InvalidInput` for a threshold that the rule does not have, and `Stale` when `version`
    is given and no longer the rule's.
    """
    load_rule(rule)
    for attempt in range(1, _ATTEMPTS_MAX + 1):
        stored = table.load_rules()
        before = _edited(rule, stored)
        if version is not None and version != before.version:
            raise Stale("The rule has changed since you looked.", version=before.version)
        settings = _merged(before.settings, wanted)
        require_sense(settings, before.settings, now)
        try:
            saved = table.save_rule(stored, settings, caller.id, now)
        except Stale:
            if attempt == _ATTEMPTS_MAX:
                raise
            continue
        forget()
        snapshot_requests.ask()
        after = EditedRule(
            settings=settings, version=saved.version, updated_at=now, updated_by=caller.id
        )
        return before, after
    raise AssertionError("unreachable")


def _merged(settings: RuleSettings, wanted: dict[str, Any]) -> RuleSettings:
    errors = [
        FieldError(f"/{name}", f"{settings.rule} has no such threshold.")
        for name in THRESHOLD_FIELDS
        if wanted.get(name) is not None and getattr(settings, name) is None
    ]
    if errors:
        raise InvalidInput("Some thresholds are not this rule's.", errors=errors)
    changed = {
        name: value for name, value in wanted.items() if value is not None or name in CLEARABLE
    }
    return msgspec.structs.replace(settings, **changed)


def merged(rule: str, wanted: dict[str, Any], now: datetime) -> RuleSettings:
    """The rule as it would be with these wishes. Raises `InvalidInput` like `change`."""
    before = load_rule(rule).settings
    settings = _merged(before, wanted)
    require_sense(settings, before, now)
    return settings


def require_sense(settings: RuleSettings, before: RuleSettings, now: datetime) -> None:
    """Raises `InvalidInput` for what the types let through."""
    errors = []
    hours = settings.quiet_hours
    if hours and not is_time_zone(hours.time_zone):
        detail = "Name a time zone, such as Asia/Shanghai."
        errors.append(FieldError("/quiet_hours/time_zone", detail))
    if hours and hours.start == hours.end:
        errors.append(FieldError("/quiet_hours/end", "These hours are none: name another end."))
    if settings.muted_until and settings.muted_until > now + MUTED_FOR_MAX:
        errors.append(FieldError("/muted_until", "A rule is muted for 30 days at most."))
    if len(set(settings.channels)) < len(settings.channels):
        errors.append(FieldError("/channels", "Name each channel once."))
    if settings.only and settings.only != before.only:
        errors += _guard_errors(settings.rule, settings.only)
    if errors:
        raise InvalidInput("Some values make no sense.", errors=errors)


def _guard_errors(rule: str, only: Guard) -> list[FieldError]:
    """A guard that can never fit, or that nothing would heed, silently makes another rule."""
    module = plugins.load("rules", rule)
    heeded = module.RULE.guarded_by if module else frozenset()
    words = [name for name in _GUARD_WORDS if getattr(only, name) != getattr(_NO_GUARD, name)]
    stores = catalogue.current_snapshot().stores
    return [
        *(
            FieldError(f"/only/{name}", "This rule cannot be narrowed so.")
            for name in words
            if name not in heeded
        ),
        *(
            FieldError(f"/only/store_ids/{at}", "There is no such store.")
            for at, store_id in enumerate(only.store_ids)
            if store_id not in stores
        ),
    ]

"""The smallest body that a route's type accepts, so that a refusal is about who asks."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import inspect

AT = datetime(2030, 1, 1, tzinfo=UTC).isoformat()
_PATTERNED = {
    "^[A-Z]{3}$": "CNY", "^[A-Z]{2}$": "CN", "^([01][0-9]|2[0-3]):[0-5][0-9]$": "09:30",
}  # fmt: skip


def body_of(kind: Any) -> Any:
    """None for a route that reads no JSON."""
    if kind in {None, bytes}:
        return None
    return _sample(inspect.type_info(kind))


def _sample(kind: inspect.Type) -> Any:
    if isinstance(kind, inspect.StructType):
        return {f.encode_name: _sample(f.type) for f in kind.fields if f.required}
    if isinstance(kind, inspect.UnionType):
        return _sample(kind.types[0])
    if isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType):
        return [_sample(kind.item_type)] * (kind.min_length or 0)
    if isinstance(kind, inspect.DictType):
        return {}
    return _scalar(kind)


def _scalar(kind: inspect.Type) -> Any:
    match kind:
        case inspect.StrType():
            pattern = (kind.pattern or "").removesuffix(r"(?!\n)")
            return _PATTERNED.get(pattern, "x" * max(kind.min_length or 0, 1))
        case inspect.IntType():
            return max(kind.ge or 0, (kind.gt or -1) + 1)
        case inspect.FloatType():
            return 1.0
        case inspect.BoolType():
            return True
        case inspect.DateTimeType() | inspect.DateType():
            return AT if isinstance(kind, inspect.DateTimeType) else AT[:10]
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.EnumType():
            return next(iter(kind.cls)).value
        case _:
            raise NotImplementedError(kind)


def fits(kind: Any, body: Any) -> bool:
    try:
        msgspec.convert(body, kind)
    except msgspec.ValidationError:
        return False
    return True

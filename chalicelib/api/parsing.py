"""Bytes of a request into typed values, strictly: every error is found and pointed at."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from chalicelib.domain.errors import FieldError, InvalidInput, Malformed

BODY_BYTES_MAX = 256_000
_DIGITS_MAX = 30
_DEPTH_MAX = 32
# U+FFFD: what API Gateway puts in the place of bytes that are no UTF-8, before we see them.
_REPLACEMENT = "\ufffd".encode()
T = TypeVar("T")
_CONTROL = frozenset({"Cc", "Cs", "Cn"})
# Their own patterns bound these; one barcode in ten would pass for a card number.
_PRODUCT_CODES = frozenset({"barcode", "sku"})
_CARD_NUMBER = re.compile(r"(?<![\d+])(?:\d[ -]?){13,19}(?!\d)")


def parse(raw: bytes, content_type: str | None, kind: type[T]) -> T:
    """Raises `Malformed` (400, 413, 415) for what is no JSON, `InvalidInput` for wrong values."""
    return convert(load_json(raw, content_type), kind)


def load_json(raw: bytes, content_type: str | None) -> Any:
    if len(raw) > BODY_BYTES_MAX:
        raise Malformed("At most 256 kB are read.", code="body_too_large")
    media_type, _, parameters = (content_type or "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if media_type.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        raise Malformed("Send application/json in UTF-8.", code="unsupported_media_type")
    if not raw:
        raise Malformed("The body is empty.")
    if _REPLACEMENT in raw:
        raise Malformed("The body is not UTF-8.")
    _limit_depth(raw)
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not JSON.") from error


def convert(value: Any, kind: type[T]) -> T:
    """Check `value` against the type; msgspec decides, jsonschema lists every fault."""
    faults = list(_unfit_texts(value, ""))
    try:
        converted = msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        found = every_fault(value, kind) or [FieldError(_pointer_of(str(error)), str(error))]
        raise _invalid([*found, *faults]) from error
    if faults:
        raise _invalid(faults)
    return converted


def convert_query(query: Mapping[str, str], kind: type[T]) -> T:
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        name = _pointer_of(str(error)) or "/"
        raise _invalid([FieldError(name, str(error))]) from error


def every_fault(value: Any, kind: Any) -> list[FieldError]:
    """All violations with their RFC 6901 pointers; jsonschema is imported only now."""
    from jsonschema import Draft202012Validator

    schema = msgspec.json.schema(kind)
    _forbid_unknown(schema)
    found = {}
    for error in Draft202012Validator(schema).iter_errors(value):
        for leaf in _leaves(error):
            for fault in _faults_of(leaf):
                found[fault.pointer, fault.detail] = fault
    return list(found.values())[:100]


def _faults_of(leaf: Any) -> list[FieldError]:
    """A field that is missing or unknown is pointed at itself, not at the object around it."""
    pointer = "".join(f"/{_escaped(part)}" for part in leaf.absolute_path)
    if leaf.validator == "additionalProperties":
        unknown = leaf.instance.keys() - leaf.schema.get("properties", {}).keys()
        return [FieldError(f"{pointer}/{_escaped(n)}", "Unknown field.") for n in sorted(unknown)]
    if leaf.validator == "required":
        missing = [name for name in leaf.validator_value if name not in leaf.instance]
        return [FieldError(f"{pointer}/{_escaped(n)}", "Required.") for n in missing]
    return [FieldError(pointer, leaf.message[:200])]


def _invalid(faults: list[FieldError]) -> InvalidInput:
    return InvalidInput("Some values are not valid; see errors.", errors=faults)


def _leaves(error: Any) -> Any:
    if not error.context:
        return [error]
    deepest = max(len(e.absolute_path) for e in error.context)
    return [
        leaf
        for e in error.context
        if len(e.absolute_path) == deepest and "null" not in str(e.schema.get("type"))
        for leaf in _leaves(e)
    ] or [error]


def _forbid_unknown(schema: Any) -> None:
    """Msgspec refuses unknown fields where a type says so; the schema must say it as well."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            _forbid_unknown(part)
    elif isinstance(schema, list):
        for part in schema:
            _forbid_unknown(part)


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _pointer_of(message: str) -> str:
    """Msgspec says «… - at `$.line_items[0].quantity`»; clients get `/line_items/0/quantity`."""
    match = re.search(r"`\$(.*?)`", message)
    if not match:
        return ""
    return re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", match[1]).replace(".", "/")


def _unfit_texts(value: Any, pointer: str) -> Any:
    """Control characters, lone surrogates and card numbers are in no text."""
    if isinstance(value, str):
        if any(unicodedata.category(c) in _CONTROL and c not in "\n\t" for c in value):
            yield FieldError(pointer, "Control characters are not accepted.")
        elif holds_card_number(value):
            yield FieldError(pointer, "Card numbers are not accepted here.")
    for key, part in _parts(value):
        yield from _unfit_texts(part, f"{pointer}/{_escaped(key)}")


def _parts(value: Any) -> list[tuple[object, Any]]:
    if isinstance(value, dict):
        return [(key, part) for key, part in value.items() if key not in _PRODUCT_CODES]
    return list(enumerate(value)) if isinstance(value, list) else []


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits in the text pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    for match in _CARD_NUMBER.finditer(text):
        digits = [int(c) for c in match[0] if c.isdigit() and c.isascii()]
        doubled = [d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits[::-1])]
        if len(set(digits)) > 1 and sum(doubled) % 10 == 0:
            return True
    return False


def _limit_depth(raw: bytes) -> None:
    """Brackets outside of strings nest at most 32 deep: the parser must not run out of stack."""
    if raw.count(b"[") + raw.count(b"{") <= _DEPTH_MAX:
        return
    depth = 0
    for byte in re.sub(rb'"(?:\\.|[^"\\])*"', b"", raw):
        if byte in b"[{":
            depth += 1
            if depth > _DEPTH_MAX:
                raise Malformed("The body is nested too deeply.")
        elif byte in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate keys")
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("number out of range")
    return value


def _bounded(text: str) -> int:
    if len(text) > _DIGITS_MAX:
        raise ValueError("number out of range")
    return int(text)

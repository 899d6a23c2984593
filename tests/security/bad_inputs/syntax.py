"""Bytes that are no request: JSON, encodings, media types, paths, methods (cases 1 to 26)."""

import gzip
import json

from tests.factories import order_body
from tests.security.bad_inputs.asking import Bad, asked, customer, line, order, raw, sent

_GOOD = json.dumps(order_body()).encode()
_MALFORMED = "malformed_request"
_NO_OBJECTS = {"array": b"[]", "string": b'"x"', "null": b"null", "number": b"7"}
_LOOK_ALIKES = {"zero-width": "\u200b", "homoglyph": "\u0430", "soft-hyphen": "\u00ad"}


def _note(text: str) -> bytes:
    """Escapes as they come: `json.dumps` would write what JSON parsers refuse otherwise."""
    return _GOOD[:-1] + f', "note": "{text}"}}'.encode()


SYNTAX = [
    Bad(1, "broken", raw(b"{bad"), 400, _MALFORMED),
    Bad(2, "empty", raw(b""), 400, _MALFORMED),
    *(
        Bad(3, word, raw(b'{"store_id": %s}' % word.encode()), 400, _MALFORMED)
        for word in ("NaN", "Infinity", "-Infinity", "1e400")
    ),
    Bad(4, "duplicate-key", raw(b'{"store_id": "a", "store_id": "b"}'), 400, _MALFORMED),
    Bad(5, "100k-brackets", raw(b"[" * 100_000), 400, _MALFORMED),
    Bad(6, "5000-digits", raw(b'{"quantity": ' + b"9" * 5000 + b"}"), 400, _MALFORMED),
    Bad(7, "invalid-utf-8", raw(b'{"note": "\xff\xfe"}'), 400, _MALFORMED),
    Bad(8, "utf-16", raw(_GOOD.decode().encode("utf-16")), 400, _MALFORMED),
    Bad(8, "byte-order-mark", raw(b"\xef\xbb\xbf" + _GOOD), 400, _MALFORMED),
    Bad(9, "lone-surrogate", raw(_note("\\ud800")), 422, "invalid_input"),
    *(
        Bad(10, f"control-{escape[-4:]}", raw(_note(escape)), 422, "invalid_input")
        for escape in ("\\u0000", "\\u0007", "\\u001b", "\\u0085", "\\u009f")
    ),
    *(
        Bad(11, kind.split("/")[1], raw(_GOOD, kind), 415, "unsupported_media_type")
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
    ),
    Bad(12, "no-content-type", raw(_GOOD, ""), 415, "unsupported_media_type"),
    Bad(13, "gzip", raw(gzip.compress(_GOOD), **{"Content-Encoding": "gzip"}), 415,
        "unsupported_media_type"),
    *(
        Bad(14, f"top-level-{name}", raw(text), 422, "invalid_input")
        for name, text in _NO_OBJECTS.items()
    ),
    Bad(15, "unknown-field", order(surprise=1), 422, "invalid_input"),
    Bad(16, "over-256-kb", raw(_note("x" * 260_000)), 413, "body_too_large"),
    Bad(17, "endless-id", asked("GET", "/v1/orders/" + "x" * 9000, authorization=customer()), 404),
    Bad(17, "endless-key", asked("GET", "/v1/orders/by-key/" + "x" * 256, authorization=customer()),
        400, "idempotency_key_invalid"),
    Bad(18, "method", asked("DELETE", "/v1/orders", authorization=customer()), 405,
        "method_not_allowed"),
    Bad(19, "accept-html", sent([], headers={"Accept": "text/html"}), 422, "invalid_input"),
    *(
        Bad(21, name, line(sku=f"app{char}le"), 422, "invalid_input")
        for name, char in _LOOK_ALIKES.items()
    ),
    Bad(22, "right-to-left", order(contact={"name": "a\u202ebad"}), 201),
    Bad(23, "500-emoji", order(note="\U0001f600" * 500), 201),
    Bad(23, "501-emoji", order(note="\U0001f600" * 501), 422, "invalid_input"),
    Bad(25, "full-width-quantity", line(quantity="１"), 422, "invalid_input"),
    Bad(25, "full-width-phone", order(contact={"phone": "１３８００１３８０００"}), 422,
        "invalid_input"),
]  # fmt: skip

"""Identifiers: opaque, prefixed by type, derived where a retry must meet the same one."""

import hashlib
import secrets
from datetime import datetime

# Crockford's alphabet without the letters that sound or look alike when read aloud.
SAYABLE = "23456789ABCDEFGHJKMNPQRTVWXY"
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def _base32(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest, "big")
    return "".join(_BASE32[(number >> (5 * i)) & 31] for i in range(length))


def derived(prefix: str, *parts: str) -> str:
    """The same parts give the same id for ever: a plain SHA-256, no secret that could rotate."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"{prefix}_{_base32(digest, 26)}"


def fresh(prefix: str) -> str:
    return f"{prefix}_{_base32(secrets.token_bytes(20), 26)}"


def order_id(caller_key: str, idempotency_key: str) -> str:
    """The order that this caller's key stands for, whether it exists yet or not."""
    return derived("ord", caller_key, idempotency_key)


def event_id(order: str, version: int) -> str:
    return f"evt_{order.removeprefix('ord_')}{version:06d}"


def order_number(order: str, placed_at: datetime) -> str:
    """Short and sayable, from the id and the day: `22-K7MQ4`. For people; not a key."""
    digest = hashlib.sha256(f"number\0{order}".encode()).digest()
    value = int.from_bytes(digest[:8], "big")
    letters = "".join(SAYABLE[(value // len(SAYABLE) ** i) % len(SAYABLE)] for i in range(5))
    return f"{placed_at:%d}-{letters}"


def pickup_code(order: str) -> str:
    """What is called out at the counter: a letter and two digits."""
    value = int.from_bytes(hashlib.sha256(f"pickup\0{order}".encode()).digest()[:8], "big")
    return f"{SAYABLE[8:][value % 20]}{value // 20 % 100:02d}"

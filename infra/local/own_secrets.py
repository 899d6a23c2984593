"""`secrets.json` in the data folder: the operator's own credentials of payment companies."""

import json
from pathlib import Path
from typing import Any

from chalicelib import plugins
from infra.errors import Failed

Secrets = dict[str, dict[str, Any]]


def own_secrets(path: Path) -> Secrets:
    """`{"stripe": {…}, "paypal": {…}, …}`, nothing without the file.

    Raises `Failed`, which tells what is wrong with it and where, but nothing of what is in it.
    """
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise Failed(
            f"{path} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except UnicodeDecodeError:
        raise Failed(f"{path} is not text in UTF-8.") from None
    if not isinstance(found, dict):
        raise Failed(f'{path} must hold one object: {{"stripe": {{…}}, …}}.')
    for name, secret in found.items():
        _check(path, name, secret)
    return found


def _check(path: Path, name: str, secret: object) -> None:
    known = plugins.names("providers")
    if name not in known:
        raise Failed(f"{path} names {name!r}; the providers are {', '.join(known)}.")
    if not isinstance(secret, dict):
        raise Failed(f"{path}: the entry of {name} must be an object of its credentials.")

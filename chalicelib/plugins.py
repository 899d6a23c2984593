"""Finding the one-file plug-ins of a package (rules, providers, channels, …) by name."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

_PACKAGES = ("providers", "rules", "channels", "papers", "einvoices")


@cache
def names(package: str) -> tuple[str, ...]:
    """The plug-ins of `chalicelib.<package>`, without importing any of them.

    `base…` is what they share, `_…` what one of them keeps to itself.
    """
    if package not in _PACKAGES:
        raise ValueError(package)
    module = importlib.import_module(f"chalicelib.{package}")
    found = (entry.name for entry in pkgutil.iter_modules(module.__path__))
    return tuple(sorted(name for name in found if not name.startswith(("base", "_"))))


def load(package: str, name: str) -> ModuleType | None:
    """That plug-in's module, or None for a name that is not among them."""
    if name not in names(package):
        return None
    return importlib.import_module(f"chalicelib.{package}.{name}")

"""The static files: their text, their digests, and the import map that names their versions."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
FOLDERS = (HERE / "static", HERE / "vendor")
CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}
PACKAGES = {"preact": "preact.mjs", "preact/hooks": "hooks.mjs", "htm": "htm.mjs"}


class Asset(NamedTuple):
    """One file as it is sent."""

    text: str
    content_type: str
    version: str


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def find_asset(name: str) -> Asset | None:
    """A file by its flat name; None for anything that is not one of ours."""
    path = names().get(name)
    if path is None:
        return None
    text = path.read_text(encoding="utf-8")
    return Asset(text, CONTENT_TYPES[path.suffix], digest_of(text))


@cache
def names() -> dict[str, Path]:
    """Every servable file; the lookup by exact name leaves no way out of the folders."""
    return {
        path.name: path
        for folder in FOLDERS
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix in CONTENT_TYPES
    }


def url_of(name: str) -> str:
    """The address of a file, which changes with its content, relative to the root."""
    asset = find_asset(name)
    return f"web/{name}?v={asset.version}" if asset else f"web/{name}"


@cache
def import_map(root: str) -> str:
    """Maps bare package names and our own modules to addresses that carry their version.

    A module imports its sibling by its plain name; the map adds the version, so that every file
    may be cached for a year and a release still reaches everybody at once.
    """
    modules = {f"{root}web/{name}": f"{root}{url_of(name)}" for name in names() if mapped(name)}
    packages = {package: f"{root}{url_of(name)}" for package, name in PACKAGES.items()}
    return json.dumps({"imports": packages | modules}, indent=1)


def mapped(name: str) -> bool:
    return name.endswith((".js", ".json", ".svg")) and name != "sw.js"


@cache
def import_map_hash(root: str) -> str:
    """What the content security policy must allow for the one inline script."""
    digest = hashlib.sha256(import_map(root).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def release() -> str:
    """A version of all files together, for the service worker's cache."""
    return digest_of("".join(url_of(name) for name in names()))

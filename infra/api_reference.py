"""Writes docs/reference/api.md from the routes' own declarations; a test holds the page to them."""

import os
from collections.abc import Iterator

from infra.package import settings_at_rest
from infra.paths import ROOT

PAGE = ROOT / "docs" / "reference" / "api.md"
HEADER = """# The API, call by call

Made from the routes by `.venv/bin/python -m infra.api_reference`; not edited by hand. Bodies,
answers and parameters are in the OpenAPI 3.1 document that every stage serves at
`/v1/openapi.json`, with a page to read it at `/docs`. Errors are listed in [errors.md](errors.md).

Who: *anyone* needs no token, *guest* the order's guest token or its customer's sign-in, *customer*
a sign-in, and staff the roles named (a manager may do what clerk, kitchen and support may, an admin
everything). **Key** marks the calls that need an `Idempotency-Key`.
"""
TITLES = {"auth": "Sign-in", "me": "Me", "openapi": "OpenAPI", "health": "Health"}
WHO = {"public": "anyone", "guest": "guest", "customer": "customer", "staff": "any staff"}


def page() -> str:
    return "\n".join([HEADER, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    from chalicelib.api.blueprint import ENDPOINTS

    by_tag: dict[str, list[str]] = {}
    for endpoint in ENDPOINTS:
        who = ", ".join(endpoint.roles) or WHO[endpoint.access]
        key = " **Key**" if endpoint.key_required else ""
        row = f"| `{endpoint.method} {endpoint.path}` | {who} | {endpoint.status} |"
        summary = endpoint.summary.replace("|", "\\|")
        by_tag.setdefault(endpoint.tags[0], []).append(f"{row} {summary}{key} |")
    for tag, rows in sorted(by_tag.items(), key=lambda item: (item[0].startswith("ops"), item[0])):
        yield f"## {_title(tag)}"
        yield "| call | who | answer | |"
        yield "| --- | --- | --- | --- |"
        yield from rows
        yield ""


def _title(tag: str) -> str:
    if tag in TITLES:
        return TITLES[tag]
    name = tag.removeprefix("ops_").replace("_", " ").replace("api keys", "API keys")
    return f"Staff: {name}" if tag.startswith("ops_") else name.capitalize()


def main() -> None:
    os.environ.update(settings_at_rest())
    import app

    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(app.app.routes)} paths")


if __name__ == "__main__":
    main()

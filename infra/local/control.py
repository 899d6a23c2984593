"""How a second `make run` finds the first one on the same data folder, and speaks to it."""

import fcntl
import json
import secrets
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from aiohttp import web

from infra.local.front_door import FrontDoor

CONTROL_HEADER = "X-Docket-Control"
FIRST_INSTANCES = 2  # after a redeployment; traffic starts the others


@dataclass(frozen=True)
class Running:
    """What the first one tells about itself in `running.json`."""

    pid: int
    url: str
    aws_endpoint: str
    token: str

    def save(self, data_dir: Path) -> None:
        path = data_dir / "running.json"
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(asdict(self)), encoding="utf-8")
        part.replace(path)

    @classmethod
    def load(cls, data_dir: Path) -> "Running | None":
        try:
            return cls(**json.loads((data_dir / "running.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def tell(self, act: str, **what: str) -> None:
        """Ask the first one to hold its requests, or to open to an API."""
        request = urllib.request.Request(
            f"{self.url}/_local/control/{act}",
            data=json.dumps(what).encode(),
            headers={CONTROL_HEADER: self.token, "Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()


def lock(data_dir: Path) -> IO[str] | None:
    """The data folder's lock, held until the process ends; None when another one holds it."""
    handle = (data_dir / "run.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def new_token() -> str:
    return secrets.token_urlsafe(24)


def control_routes(door: FrontDoor, token: str) -> list[web.RouteDef]:
    async def hold(request: web.Request) -> web.Response:
        _check(request, token)
        door.hold()
        return web.json_response({})

    async def open_to(request: web.Request) -> web.Response:
        _check(request, token)
        upstream = (await request.json())["upstream"]
        await door.warm(upstream, FIRST_INSTANCES)
        door.open_to(upstream)
        return web.json_response({})

    async def resume(request: web.Request) -> web.Response:
        _check(request, token)
        door.resume()
        return web.json_response({})

    return [
        web.post("/_local/control/hold", hold),
        web.post("/_local/control/resume", resume),
        web.post("/_local/control/open", open_to),
    ]


def _check(request: web.Request, token: str) -> None:
    if not secrets.compare_digest(request.headers.get(CONTROL_HEADER, ""), token):
        raise web.HTTPForbidden

"""Which module answers which paths: all at once, or each when it is first asked for.

A function serves few resources before it is frozen, and importing all of them is half of a cold
start. So in a function a resource is imported by the first request for one of its paths.
"""

from collections import defaultdict
from importlib import import_module
from typing import Any, NamedTuple

from chalice import Chalice

from chalicelib.config import in_function

_SERVED: list["Resources"] = []


class Resource(NamedTuple):
    """`module` lies in chalicelib and has `routes`; `starts` are what its paths begin with."""

    module: str
    prefix: str | None
    starts: str

    def reach(self, path: str) -> int:
        """How much of `path` this resource's beginnings cover, 0 for none."""
        starts = [f"{self.prefix or ''}{start}" for start in self.starts.split()]
        covers = [s for s in starts if path == s or path.startswith(f"{s}/")]
        return max(map(len, covers), default=0)


class Resources:
    """`workers` are no resources: only what packages or documents the functions imports them,
    since an event's function starts at the worker's own module.
    """

    def __init__(
        self,
        app: Chalice,
        table: tuple[tuple[str, str | None, str], ...],
        workers: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._resources = [Resource(*row) for row in table]
        self._workers = workers
        self._loaded: set[str] = set()

    def serve(self) -> None:
        _SERVED.append(self)
        if in_function():
            self._app.routes = RoutesByNeed(self)
            return
        self.load_all()
        for name in self._workers:
            module = import_module(f"chalicelib.workers.{name}")
            self._app.register_blueprint(module.handlers)

    def load_all(self) -> None:
        for resource in self._resources:
            self._load(resource)

    def nearest(self, path: str) -> Resource | None:
        """The resource that covers most of `path`."""
        found = max(self._resources, key=lambda resource: resource.reach(path))
        return found if found.reach(path) else None

    def load_for(self, path: str) -> None:
        if found := self.nearest(path):
            self._load(found)

    def _load(self, resource: Resource) -> None:
        if resource.module in self._loaded:
            return
        self._loaded.add(resource.module)
        blueprint = import_module(f"chalicelib.{resource.module}").routes
        self._app.register_blueprint(blueprint, url_prefix=resource.prefix)


class RoutesByNeed(defaultdict[str, dict[str, Any]]):
    """Chalice's table of routes, filled by the paths that it is asked for."""

    def __init__(self, resources: Resources) -> None:
        super().__init__(dict)
        self._resources = resources

    def __missing__(self, path: str) -> dict[str, Any]:
        methods = self[path] = {}
        self._resources.load_for(path)
        return methods


def load_everything() -> None:
    """For what tells of all resources, such as the OpenAPI document."""
    for resources in _SERVED:
        resources.load_all()

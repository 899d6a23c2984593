"""How a run of all tests is shared out among its processes: what belongs together, and what first.

Files stay whole, so that what a file's tests share is made once. The stories on the running stage
go to one process: an incident there is everyone's, and while its tests wait the others compute.
The long files come first, so that none is still running when all others are done.
"""

import gc
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_ON_THE_STAGE = ("tests/journeys/", "tests/browser/")
_LONG = ("tests/reliability/", "tests/infra/")
_YOUNG_OBJECTS = 20_000


class Sharing(LoadScopeScheduling):
    """Gives a process the next file when it has little left to do."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False  # the order is ours
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return "the stage" if nodeid.startswith(_ON_THE_STAGE) else nodeid.partition("::")[0]


def put_in_order(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)


def keep_what_is_loaded() -> None:
    """AWS's models and the modules outlive the run: the collector need not walk them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


def _rank(item: pytest.Item) -> int:
    if item.nodeid.startswith(_ON_THE_STAGE):
        return 0
    return 1 if item.nodeid.startswith(_LONG) else 2

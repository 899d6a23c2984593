"""How a run of all tests is shared out among its processes: what belongs together, and what first.

Files stay whole, so that what a file's tests share is made once. Whatever uses the running stage
goes to one process: an incident there is everyone's, and while its tests wait the others compute.
The long files come first, so that none is still running when all others are done.
"""

import gc

import pytest

_STAGE = "stage"
_LONG = ("tests/reliability/", "tests/infra/")
_YOUNG_OBJECTS = 20_000


def share_out(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_rank)


def keep_what_is_loaded() -> None:
    """AWS's models and the modules outlive the run: the collector need not walk them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


def _group(item: pytest.Item) -> str:
    return _STAGE if "stack" in getattr(item, "fixturenames", ()) else item.location[0]


def _rank(item: pytest.Item) -> int:
    if _group(item) == _STAGE:
        return 0
    return 1 if item.location[0].startswith(_LONG) else 2

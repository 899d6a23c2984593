"""Steps that read, decide and write, taken again when somebody else wrote in between."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from chalicelib.domain.errors import Stale

P = ParamSpec("P")
R = TypeVar("R")
_TRIES_MAX = 5


def looking_again(step: Callable[P, R]) -> Callable[P, R]:
    """Read again after a lost race. Whether what was written matters to the caller is for the
    step's own checks to say, so under `If-Match: *` nobody hears of a race.

    The step must be safe to take again after a write of it that failed with `Stale`.
    """

    @wraps(step)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_TRIES_MAX - 1):
            with suppress(Stale):
                return step(*args, **kwargs)
        return step(*args, **kwargs)

    return tried

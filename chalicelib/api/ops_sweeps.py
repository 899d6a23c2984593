"""A sweep on demand, and what the last one did."""

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.services import sweep, sweep_requests
from chalicelib.services.sweep_run import SweepCounts

routes = ApiBlueprint(__name__)


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class LastSweep(msgspec.Struct, frozen=True):
    """None before the first."""

    last: SweepCounts | None


@routes.post(
    "/ops/sweeps",
    summary="Look for exceptions now",
    roles=("manager",),
    body=Nothing,
    returns=SweepCounts,
)
def run_sweep(request: Request[Nothing]) -> SweepCounts:
    return sweep_requests.sweep_now(request.caller.id, request.now)


@routes.get("/ops/sweeps", summary="What the newest sweep did", access="staff", returns=LastSweep)
def read_sweep(request: Request[None]) -> LastSweep:
    del request
    return LastSweep(sweep.find_last())

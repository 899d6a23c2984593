"""A sweep on demand, and what the last one did."""

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.services import sweep, sweep_requests
from chalicelib.services.sweep_run import SweepCounts

routes = ApiBlueprint(__name__)


class SweepRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A dry run tells what would be found and mended, and writes nothing."""

    dry_run: bool = False


class LastSweep(msgspec.Struct, frozen=True):
    """None before the first."""

    last: SweepCounts | None


@routes.post(
    "/ops/sweeps",
    summary="Look for exceptions now",
    roles=("manager",),
    body=SweepRequest,
    returns=SweepCounts,
)
def run_sweep(request: Request[SweepRequest]) -> SweepCounts:
    dry_run = request.trail.only_read = request.body.dry_run
    return sweep_requests.sweep_now(request.caller, request.now, dry_run=dry_run)


@routes.get("/ops/sweeps", summary="What the newest sweep did", access="staff", returns=LastSweep)
def read_sweep(request: Request[None]) -> LastSweep:
    del request
    return LastSweep(sweep.find_last())

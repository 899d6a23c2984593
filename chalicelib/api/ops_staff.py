"""Who the colleagues are: names for the ids that logs and cases tell of."""

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.services import staff
from chalicelib.services.staff import Colleague

routes = ApiBlueprint(__name__)


class ColleagueList(msgspec.Struct, frozen=True):
    items: list[Colleague]
    next_cursor: str | None = None


@routes.get(
    "/ops/staff",
    summary="The staff of one's own stores, by name",
    access="staff",
    returns=ColleagueList,
)
def list_staff(request: Request[None]) -> ColleagueList:
    return ColleagueList(staff.list_colleagues(request.caller))

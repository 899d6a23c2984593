"""Who is calling and what they may do."""

from typing import Literal

import msgspec

from chalicelib.domain.errors import NotAllowed, NotFound, Unauthenticated

Role = Literal["clerk", "kitchen", "support", "manager", "admin"]
STAFF_ROLES: frozenset[str] = frozenset({"clerk", "kitchen", "support", "manager", "admin"})
_MANAGERS_TOO = frozenset({"clerk", "kitchen", "support", "manager"})
ANY_STAFF = STAFF_ROLES
EVERY_STORE = "*"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is how the caller was recognized; `store_ids` limits staff and machines.

    A guest holds one order's token: `order_id` is that order.
    """

    kind: Literal["anonymous", "guest", "customer", "staff", "machine", "system"]
    id: str
    roles: frozenset[str] = frozenset()
    store_ids: frozenset[str] = frozenset()
    order_id: str | None = None
    email: str | None = None
    phone: str | None = None
    source: str = ""

    @property
    def key(self) -> str:
        """The namespace of this caller's idempotency keys."""
        return "guest" if self.kind in {"anonymous", "guest"} else f"{self.kind}:{self.id}"

    @property
    def is_staff(self) -> bool:
        return self.kind in {"staff", "machine"} and bool(self.roles & STAFF_ROLES)

    @property
    def customer_id(self) -> str | None:
        return self.id if self.kind in {"customer", "staff"} else None

    def has_role(self, *roles: str) -> bool:
        if "admin" in self.roles:
            return True
        if "manager" in self.roles and set(roles) & _MANAGERS_TOO:
            return True
        return bool(self.roles & set(roles))

    def works_at(self, store_id: str) -> bool:
        return EVERY_STORE in self.store_ids or store_id in self.store_ids

    def require_login(self) -> None:
        if self.kind in {"anonymous", "guest"}:
            raise Unauthenticated("Sign in first.")

    def require_role(self, *roles: str) -> None:
        if self.kind in {"anonymous", "guest"}:
            raise Unauthenticated("Sign in first.")
        if not self.has_role(*roles):
            raise NotAllowed("Your role does not permit this.", code="role_required")

    def require_store(self, store_id: str) -> None:
        """Another store's objects do not exist for this caller."""
        if not self.works_at(store_id):
            raise NotFound("There is no such store among yours.", code="store_not_found")


ANONYMOUS = Caller(kind="anonymous", id="anonymous")


def system(name: str) -> Caller:
    """Docket itself, acting for a rule or a worker."""
    return Caller(
        kind="system",
        id=f"system:{name}",
        roles=frozenset({"admin"}),
        store_ids=frozenset({EVERY_STORE}),
    )

"""Categories: what the sections of the menu are called, for all stores alike."""

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.catalogue_requests import Names
from chalicelib.domain.text import Text
from chalicelib.services import assortment, catalogue

routes = ApiBlueprint(__name__)


class CategoryNames(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Names


class Category(msgspec.Struct):
    category: str
    name: Text


class Categories(msgspec.Struct):
    items: list[Category]
    next_cursor: str | None = None


@routes.get(
    "/ops/categories",
    summary="All categories with their names in all languages",
    access="staff",
    returns=Categories,
)
def list_categories(request: Request[None]) -> Categories:
    del request
    known = catalogue.current_snapshot().categories
    return Categories([Category(category, name) for category, name in known.items()])


@routes.put(
    "/ops/categories/{category}",
    summary="Name a category, new or not",
    roles=("manager",),
    body=CategoryNames,
    returns=Category,
)
def name_category(request: Request[CategoryNames], category: str) -> Category:
    before = catalogue.current_snapshot().categories.get(category)
    request.trail.before = {"name": before}
    return Category(category, assortment.name_category(category, request.body.name))

"""Prices and totals of a request at one version of the catalogue; also the price check."""

from collections.abc import Mapping

import msgspec

from chalicelib.domain import orders
from chalicelib.domain.catalogue import BundlePart, Option, Product, Store
from chalicelib.domain.errors import FieldError
from chalicelib.domain.money import Money, share, total_of, zero
from chalicelib.domain.order_requests import RequestedFulfillment, RequestedLine
from chalicelib.domain.orders import ChosenOption, LineItem, Totals


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands in the way of ordering: where, a stable code, and how many there are."""

    pointer: str
    code: str
    available: int | None = None
    detail: str = ""

    def as_field_error(self) -> FieldError:
        return FieldError(self.pointer, self.detail or self.code)


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    line_items: tuple[LineItem, ...]
    totals: Totals
    problems: tuple[Problem, ...]


def price(
    lines: tuple[RequestedLine, ...],
    fulfillment_type: str,
    store: Store,
    products: Mapping[str, Product],
) -> Priced:
    """Lines that cannot be priced are left out and reported in `problems`."""
    items: list[LineItem] = []
    problems: list[Problem] = []
    for index, line in enumerate(lines):
        product = products.get(line.sku)
        if product is None or not product.active:
            problems.append(
                Problem(
                    pointer=f"/line_items/{index}/sku",
                    code="product_not_found",
                    detail="There is no such product in this store.",
                )
            )
            continue
        chosen, faults = _chosen(line, product, f"/line_items/{index}/options")
        problems += faults
        items.append(_line(index, line, product, chosen))
    totals = totals_of(tuple(items), fulfillment_type, store)
    if totals.subtotal.amount_minor < store.minimum_order_minor and not problems:
        problems.append(
            Problem(
                pointer="/line_items",
                code="below_minimum",
                detail=f"At least {Money(store.minimum_order_minor, store.currency).decimal()}.",
            )
        )
    return Priced(line_items=tuple(items), totals=totals, problems=tuple(problems))


def place_problems(fulfillment: RequestedFulfillment, store: Store) -> list[Problem]:
    """Whether the store serves this way, to this table or address."""
    problems = []
    if fulfillment.type not in store.fulfillment_types:
        problems.append(_fault("/fulfillment/type", "The store does not offer this."))
    if fulfillment.type == "delivery" and fulfillment.address is None:
        problems.append(_fault("/fulfillment/address", "Where shall it be delivered?"))
    if fulfillment.type == "dine_in" and fulfillment.table not in store.tables:
        problems.append(_fault("/fulfillment/table", "There is no such table."))
    return problems


def coupon_problems(coupon_code: str | None) -> list[Problem]:
    """No store has coupons yet: a code is refused, never silently worth nothing."""
    return [] if coupon_code is None else [_fault("/coupon_code", "There is no such coupon.")]


def shortages(priced: Priced, available: Mapping[str, int]) -> list[Problem]:
    """A problem for each line whose stock does not suffice for all lines together."""
    needed = orders.units_of(priced.line_items)
    short = {sku for sku, quantity in needed.items() if available.get(sku, 0) < quantity}
    problems = []
    for line in priced.line_items:
        if short & line.units.keys():
            index = int(line.line_id.removeprefix("line_")) - 1
            problems.append(
                Problem(
                    pointer=f"/line_items/{index}/quantity",
                    code="out_of_stock",
                    available=sellable(line.units, line.quantity, available),
                )
            )
    return problems


def sellable(units: Mapping[str, int], quantity: int, available: Mapping[str, int]) -> int:
    """How many of a line could be had, given what one of it takes."""
    return max(
        0, min((available.get(sku, 0) * quantity // n for sku, n in units.items() if n), default=0)
    )


def _fault(pointer: str, detail: str) -> Problem:
    return Problem(pointer=pointer, code="invalid_input", detail=detail)


def _chosen(
    line: RequestedLine, product: Product, pointer: str
) -> tuple[tuple[ChosenOption, ...], list[Problem]]:
    wanted = list(line.options)
    chosen: list[ChosenOption] = []
    problems: list[Problem] = []
    for option in product.options:
        picked = [choice for choice in option.choices if choice.choice_id in wanted]
        wanted = [w for w in wanted if w not in {c.choice_id for c in picked}]
        problems += _count_problems(option, len(picked), pointer)
        chosen += [
            ChosenOption(option.option_id, c.choice_id, c.name, c.price_delta) for c in picked
        ]
    problems += [_fault(pointer, f"There is no choice {choice}.") for choice in wanted]
    if len(set(line.options)) != len(line.options):
        problems.append(_fault(pointer, "A choice stands here twice."))
    return tuple(chosen), problems


def _count_problems(option: Option, picked: int, pointer: str) -> list[Problem]:
    name = option.name.get("en", option.option_id)
    if option.required and picked == 0:
        return [_fault(pointer, f"Choose one of “{name}”.")]
    if picked > option.choices_max:
        return [_fault(pointer, f"Choose at most {option.choices_max} of “{name}”.")]
    return []


def _line(
    index: int, line: RequestedLine, product: Product, chosen: tuple[ChosenOption, ...]
) -> LineItem:
    unit_price = total_of([product.price, *(c.price_delta for c in chosen)], product.price.currency)
    parts = product.bundle_of
    units = {product.sku: line.quantity} if parts is None else _bundle_units(parts, line.quantity)
    return LineItem(
        line_id=f"line_{index + 1}",
        sku=product.sku,
        name=product.name,
        quantity=line.quantity,
        unit_price=unit_price,
        line_total=unit_price * line.quantity,
        options=chosen,
        units=units,
    )


def _bundle_units(parts: tuple[BundlePart, ...], quantity: int) -> dict[str, int]:
    units: dict[str, int] = {}
    for part in parts:
        units[part.sku] = units.get(part.sku, 0) + part.quantity * quantity
    return units


def totals_of(items: tuple[LineItem, ...], fulfillment_type: str, store: Store) -> Totals:
    subtotal = total_of([item.line_total for item in items], store.currency)
    fee = Money(
        store.delivery_fee_minor if fulfillment_type == "delivery" and items else 0, store.currency
    )
    taxed = subtotal.amount_minor + fee.amount_minor
    basis = store.tax_basis_points
    if store.tax_inclusive:
        tax = taxed - (taxed * 20_000 + 10_000 + basis) // (2 * (10_000 + basis))
        total = taxed
    else:
        tax = share(taxed, basis)
        total = taxed + tax
    return Totals(
        subtotal=subtotal,
        discount=zero(store.currency),
        delivery_fee=fee,
        tax=Money(tax, store.currency),
        total=Money(total, store.currency),
    )

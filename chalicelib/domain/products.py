"""What staff may put on sale: the whole product is checked against its store's others."""

import re
from collections.abc import Iterable, Iterator, Mapping

from chalicelib.domain.barcodes import is_barcode
from chalicelib.domain.catalogue import BundlePart, Option, Product, Store
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.money import Money
from chalicelib.domain.text import LANGUAGES, Text

_CATEGORY = re.compile(r"[A-Za-z0-9._:-]{1,80}")
PRICE_MINOR_MAX = 100_000_000
PARTS_MAX = 20
PART_QUANTITY_MAX = 999


def check(product: Product, store: Store, others: Mapping[str, Product]) -> None:
    """Raises `InvalidInput` with everything wrong. `others` are the store's, by SKU."""
    faults = [
        *_name_faults(product.name, "/name"),
        *_price_faults(product, store),
        *_barcode_faults(product, others),
        *_option_faults(product, store),
        *_bundle_faults(product, others),
        *_substitute_faults(product, others),
    ]
    if faults:
        raise InvalidInput("This product cannot be sold so; see errors.", errors=faults)


def check_category(category: str, name: Text) -> None:
    """Raises `InvalidInput` for an id that products could not have, or for no name."""
    faults = list(_name_faults(name, "/name"))
    if not _CATEGORY.fullmatch(category):
        faults.append(FieldError("/category", "1 to 80 letters, digits and . _ : -"))
    if faults:
        raise InvalidInput("A category cannot be named so; see errors.", errors=faults)


def bundles_with(sku: str, products: Iterable[Product]) -> list[str]:
    """The SKUs of the bundles that have this one as a part."""
    return [
        product.sku
        for product in products
        if product.bundle_of and any(part.sku == sku for part in product.bundle_of)
    ]


def _name_faults(name: Text, pointer: str) -> Iterator[FieldError]:
    if not any(text.strip() for text in name.values()):
        yield FieldError(pointer, "A name in at least one language is needed.")
    for language in name.keys() - set(LANGUAGES):
        yield FieldError(f"{pointer}/{language}", f"Languages are {', '.join(LANGUAGES)}.")


def _price_faults(product: Product, store: Store) -> Iterator[FieldError]:
    yield from _currency_faults(product.price, store, "/price")
    if not 0 <= product.price.amount_minor <= PRICE_MINOR_MAX:
        yield FieldError("/price/amount_minor", f"From 0 to {PRICE_MINOR_MAX}.")
    deltas = [c.price_delta.amount_minor for o in product.options for c in o.choices]
    if product.price.amount_minor + sum(delta for delta in deltas if delta < 0) < 0:
        yield FieldError("/options", "The choices could make the price negative.")
    if any(abs(delta) > PRICE_MINOR_MAX for delta in deltas):
        yield FieldError("/options", f"A choice changes the price by {PRICE_MINOR_MAX} at most.")


def _currency_faults(money: Money, store: Store, pointer: str) -> Iterator[FieldError]:
    if money.currency != store.currency:
        yield FieldError(f"{pointer}/currency", f"This store sells in {store.currency}.")


def _barcode_faults(product: Product, others: Mapping[str, Product]) -> Iterator[FieldError]:
    if product.barcode is None:
        return
    if not is_barcode(product.barcode):
        yield FieldError("/barcode", "Not an EAN or UPC: the length or check digit is wrong.")
    for other in others.values():
        if other.barcode == product.barcode and other.sku != product.sku:
            yield FieldError("/barcode", f"{other.sku} has this barcode.")


def _option_faults(product: Product, store: Store) -> Iterator[FieldError]:
    seen: set[str] = set()
    option_ids: set[str] = set()
    for i, option in enumerate(product.options):
        pointer = f"/options/{i}"
        if option.option_id in option_ids:
            yield FieldError(f"{pointer}/option_id", "Another option has this id.")
        option_ids.add(option.option_id)
        yield from _name_faults(option.name, f"{pointer}/name")
        yield from _count_faults(option, pointer)
        for j, choice in enumerate(option.choices):
            at = f"{pointer}/choices/{j}"
            if choice.choice_id in seen:
                yield FieldError(f"{at}/choice_id", "Another choice has this id.")
            seen.add(choice.choice_id)
            yield from _name_faults(choice.name, f"{at}/name")
            yield from _currency_faults(choice.price_delta, store, f"{at}/price_delta")


def _count_faults(option: Option, pointer: str) -> Iterator[FieldError]:
    if not option.choices:
        yield FieldError(f"{pointer}/choices", "An option has something to choose.")
    elif not 1 <= option.choices_max <= len(option.choices):
        yield FieldError(f"{pointer}/choices_max", f"From 1 to {len(option.choices)}.")


def _bundle_faults(product: Product, others: Mapping[str, Product]) -> Iterator[FieldError]:
    parts = product.bundle_of
    if parts is None:
        return
    if not 1 <= len(parts) <= PARTS_MAX:
        yield FieldError("/bundle_of", f"From 1 to {PARTS_MAX} parts.")
    if len({part.sku for part in parts}) < len(parts):
        yield FieldError("/bundle_of", "Each part is named once.")
    if bundles_with(product.sku, others.values()):
        yield FieldError("/bundle_of", "This product is itself a part of a bundle.")
    for i, part in enumerate(parts):
        yield from _part_faults(part, product.sku, others, f"/bundle_of/{i}")


def _substitute_faults(product: Product, others: Mapping[str, Product]) -> Iterator[FieldError]:
    for i, sku in enumerate(product.substitutes):
        if sku == product.sku or sku not in others or sku in product.substitutes[:i]:
            yield FieldError(f"/substitutes/{i}", "Another product of the store, each once.")


def _part_faults(
    part: BundlePart, sku: str, others: Mapping[str, Product], pointer: str
) -> Iterator[FieldError]:
    other = others.get(part.sku)
    if other is None or part.sku == sku:
        yield FieldError(f"{pointer}/sku", "There is no such product to be a part.")
    elif other.bundle_of is not None:
        yield FieldError(f"{pointer}/sku", "A bundle cannot be part of a bundle.")
    if not 1 <= part.quantity <= PART_QUANTITY_MAX:
        yield FieldError(f"{pointer}/quantity", f"From 1 to {PART_QUANTITY_MAX}.")

"""Are the books in order? Every invariant over every order and stock level."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.domain.books import (
    OrderBook,
    Violation,
    check_duties,
    check_numbers,
    check_order,
    check_stock,
    stock_drifts,
)
from chalicelib.domain.stock_drift import Drift
from chalicelib.store import books as table
from chalicelib.store import exception_cases as case_table

RECEIPT_SECONDS = 600
ACCEPTANCE_SECONDS = 3600


class Books(msgspec.Struct, frozen=True):
    """What is not in order, and the stock among it."""

    violations: list[Violation]
    drifts: list[Drift]


def open_cases() -> Callable[[str], bool]:
    """Whether somebody knows already: the subjects of all cases that are not resolved."""
    known = {
        case.subject.id
        for status in ("open", "acknowledged")
        for case in case_table.cases_of(status)
    }
    return known.__contains__


def check_invariants(
    now: datetime,
    *,
    has_open_case: Callable[[str], bool] = lambda _: False,
    receipt_seconds: int = RECEIPT_SECONDS,
    acceptance_seconds: int = ACCEPTANCE_SECONDS,
) -> list[Violation]:
    """Everything that is not as it must be; empty when all is well."""
    books = read(
        now,
        has_open_case=has_open_case,
        receipt_seconds=receipt_seconds,
        acceptance_seconds=acceptance_seconds,
    )
    return books.violations


def read(
    now: datetime,
    *,
    has_open_case: Callable[[str], bool],
    receipt_seconds: int = RECEIPT_SECONDS,
    acceptance_seconds: int = ACCEPTANCE_SECONDS,
) -> Books:
    """Look through everything once.

    Only a quiet stage gives a true picture of stock: an order that moves between the two scans
    shows as a difference, gone at the next check.
    """
    books: list[OrderBook] = []
    violations: list[Violation] = []
    for book in table.order_books():
        known = msgspec.structs.replace(book, has_open_case=has_open_case(book.order.order_id))
        books.append(known)
        violations += check_order(known)
        violations += check_duties(
            known,
            now,
            receipt_seconds=receipt_seconds,
            acceptance_seconds=acceptance_seconds,
        )
    drifts = list(stock_drifts(table.stock_levels(), books, now))
    violations += check_stock(drifts)
    violations += check_numbers(books)
    return Books(violations, drifts)

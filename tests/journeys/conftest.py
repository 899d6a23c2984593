"""The people of the demo stage, signed in."""

import pytest

from tests.journeys.people import Customer, Guest, Staff


@pytest.fixture
def ada(stack):
    return Customer(stack.url, "customer1@example.com")


@pytest.fixture
def bob(stack):
    return Customer(stack.url, "customer2@example.com")


@pytest.fixture
def guest(stack):
    return Guest(stack.url)


@pytest.fixture
def clerk(stack):
    return Staff(stack.url, "clerk@example.com")


@pytest.fixture
def manager(stack):
    return Staff(stack.url, "manager@example.com")


@pytest.fixture
def lines(ada):
    """A line of a product that is there in plenty; more by index."""

    def line_items(quantity=1, index=0, store_id="sto_market"):
        products = ada.get(f"/v1/products?store_id={store_id}&limit=100")["items"]
        plain = [
            p for p in products
            if not p["options"] and not p["bundle_of"] and p["available"] >= 100
        ]  # fmt: skip
        return [{"sku": plain[index]["sku"], "quantity": quantity}]

    return line_items

"""The catalogue at rest: whoever reads the pointer finds that version whole."""

import msgspec
import pytest

from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.store import catalogue
from chalicelib.store.tables import CatalogueItem
from tests.factories import a_product, a_store

pytestmark = pytest.mark.usefixtures("engine")


def published(snapshot, *, name="first"):
    store = a_store("sto_1", name={"en": name})
    return catalogue.publish(msgspec.structs.replace(snapshot, stores={"sto_1": store}))


def test_before_the_first_publication_there_is_nothing():
    assert catalogue.find_version() == 0
    assert catalogue.load_snapshot(0).stores == {}


def test_what_is_published_is_read_back():
    snapshot = published(catalogue.EMPTY)
    assert catalogue.find_version() == snapshot.version == 1
    assert catalogue.load_snapshot(1) == snapshot


def test_a_snapshot_larger_than_an_item_is_kept_in_chunks(monkeypatch):
    monkeypatch.setattr(catalogue, "CHUNK_BYTES", 100)
    products = {f"S{i}": a_product(f"S{i}", i) for i in range(50)}
    large = catalogue.publish(msgspec.structs.replace(catalogue.EMPTY, products={"s": products}))
    assert len(list(CatalogueItem.query("snapshot#1"))) > 3
    assert catalogue.load_snapshot(1) == large


def test_of_two_who_change_the_same_version_one_must_begin_again():
    first = published(catalogue.EMPTY)
    published(first, name="mine")
    with pytest.raises(Stale):
        published(first, name="yours")
    assert catalogue.load_snapshot(2).stores["sto_1"].name == {"en": "mine"}
    assert catalogue.find_version() == 2


def test_a_publisher_that_died_halfway_stops_nobody():
    first = published(catalogue.EMPTY)
    CatalogueItem("snapshot#2", "chunk#000", chunk=b"half").save()
    assert published(first, name="next").version == 3
    assert catalogue.load_snapshot(3).stores["sto_1"].name == {"en": "next"}


def test_old_versions_are_cleared_away_and_the_last_ones_kept():
    snapshot = catalogue.EMPTY
    for _ in range(12):
        snapshot = published(snapshot)
    kept = {item.PK for item in CatalogueItem.scan() if item.PK.startswith("snapshot#")}
    assert kept == {f"snapshot#{version}" for version in range(8, 13)}
    with pytest.raises(Unavailable):
        catalogue.load_snapshot(1)

"""Search: what people type finds what they mean, the best match first."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.catalogue import Product
from chalicelib.domain.money import Money
from chalicelib.domain.search import SearchIndex
from chalicelib.domain.spelling import distance
from chalicelib.services.keywords import keywords_of


def product(sku, zh="", en="", barcode=None, category="food"):
    name = {language: text for language, text in (("zh-CN", zh), ("en", en)) if text}
    return Product(
        product_id=f"prd_{sku}", sku=sku, barcode=barcode, name=name, price=Money(1, "CNY"),
        category=category, keywords=keywords_of(name),
    )  # fmt: skip


SHELF = [
    product("FRU-1", "水果拼盘", "Fruit Platter"),
    product("DRI-1", "矿泉水", "Mineral Water", "2000000010014", "drinks"),
    product("NOO-1", "红烧牛肉面", "Braised Beef Noodles"),
    product("NOO-2", "牛肉面", "Beef Noodles"),
    product("VEG-1", "西红柿", "Tomatoes"),
    product("COF-1", "卡布奇诺", "Cappuccino", None, "drinks"),
    product("CAF-1", "", "Café Crème"),
]
INDEX = SearchIndex(SHELF, {"drinks": {"en": "Drinks", "zh-CN": "饮料"}})


def found(query):
    return [hit.sku for hit in INDEX.search(query)]


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("牛肉面", ["NOO-2", "NOO-1"]),
        ("牛肉", ["NOO-2", "NOO-1"]),
        ("牛", ["NOO-2", "NOO-1"]),
        ("肉 红烧", ["NOO-1"]),
        ("水", ["FRU-1", "DRI-1"]),
        ("beef noodles", ["NOO-2", "NOO-1"]),
        ("BEEF", ["NOO-2", "NOO-1"]),
        ("nood bra", ["NOO-1"]),
        ("niuroumian", ["NOO-1", "NOO-2"]),
        ("niu rou", ["NOO-1", "NOO-2"]),
        ("hsnrm", ["NOO-1"]),
        ("番茄", ["VEG-1"]),
        ("tomato", ["VEG-1"]),
        ("NOO-1", ["NOO-1"]),
        ("noo-", ["NOO-1", "NOO-2"]),
        ("2000000010014", ["DRI-1"]),
        ("ＢＥＥＦ", ["NOO-2", "NOO-1"]),
        ("creme", ["CAF-1"]),
        ("drinks", ["DRI-1", "COF-1"]),
        ("饮料", ["DRI-1", "COF-1"]),
        ("capuchino", ["COF-1"]),
        ("baef", ["NOO-1", "NOO-2"]),
        ("牛肉拉面", ["NOO-1", "NOO-2"]),
        ("!!!", []),
        ("zzzzzz", []),
    ],
)
def test_what_is_typed_finds_what_is_meant(query, skus):
    assert found(query) == skus


@pytest.mark.parametrize("sku", [shelved.sku for shelved in SHELF])
def test_a_sku_finds_its_product_first(sku):
    assert found(sku)[0] == sku
    assert found(sku.lower())[0] == sku


HAN = st.text("牛肉面红烧鸡翅茶水果饮料西红柿", min_size=1, max_size=8)
LATIN = st.text("abcdefghij", min_size=1, max_size=8)
NAMES = st.lists(st.tuples(HAN, LATIN), min_size=1, max_size=12)


def index_of(names):
    return SearchIndex([product(f"S{i}", zh, en) for i, (zh, en) in enumerate(names)])


@given(NAMES, st.data())
def test_any_stretch_of_a_chinese_name_finds_it(names, data):
    number = data.draw(st.integers(0, len(names) - 1))
    zh = names[number][0]
    start = data.draw(st.integers(0, len(zh) - 1))
    end = data.draw(st.integers(start + 1, len(zh)))
    assert f"S{number}" in [hit.sku for hit in index_of(names).search(zh[start:end])]


@given(NAMES, st.data())
def test_any_beginning_of_a_word_finds_it(names, data):
    number = data.draw(st.integers(0, len(names) - 1))
    en = names[number][1]
    beginning = en[: data.draw(st.integers(1, len(en)))]
    assert f"S{number}" in [hit.sku for hit in index_of(names).search(beginning.upper())]


@given(st.text(max_size=200))
def test_whatever_is_typed_gives_each_product_at_most_once(query):
    skus = found(query)
    assert len(skus) == len(set(skus))


@given(
    st.text("abcdefgh", min_size=4, max_size=12),
    st.integers(0, 11),
    st.sampled_from(["drop", "double", "swap", "other"]),
)
def test_one_slip_of_the_finger_still_finds_the_word(word, at, slip):
    at %= len(word) - 1
    typed = {
        "drop": word[:at] + word[at + 1 :],
        "double": word[: at + 1] + word[at:],
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "other": word[:at] + "z" + word[at + 1 :],
    }[slip]
    assert [hit.sku for hit in SearchIndex([product("S0", "", word)]).search(typed)] == ["S0"]


@given(LATIN, LATIN)
def test_the_distance_is_symmetric_and_zero_only_for_the_same(one, other):
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) is (one == other)


def test_ten_thousand_products_are_indexed_and_searched_quickly():
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]
    shelf = [
        product(f"S{i}", "牛肉面红烧鸡翅茶水"[i % 7 :], f"{words[i % 150]} {words[i // 67 % 150]}")
        for i in range(10_000)
    ]
    started = time.process_time()
    index = SearchIndex(shelf)
    assert time.process_time() - started < 2
    started = time.process_time()
    assert index.search("牛肉")
    assert time.process_time() - started < 0.5

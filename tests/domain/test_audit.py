"""What the audit trail keeps of a value: bounded, and without personal data or secrets."""

import string

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.audit import masked

NAMES = st.sampled_from(["email", "phone", "name", "line1", "password", "api_key", "status", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(string.ascii_letters, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


def test_secrets_are_gone_and_personal_data_keep_a_first_letter():
    kept = masked({"password": "hunter2", "email": "ada@example.com", "status": "placed"})
    assert kept == {"password": "***", "email": "a***", "status": "placed"}


def test_what_is_nested_is_masked_too():
    kept = masked({"lines": [{"contact": {"phone": "+86139", "at": 1}}]})
    assert kept == {"lines": [{"contact": {"phone": "+***", "at": 1}}]}


def test_long_and_deep_values_are_cut():
    assert len(masked("x" * 5000)) < 250
    assert len(masked(list(range(500)))) <= 20
    deep: object = "end"
    for _ in range(50):
        deep = [deep]
    assert "end" not in str(masked(deep))


@given(VALUES, st.sampled_from(["email", "phone", "name", "line1", "password", "api_key"]))
def test_a_canary_under_a_personal_or_secret_name_never_survives(value, name):
    assert "canary-77" not in str(masked({"a": [value, {name: "zcanary-77"}]}))


@given(VALUES)
def test_what_has_no_telling_name_stays(value):
    assert masked({"status": "placed", "more": value})["status"] == "placed"

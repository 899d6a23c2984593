"""Barcodes: the check digit decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.barcodes import check_digit, is_barcode


@pytest.mark.parametrize("code", ["4006381333931", "96385074", "036000291452", "10012345678902"])
def test_codes_from_the_standard_are_barcodes(code):
    assert is_barcode(code)


@pytest.mark.parametrize(
    "code", ["", "4006381333932", "400638133393", "４００６３８１３３３９３１", "abc"]
)
def test_anything_else_is_none(code):
    assert not is_barcode(code)


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body, at, shift):
    code = body + str(check_digit(body))
    wrong = code[:at] + str((int(code[at]) + shift) % 10) + code[at + 1 :]
    assert is_barcode(code)
    assert not is_barcode(wrong)

"""Tax ids as companies write them, held to what another library says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.eu import vat

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.invoice_details import Buyer, InvoiceDetails, is_tax_id

CREDIT_CODE = "91310106MA1FYX7K23"
GENUINE = (
    CREDIT_CODE, "DE136695976", "FR40303265045", "IT00743110157", "PL8567346215", "ATU13585627",
    "NL002455799B11", "ESA13585625", "SE123456789701", "EL094259216",
)  # fmt: skip


@pytest.mark.parametrize("tax_id", GENUINE)
def test_genuine_ids_are_taken(tax_id):
    assert is_tax_id(tax_id)
    assert uscc.is_valid(tax_id) or vat.is_valid(tax_id)


@pytest.mark.parametrize("tax_id", ["", "123", "XX123456789", "DE12345678", "9131010ŠMA1FYX7K23"])
def test_what_is_formed_like_none_is_refused(tax_id):
    assert not is_tax_id(tax_id)


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_of_a_credit_code_is_noticed(place, letter):
    wrong = CREDIT_CODE[:place] + letter + CREDIT_CODE[place + 1 :]
    assert is_tax_id(wrong) == (wrong == CREDIT_CODE)


@given(
    st.sampled_from([one for one in GENUINE if one[:2] in {"DE", "FR", "IT", "PL"}]),
    st.integers(2, 10), st.sampled_from("0123456789"),
)  # fmt: skip
def test_one_wrong_digit_of_a_number_with_check_digits_is_noticed(tax_id, place, digit):
    wrong = tax_id[:place] + digit + tax_id[place + 1 :]
    assert is_tax_id(wrong) == vat.is_valid(wrong)


def test_details_are_written_in_one_way():
    details = InvoiceDetails(title="  上海  某某有限公司 ", tax_id="9131 0106-ma1fyx7k23")
    assert details.as_buyer() == Buyer(title="上海 某某有限公司", tax_id=CREDIT_CODE)
    assert InvoiceDetails(title="Ada").as_buyer() == Buyer(title="Ada")


def test_a_mistyped_id_is_refused_with_its_place():
    with pytest.raises(InvalidInput) as refused:
        InvoiceDetails(title="Acme", tax_id="91310106MA1FYX7K24").as_buyer("/invoice_details")
    assert refused.value.code == "tax_id_invalid"
    assert [error.pointer for error in refused.value.errors] == ["/invoice_details/tax_id"]

"""The catalogue of 114 bad inputs: each refused as the contract says, and none a fault of ours.

Cases that need another stage than this one are held elsewhere; `ELSEWHERE` says where.
"""

import csv
import re
from pathlib import Path

import pytest

from chalicelib.domain import stock_csv
from chalicelib.domain.stock import BOOKED
from tests.security.bad_inputs.callers import CALLERS
from tests.security.bad_inputs.syntax import SYNTAX
from tests.security.bad_inputs.values import VALUES

TESTS = Path(__file__).parents[1]
CATALOGUE = range(1, 115)
CASES = [*SYNTAX, *VALUES, *CALLERS]
_JWT, _MATRIX, _SSRF = (
    "security/test_jwt_attacks",
    "security/test_access_matrix",
    "security/test_ssrf",
)
_PROVIDERS = "contract/test_provider_contract"
_LIVES = "contract/test_payment_lives"
ELSEWHERE = {
    26: "workers/test_relay::test_large_events_are_split_over_calls_below_the_size_limit",
    40: "services/test_replays::test_a_request_in_flight_is_told_to_its_twin",
    43: "services/test_placing::test_the_same_key_and_body_is_the_same_order",
    44: "reliability/test_crash_everywhere::test_placing",
    47: f"{_JWT}::test_a_forged_token_is_refused",
    48: f"{_JWT}::test_a_forged_token_is_refused",
    49: f"{_JWT}::test_a_forged_token_is_refused",
    50: f"{_JWT}::test_headers_that_point_to_other_keys_are_ignored_on_a_genuine_token",
    51: f"{_JWT}::test_a_forged_token_is_refused",
    52: f"{_JWT}::test_a_token_seen_before_is_still_held_to_its_times",
    56: "api/test_auth::test_a_wrong_password_and_an_unknown_address_get_the_same_answer",
    57: "api/test_auth::test_too_many_wrong_passwords_are_told_to_wait",
    58: f"{_MATRIX}::test_another_customer_finds_no_such_order",
    64: f"{_MATRIX}::test_nothing_of_ones_own_is_anothers",
    68: f"{_PROVIDERS}::test_one_changed_byte_anywhere_is_refused",
    69: f"{_PROVIDERS}::test_one_changed_byte_anywhere_is_refused",
    70: f"{_PROVIDERS}::test_an_old_webhook_and_one_from_the_future_are_refused",
    71: f"{_LIVES}::test_every_order_of_arrival_and_repetition_of_a_life_ends_alike",
    72: f"{_PROVIDERS}::test_while_keys_are_changed_both_are_good",
    73: f"{_PROVIDERS}::test_another_key_and_no_key_are_refused",
    74: f"{_LIVES}::test_every_order_of_arrival_and_repetition_of_a_life_ends_alike",
    75: "services/test_paying::test_too_little_money_is_told_and_confirms_nothing",
    77: f"{_PROVIDERS}::test_each_sample_event_is_accepted_and_names_what_it_is_about",
    79: f"{_PROVIDERS}::test_whatever_stands_in_its_headers_is_refused_and_never_a_crash",
    82: f"{_SSRF}::test_a_name_that_leads_inside_is_refused_before_any_connection",
    83: f"{_SSRF}::test_the_connection_goes_to_the_address_that_was_judged",
    84: f"{_SSRF}::test_a_redirect_is_an_answer_and_not_followed",
    86: f"{_SSRF}::test_a_response_without_end_is_cut_off",
    87: "api/test_ops_webhooks::test_docket_does_not_call_itself",
    90: "domain/test_announcements::test_a_mail_escapes_what_stores_and_staff_wrote",
    92: "workers/test_entries::test_a_consumer_starts_without_the_application",
    94: "api/test_order_limits::test_orders_beyond_the_minutes_share_are_refused",
    103: "api/test_order_limits::test_orders_beyond_the_minutes_share_are_refused",
    105: "api/test_order_limits::test_one_unpaid_order_too_many_is_refused_until_one_is_canceled",
    106: "api/test_order_limits::test_orders_beyond_the_minutes_share_are_refused",
    107: "test_budgets::test_what_only_reads_writes_nothing",
    112: "services/test_notifications::test_bus_messages_carry_no_personal_data",
    114: "infra/test_own_secrets::test_what_is_wrong_is_told_without_what_is_secret",
}
COMPARING = ("providers/base_signature.py", "services/guests.py", "api/cursors.py")
IN_THIS_FILE = {55, 89}
NOT_HERE = {
    "the user pool compares addresses": {20, 24},
    "there are no coupons and discounts yet": {32, 33},
    "no request is about several orders": {61},
    "one stage is one merchant's; its providers are told apart by their secrets": {76},
    "nothing is uploaded": {96},
    "a webhook is one transaction: a burst of them is a matter of throughput": {78},
    "limits go by the account, and links by the stage's own address": {97},
    "stock and catalogue are public: there is nothing to learn from the time": {108},
    "the gateway takes requests apart": {100},
    "an account cannot be erased or exported yet": {110, 111, 113},
}


def test_every_case_of_the_catalogue_is_accounted_for():
    here = {case.number for case in CASES}
    excused = set().union(*NOT_HERE.values())
    assert sorted(set(CATALOGUE) - here - ELSEWHERE.keys() - IN_THIS_FILE - excused) == []
    assert not here & ELSEWHERE.keys() & excused


@pytest.mark.parametrize("bad", CASES, ids=[case.id for case in CASES])
def test_a_bad_request_gets_the_contracts_answer(lasting_client, bad):
    answer = bad.send(lasting_client)
    assert answer.status == bad.status, answer.text
    if answer.status >= 400 and answer.text:
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json["status"] == bad.status
        assert bad.code in {None, answer.code}
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("module", COMPARING)
def test_secrets_are_compared_in_constant_time(module):
    """BAD-055."""
    assert "compare_digest" in (TESTS.parent / "chalicelib" / module).read_text()


def test_a_formula_in_a_product_s_name_is_only_text_in_a_sheet():
    """BAD-089."""
    names = {"en": '=HYPERLINK("https://evil.example")', "zh-CN": "@SUM(A1)"}
    sheet = stock_csv.written([("apple", None, names, dict.fromkeys(BOOKED, 1))])
    assert all(
        not cell.startswith(("=", "@", "+")) for cell in next(csv.reader([sheet.splitlines()[1]]))
    )


@pytest.mark.parametrize("number", ELSEWHERE)
def test_a_case_that_is_held_elsewhere_is_there(number):
    module, _, name = ELSEWHERE[number].partition("::")
    assert re.search(rf"def {name}\(", (TESTS / f"{module}.py").read_text())

"""What holds for the pages' own files: complete in both languages, small, and well typed."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.domain.exception_cases import ActName, Cause, RepairOutcome
from chalicelib.domain.money import EXPONENTS
from chalicelib.domain.question_words import LABELS
from chalicelib.domain.questions import CALL_STAFF
from chalicelib.domain.receipts import CUSTOMER_EVENTS, MERCHANT_EVENTS
from chalicelib.domain.thresholds import DEFAULTS, THRESHOLD_FIELDS, AlertChannel
from chalicelib.services.repairs import ACTIONS

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "chalicelib" / "web" / "static"
MODULES = sorted(STATIC.glob("*.js"))
CATALOGUES = sorted({path.name.split(".")[0] for path in STATIC.glob("*.json")})
PLACES = re.compile(r"\{(\w+)\}")
LINES_MAX = 200


def texts(catalogue, language):
    return json.loads((STATIC / f"{catalogue}.{language}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_both_languages_have_the_same_texts_with_the_same_places(catalogue):
    english, chinese = texts(catalogue, "en"), texts(catalogue, "zh-CN")

    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert chinese[key].strip()
        assert set(PLACES.findall(chinese[key])) <= set(PLACES.findall(text)) | {"n"}, key


def test_the_shop_has_words_for_every_event_that_it_lists():
    assert {f"event.{kind}" for kind in CUSTOMER_EVENTS | MERCHANT_EVENTS} <= texts(
        "shop", "en"
    ).keys()


def test_the_console_has_words_for_all_that_a_case_and_a_rule_can_say():
    acts, causes = get_args(ActName), get_args(Cause)
    outcomes = [*get_args(RepairOutcome), "sent", "held", "superseded", "no_recipient"]
    wanted = {
        *(f"rule.{rule}" for rule in DEFAULTS), *(f"rule.{rule}.words" for rule in DEFAULTS),
        *(f"case.act.{act}" for act in acts), *(f"cause.{cause}" for cause in causes),
        *(f"outcome.{outcome}" for outcome in outcomes),
        *(f"rules.{name}" for name in THRESHOLD_FIELDS),
        *(f"alert.{channel}" for channel in get_args(AlertChannel)),
    }  # fmt: skip
    assert wanted <= texts("ops", "en").keys()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_text_that_a_module_asks_for_exists(module):
    known = {key for catalogue in CATALOGUES for key in texts(catalogue, "en")}
    asked = re.findall(r"\bt\('([\w.-]+)'", module.read_text(encoding="utf-8"))
    assert set(asked) <= known


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_says_what_it_is_for_and_stays_small(module):
    lines = module.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("/** ")
    assert len(lines) <= LINES_MAX


def test_the_types_in_the_comments_hold():
    compiler = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    assert compiler.exists(), "run infra/vendor_web.py --dev first"
    node = shutil.which("node")
    assert node, "Node.js is needed to check the pages' types"
    checked = subprocess.run(
        [node, compiler, "--project", ROOT / "tsconfig.json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_every_currency_that_amounts_can_be_kept_in_is_offered_for_a_rate():
    listed = re.search(r"const CURRENCIES = \((.*?)\)\.split", read("ratefields.js"), re.DOTALL)

    assert listed
    assert set(re.findall(r"[A-Z]{3}", listed[1])) == EXPONENTS.keys()


def test_every_repair_and_every_choice_of_a_question_has_words():
    repairs = {f"repair.{action}" for action in ACTIONS}
    choices = {f"question.choice.{choice}" for choice in (*LABELS, CALL_STAFF)}

    assert repairs <= texts("ops", "en").keys()
    assert choices <= texts("shop", "en").keys()


def read(name):
    return (STATIC / name).read_text(encoding="utf-8")

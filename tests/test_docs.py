"""The reference pages tell of all that there is, and of nothing that there is not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from chalicelib import plugins
from chalicelib.api import openapi, problems
from chalicelib.api.blueprint import ENDPOINTS
from chalicelib.config import Settings
from chalicelib.domain import errors
from chalicelib.domain.thresholds import DEFAULTS
from infra import api_reference
from infra.alarms import function_alarms
from infra.package import settings_at_rest
from infra.stage_alarms import stage_alarms
from infra.symptoms import SYMPTOMS
from tests.tables import resources

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
FIRST_CELL = re.compile(r"^\| `([^`]+)` \|\s*([^|]*?)\s*\|", re.MULTILINE)


def rows(page: str) -> dict[str, str]:
    """The second column of a page's tables by the first, where that is code."""
    return dict(FIRST_CELL.findall((REFERENCE / page).read_text(encoding="utf-8")))


def codes_in_use() -> Iterator[tuple[str, str]]:
    """Every error code that the sources name, with the class that carries it."""
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from codes_given(node)
            elif isinstance(node, ast.ClassDef) and node.name != "DocketError":
                yield from codes_declared(node)


def codes_given(call: ast.Call) -> Iterator[tuple[str, str]]:
    raised = ast.unparse(call.func).rpartition(".")[2]
    given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    for part in (part for value in given for part in ast.walk(value)):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value, raised


def codes_declared(error: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement in error.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "code":
            yield ast.literal_eval(statement.value), error.name


def test_every_route_is_on_its_page():
    written = api_reference.PAGE.read_text(encoding="utf-8")
    assert written == api_reference.page(), "run: .venv/bin/python -m infra.api_reference"


def test_the_openapi_document_is_valid_and_has_every_route_of_the_api():
    document = msgspec.json.decode(msgspec.json.encode(openapi.document()))
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    told = {(m.upper(), path) for path, item in document["paths"].items() for m in item}
    served = {
        (method, path)
        for path, methods in app.routes.items()
        for method in methods
        if path.startswith("/v1/")
    }
    assert told == served == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def test_every_error_code_has_a_title_in_both_languages():
    assert {code for code, _ in codes_in_use()} - set(problems.TITLES) == set()
    for code, title in problems.TITLES.items():
        assert title["en"], code
        assert title["zh-CN"], code


def test_every_error_code_is_documented():
    assert set(rows("errors.md")) == set(problems.TITLES)


def test_the_documented_statuses_are_those_that_are_answered():
    documented = rows("errors.md")
    checked = 0
    for code, raised in codes_in_use():
        kind = getattr(errors, raised, None)
        if isinstance(kind, type) and issubclass(kind, errors.DocketError):
            status = problems.status_of(kind("", code=code))
            assert str(status) in documented[code].split(", "), (code, raised)
            checked += 1
    assert checked > 50


def test_every_setting_is_documented_and_set_by_the_template():
    fields = {field.name for field in msgspec.structs.fields(Settings)}
    assert {name for name in rows("settings.md") if "/" not in name} == fields
    set_there = {name.removeprefix("DOCKET_").lower() for name in settings_at_rest()}
    assert fields - {"region"} <= set_there


def test_every_rule_is_documented_with_its_threshold():
    minor = dict.fromkeys(("threshold_amount_minor", "repair_limit_minor"), "minor")
    units = {"threshold_seconds": "s", **minor}
    expected = {}
    for name in plugins.names("rules"):
        settings = DEFAULTS[name]
        expected[name] = ", ".join(
            f"{getattr(settings, threshold)} {units.get(threshold, 'n')}"
            for threshold in settings.threshold_names
        )
    assert rows("rules.md") == expected
    page = (REFERENCE / "rules.md").read_text(encoding="utf-8")
    assert [rule for rule in DEFAULTS if f"`{rule}`" not in page] == []


def alarms() -> dict[str, str]:
    """Every alarm by its name on the page, with the runbook that it names."""
    names = re.compile(r"AlarmName: !Sub \"docket-\$\{Stage\}-([\w-]+)\"\s+AlarmDescription: (.+)")
    told = dict(names.findall((ROOT / "infra" / "data.yaml").read_text(encoding="utf-8")))
    for one in (stage_alarms() | function_alarms("F", "<function>", {"DynamoDB"}, 30)).values():
        about = one["Properties"]
        name = about["AlarmName"]["Fn::Sub"].removeprefix("docket-${Stage}-")
        told[name] = about["AlarmDescription"]
    for name, symptom in SYMPTOMS.items():
        told[name] = f"{symptom[0]} Runbook: docs/runbooks/{name}.md"
    return {name: about.partition("Runbook: ")[2].strip('"') for name, about in told.items()}


def test_every_alarm_of_the_data_stack_is_read():
    declared = [r for r in resources().values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms()) == len(declared) + len(stage_alarms()) + len(SYMPTOMS) + 6


def test_every_alarm_is_documented():
    assert set(rows("alarms.md")) == set(alarms())


@pytest.mark.parametrize("runbook", sorted(set(alarms().values())))
def test_every_alarm_has_its_runbook(runbook):
    text = (ROOT / runbook).read_text(encoding="utf-8")
    assert "## What to do" in text


def test_links_between_the_pages_lead_somewhere():
    for page in (ROOT / "docs").rglob("*.md"):
        for target in re.findall(
            r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")
        ):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"

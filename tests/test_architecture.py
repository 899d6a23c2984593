"""The house rules that tools can check: who imports whom, how large things get, what is pure."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
OURS = ("app.py", "chalicelib", "infra", "bench", "tests")
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
ARN_PLACEHOLDERS = {"queue_arn", "stream_arn", "topic"}
EMPTY_WORDS = ("handle_", "process_", "manager", "utils")


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        path = ROOT / folder
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(a.name in {"environ", "getenv"} for a in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def test_imports_go_one_way(capsys):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_the_application_is_a_table_of_edges():
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    edges = ("chalice", "chalicelib.api", "chalicelib.workers", "chalicelib.web")
    assert len(source.splitlines()) <= 40
    assert [name for name in imported(ast.parse(source)) if not name.startswith(edges)] == []


def test_nothing_of_ours_imports_the_application():
    assert [named(p) for p in modules("chalicelib") if "app" in imported(parsed(p))] == []


def test_the_environment_is_read_in_one_place():
    readers = {
        named(path)
        for path in modules("app.py", "chalicelib")
        for node in ast.walk(parsed(path))
        if reads_environment(node)
    }
    assert "chalicelib/config.py" in readers
    assert {r for r in readers if not r.startswith("chalicelib/workers/")} == {
        "chalicelib/config.py"
    }


def test_workers_read_the_environment_for_the_arns_of_their_triggers_alone():
    for path in modules("chalicelib/workers"):
        tree = parsed(path)
        all_reads = sum(reads_environment(node) for node in ast.walk(tree))
        for_arns = sum(
            reads_environment(node)
            for keyword in ast.walk(tree)
            if isinstance(keyword, ast.keyword) and keyword.arg in ARN_PLACEHOLDERS
            for node in ast.walk(keyword.value)
        )
        assert all_reads == for_arns, named(path)


def test_packages_are_folders_and_no_more():
    inits = [p for p in modules(*OURS) if p.name == "__init__.py"]
    assert [named(p) for p in inits if p.read_text(encoding="utf-8").strip()] == []


def test_modules_stay_small_and_say_what_they_are_for():
    for path in modules(*OURS):
        source = path.read_text(encoding="utf-8")
        assert len(source.splitlines()) < MODULE_LINES_MAX, named(path)
        if source.strip():
            assert ast.get_docstring(ast.parse(source)), named(path)


def test_functions_can_be_seen_at_once():
    long = [
        f"{named(path)}: {function.name}"
        for path in modules(*OURS)
        for function in functions(parsed(path))
        if (function.end_lineno or 0) - function.lineno + 1 >= FUNCTION_LINES_MAX
    ]
    assert long == []


def test_names_say_something():
    names = [(path, path.stem) for path in modules("chalicelib")]
    names += [(p, f.name) for p in modules("chalicelib") for f in functions(parsed(p))]
    empty = [
        f"{named(path)}: {name}"
        for path, name in names
        if any(name.lstrip("_").startswith(word) or name == word for word in EMPTY_WORDS)
    ]
    assert empty == []


def test_a_variable_of_a_path_has_one_name_wherever_it_stands():
    """API Gateway refuses two names at one position."""
    from app import app

    names: dict[str, set[str]] = {}
    for path in app.routes:
        parts = path.split("/")
        for at, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:at]), set()).add(part)
    assert {prefix: found for prefix, found in names.items() if len(found) > 1} == {}


def test_functions_and_operations_have_names_of_their_own():
    from app import app
    from chalicelib.api.openapi import document

    operations = [o["operationId"] for item in document()["paths"].values() for o in item.values()]
    handlers = [source.name for source in app.event_sources]
    assert len(handlers) >= 5
    for names in (operations, handlers):
        assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("chalicelib.domain.orders", {"botocore", "boto3", "pynamodb", "chalice", "urllib3"}),
        ("chalicelib.domain.catalogue", {"botocore", "boto3", "pynamodb", "chalice", "urllib3"}),
        ("chalicelib.rules.order_not_returned", {"botocore", "boto3", "pynamodb", "chalice"}),
        ("app", {"boto3", "aws_xray_sdk", "jsonschema", "pypinyin", "phonenumbers", "segno"}),
    ],
)
def test_importing_costs_only_what_is_used(module, kept_out):
    code = (
        "from tests.environment import prepare; prepare()\n"
        "import sys; before = set(sys.modules)\n"
        f"import {module}; print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert set(done.stdout.split()) & kept_out == set()

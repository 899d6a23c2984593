"""Where things lie in the repository, and the names that are built from a stage."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INFRA = ROOT / "infra"
BUILD = ROOT / ".build"
VENDOR = ROOT / "vendor"
DATA_TEMPLATE = INFRA / "data.yaml"
STANDBY_TEMPLATE = INFRA / "standby.yaml"
MERGE_TEMPLATE = INFRA / "app-merge.yaml"
RUNTIME_REQUIREMENTS = ROOT / "requirements.txt"
INVOICES_REQUIREMENTS = ROOT / "requirements-invoices.txt"


def data_stack(stage: str) -> str:
    return f"docket-{stage}-data"


def app_stack(stage: str) -> str:
    return f"docket-{stage}-app"


def standby_stack(stage: str) -> str:
    return f"docket-{stage}-standby"

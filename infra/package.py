"""From the sources to what is deployed: one zip for all functions, one template for the app."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.dependencies import compile_in_place, dependencies_zip, invoices_layer_zip
from infra.errors import Failed
from infra.paths import BUILD, INFRA, MERGE_TEMPLATE, ROOT
from infra.template import finish_template, to_cloudformation
from infra.zips import append_files

BUILDS_KEPT = 6


@dataclass(frozen=True)
class Package:
    """A deployable build; the keys are where its parts belong in the artefact bucket."""

    code: Path
    layer: Path
    sam_template: dict[str, Any]

    @property
    def code_key(self) -> str:
        return f"code/{self.code.name}"

    @property
    def layer_key(self) -> str:
        return f"layers/{self.layer.name}"

    @property
    def artefacts(self) -> dict[str, Path]:
        return {self.code_key: self.code, self.layer_key: self.layer}

    def template(self, bucket: str, region: str) -> dict[str, Any]:
        """The app stack in plain CloudFormation, its functions' code in the bucket."""
        keys = (self.code_key, self.layer_key)
        return to_cloudformation(self.sam_template, bucket, *keys, region)


def build(architecture: str | None = None) -> Package:
    """Package what is in the work tree; an unchanged tree is packaged once."""
    base, layer = dependencies_zip(architecture), invoices_layer_zip(architecture)
    digest = _digest_sources(base.name)
    code, sam = BUILD / f"{digest}.zip", BUILD / f"{digest}.sam.json"
    if not (code.exists() and sam.exists()):
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            scratch = Path(folder)
            _stage_project(scratch / "project")
            _run_chalice(scratch / "project", scratch / "output")
            template = json.loads((scratch / "output" / "sam.json").read_text("utf-8"))
            finished = json.dumps(finish_template(template, architecture), indent=1)
            (scratch / "sam.json").write_text(finished, "utf-8")
            _assemble(base, scratch / "output", scratch / "site", scratch / "code.zip")
            (scratch / "sam.json").replace(sam)
            (scratch / "code.zip").replace(code)
        forget_old_builds()
    return Package(code, layer, json.loads(sam.read_text("utf-8")))


def forget_old_builds() -> None:
    """Keep the latest few: a change of the sources leaves a build of some megabytes."""
    builds = sorted(BUILD.glob("*.sam.json"), key=lambda path: path.stat().st_mtime)
    for old in builds[:-BUILDS_KEPT]:
        Path(str(old).replace(".sam.json", ".zip")).unlink(missing_ok=True)
        old.unlink(missing_ok=True)


def _digest_sources(base: str) -> str:
    digest = hashlib.sha256(base.encode())
    for path in sorted(_sources()):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:24]


def _sources() -> list[Path]:
    """Whatever the package depends on: our code, the settings of Chalice, the templates."""
    tops = [ROOT / "app.py", *(INFRA.glob("*.py")), *(INFRA.glob("*.yaml"))]
    folders = (ROOT / "chalicelib", ROOT / ".chalice", INFRA / "policies")
    nested = (path for folder in folders for path in folder.rglob("*") if _is_source(path))
    return [*tops, *nested]


def _is_source(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc" and "deployments" not in path.parts


def _stage_project(project: Path) -> None:
    """Lay out what `chalice package` reads, without requirements: those are in the base already."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "deployments", "deployed")
    project.mkdir()
    shutil.copy(ROOT / "app.py", project)
    shutil.copytree(ROOT / "chalicelib", project / "chalicelib", ignore=ignored)
    shutil.copytree(ROOT / ".chalice", project / ".chalice", ignore=ignored)
    shutil.copytree(INFRA / "policies", project / "infra" / "policies")
    (project / "requirements.txt").touch()


def _run_chalice(project: Path, output: Path) -> None:
    chalice = Path(sys.executable).with_name("chalice")
    command = [str(chalice), "package", "--stage", "main"]
    merge = project.with_name("merge.json")  # chalice takes seconds over the same in YAML
    merge.write_text(json.dumps(merge_template()), "utf-8")
    command += ["--merge-template", str(merge), str(output)]
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", **settings_at_rest()}
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"chalice package failed:\n{done.stdout}{done.stderr}")


def merge_template() -> dict[str, Any]:
    merge: dict[str, Any] = yaml.safe_load(MERGE_TEMPLATE.read_text(encoding="utf-8"))
    return merge


def settings_at_rest() -> dict[str, str]:
    """The functions' environment before a stage fills it in: enough for their modules to load."""
    merge = merge_template()
    defaults = {name: str(about.get("Default", "")) for name, about in merge["Parameters"].items()}
    variables = merge["Globals"]["Function"]["Environment"]["Variables"]
    return {
        name: defaults.get(value.get("Ref"), "") or "unset" for name, value in variables.items()
    }


def _assemble(base: Path, output: Path, site: Path, code: Path) -> None:
    """Add our files and Chalice's runtime, compiled, to the dependencies."""
    with zipfile.ZipFile(output / "deployment.zip") as archive:
        archive.extractall(site)
    compile_in_place(site)
    shutil.copy(base, code)
    with zipfile.ZipFile(code, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        append_files(archive, site)

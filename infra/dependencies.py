"""The third-party parts of the package: installed and compiled once for each set of pins."""

import compileall
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from infra.elf import drop_symbols
from infra.paths import BUILD, INVOICES_REQUIREMENTS, RUNTIME_REQUIREMENTS, VENDOR
from infra.zips import write_zip

LAMBDA_PLATFORMS = {"x86_64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}
VENDOR_PINS = RUNTIME_REQUIREMENTS.with_name("requirements-vendor.txt")
UNUSED_POWERTOOLS = (
    "event_handler",  # Chalice does the routing
    "utilities/auth_alpha",
    "utilities/batch",  # ours is a page long
    "utilities/circuit_breaker",
    "utilities/data_classes",
    "utilities/data_masking",
    "utilities/feature_flags",
    "utilities/idempotency",
    "utilities/kafka",
    "utilities/metadata",
    "utilities/parser",
    "utilities/streaming",
    "utilities/validation",
)
DROPPED = (
    "*.dist-info/RECORD",
    "*.dist-info/direct_url.json",
    "**/__pycache__",
    "**/*.pyi",
    "bin",
    "cffi",  # cryptography needs its compiled backend alone
    "pycparser",
    "jsonschema/benchmarks",
    "jsonschema/tests",
    "phonenumbers/shortdata/region_*.py",  # emergency calls and the like: each read when asked for
    *(f"aws_lambda_powertools/{unused}" for unused in UNUSED_POWERTOOLS),
)
COMMON_CHARACTERS = frozenset({0x3007, *range(0x4E00, 0xA000)})
HOT = (
    "aws_lambda_powertools",
    "cryptography",
    "jwt",
    "msgspec",
    "pynamodb",
    "typing_extensions.py",
)


def dependencies_zip(architecture: str | None = None) -> Path:
    """A zip of what the functions import and did not write.

    With an architecture it holds Lambda's wheels for it, without one this machine's.
    """
    return _built("dependencies", (RUNTIME_REQUIREMENTS, VENDOR_PINS), architecture, _dependencies)


def invoices_layer_zip(architecture: str | None = None) -> Path:
    """What draws PDFs, laid out as a layer: one function imports it, the others never carry it."""
    return _built("invoices-layer", (INVOICES_REQUIREMENTS,), architecture, _invoices_layer)


def _built(
    name: str,
    pins: Iterable[Path],
    architecture: str | None,
    install: Callable[[Path, str | None], None],
) -> Path:
    parts = [path.read_bytes() for path in (*pins, Path(__file__))]
    digest = hashlib.sha256(b"".join(parts)).hexdigest()[:16]
    target = BUILD / f"{name}-{architecture or sys.platform}-{digest}.zip"
    if not target.exists():
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            site, whole = Path(folder, "site"), Path(folder, "whole.zip")
            install(site, architecture)
            write_zip(site, whole)
            whole.replace(target)
    return target


def _dependencies(site: Path, architecture: str | None) -> None:
    _install(RUNTIME_REQUIREMENTS, site, architecture)
    shutil.copytree(VENDOR, site, dirs_exist_ok=True)
    _make_smaller(site)
    for name in HOT:
        compile_in_place(site, name)


def _invoices_layer(site: Path, architecture: str | None) -> None:
    _install(INVOICES_REQUIREMENTS, site / "python", architecture)
    _make_smaller(site / "python")
    compile_in_place(site, "python/reportlab", "/opt")


def _install(pins: Path, site: Path, architecture: str | None) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-compile", "--only-binary", ":all:", "--target", str(site)]
    if architecture:
        command += ["--platform", LAMBDA_PLATFORMS[architecture], "--python-version", "3.11"]
    subprocess.run([*command, "-r", str(pins)], check=True)


def _make_smaller(site: Path) -> None:
    for pattern in DROPPED:
        for path in list(site.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for library in site.rglob("*.so"):
        drop_symbols(library)
    for metadata in site.glob("*.dist-info/METADATA"):
        head, *_ = metadata.read_text(encoding="utf-8").partition("\n\n")
        metadata.write_text(f"{head}\n", encoding="utf-8")  # without the pages for people
    if (site / "pypinyin").exists():
        _keep_telling_pinyin(site / "pypinyin")


def _keep_telling_pinyin(folder: Path) -> None:
    """Of 47,000 phrases those that their characters' own readings do not tell, and the phrases
    around such a one; of 42,000 characters the block that every keyboard writes.
    """
    by_point, readings_of = _read(folder / "pinyin_dict.json"), _read(folder / "phrases_dict.json")
    own = {chr(int(point)): readings.partition(",")[0] for point, readings in by_point.items()}

    def is_told(phrase: str) -> bool:
        syllables = [readings[0] for readings in readings_of[phrase]]
        return syllables == [own.get(character) for character in phrase]

    odd = {phrase for phrase in readings_of if not is_told(phrase)}
    kept = {p: readings for p, readings in readings_of.items() if not odd.isdisjoint(_parts(p))}
    _write(folder / "phrases_dict.json", kept)
    common = {p: readings for p, readings in by_point.items() if int(p) in COMMON_CHARACTERS}
    _write(folder / "pinyin_dict.json", common)


def _parts(phrase: str) -> Iterator[str]:
    """The phrase itself and every shorter one within it."""
    ends = range(2, len(phrase) + 1)
    return (phrase[begin:end] for end in ends for begin in range(end - 1))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, dictionary: dict[str, Any]) -> None:
    document = json.dumps(dictionary, ensure_ascii=False, separators=(",", ":"))
    path.write_text(document, encoding="utf-8")


def compile_in_place(site: Path, name: str = "", root: str = "/var/task") -> None:
    """Put bytecode beside the sources: a function's folder is read-only and would compile anew."""
    compile_path = compileall.compile_file if name.endswith(".py") else compileall.compile_dir
    compile_path(
        site / name,
        quiet=2,
        stripdir=str(site),
        prependdir=root,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )

"""The third-party parts of the package: installed and compiled once for each set of pins."""

import compileall
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from py_compile import PycInvalidationMode

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
PHRASE_LENGTH_MAX = 3
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
    # Nearly half of 47,000 phrases are proverbs of four characters, which no product is named.
    _keep(site / "pypinyin" / "phrases_dict.json", lambda phrase: len(phrase) <= PHRASE_LENGTH_MAX)
    # Half of 42,000 characters are outside of the block that every keyboard writes.
    _keep(site / "pypinyin" / "pinyin_dict.json", lambda point: int(point) in COMMON_CHARACTERS)


def _keep(dictionary: Path, is_wanted: Callable[[str], bool]) -> None:
    if not dictionary.exists():
        return
    whole = json.loads(dictionary.read_text(encoding="utf-8"))
    kept = {word: syllables for word, syllables in whole.items() if is_wanted(word)}
    document = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    dictionary.write_text(document, encoding="utf-8")


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

"""What is deployed: small enough, complete, and each handler starts by itself."""

import json
import os
import subprocess
import zipfile

import pytest
from pypinyin import lazy_pinyin
from pypinyin.phrases_dict import phrases_dict

from infra.dependencies import COMMON_CHARACTERS, HOT
from infra.local.cloud import INTERPRETER
from infra.package import settings_at_rest

ZIP_BYTES_MAX = 9_000_000
RUNTIME_BRINGS = ("boto3", "botocore", "urllib3", "jmespath", "dateutil", "six", "s3transfer")
IMPORTED_LATE = (
    "aws_lambda_powertools.utilities.parameters",
    "jsonschema",
    "jwt.algorithms",
    "phonenumbers",
    "pypinyin",
    "segno",
)


@pytest.fixture(scope="session")
def unpacked(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("function")
    with zipfile.ZipFile(package.code) as archive:
        archive.extractall(folder)
    return folder


def test_the_package_keeps_within_its_budget(package):
    assert package.code.stat().st_size <= ZIP_BYTES_MAX


def test_the_package_leaves_out_what_the_runtime_brings(unpacked):
    assert not [name for name in RUNTIME_BRINGS if (unpacked / name).exists()]


def test_what_every_start_loads_is_compiled_ahead(unpacked):
    for name in ("chalicelib", "chalice", *HOT):
        folder = (unpacked / name) if (unpacked / name).is_dir() else unpacked
        assert list(folder.rglob("*.cpython-311.pyc")), name


def test_each_handler_starts_in_a_fresh_interpreter_by_its_name(unpacked, app_template):
    handlers = sorted(
        resource["Properties"]["Handler"]
        for resource in app_template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(unpacked),
        "AWS_DEFAULT_REGION": "us-east-1",
        **settings_at_rest(),
    }

    programs = [f"import {late}" for late in IMPORTED_LATE]
    for handler in handlers:
        module, name = handler.rsplit(".", 1)
        programs.append(f"import {module}; assert callable({module}.{name})")

    for program in programs:
        started = subprocess.run(
            [INTERPRETER, "-c", program],
            cwd=unpacked,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert started.returncode == 0, started.stderr


def test_the_same_sources_make_the_same_package(package):
    from infra.package import build

    assert build() == package


def test_every_common_phrase_is_spoken_as_the_whole_dictionary_says(unpacked):
    """The package carries a fifth of the dictionary: what its characters do not tell anyway."""
    phrases = [phrase for phrase in phrases_dict if COMMON_CHARACTERS.issuperset(map(ord, phrase))]
    speak = "import json, sys; from pypinyin import lazy_pinyin as speak; "
    speak += "print(json.dumps([speak(phrase) for phrase in json.load(sys.stdin)]))"
    told = subprocess.run(
        [INTERPRETER, "-c", speak], env={"PYTHONPATH": str(unpacked)},
        input=json.dumps(phrases), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(phrases) > 40_000
    assert json.loads(told.stdout) == [lazy_pinyin(phrase) for phrase in phrases]

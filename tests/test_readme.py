"""The pages for people lead where they say: files, headings and pictures are there."""

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:href|src)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
PICTURE_BYTES_MAX = 250_000
ADR_LINES_MAX = 30


def pages() -> list[str]:
    """Every page that is in the repository, or about to be."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    return [page for page in found.stdout.splitlines() if (ROOT / page).exists()]


def prose(path: Path) -> str:
    """A page without its blocks and spans of code."""
    return CODE.sub("", FENCE.sub("", path.read_text(encoding="utf-8")))


def anchors(path: Path) -> set[str]:
    """What GitHub makes of the headings."""
    titles = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path, root: Path = ROOT) -> list[str]:
    """The relative links of a page that lead nowhere within the root."""
    faults = []
    for link in (inline or attribute for inline, attribute in LINK.findall(prose(page))):
        if "://" in link or link.startswith("mailto:"):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (page.parent / file).resolve() if file else page
        missing = not target.exists() or not target.is_relative_to(root)
        if missing or (anchor and anchor not in anchors(target)):
            faults.append(link)
    return faults


@pytest.mark.parametrize("page", pages())
def test_every_link_of_a_page_leads_somewhere(page):
    assert broken(ROOT / page) == []


def test_a_broken_link_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](gone.md) [b](#here) [c](#gone) `[d](code.md)`\n", "utf-8")
    assert broken(page, tmp_path) == ["gone.md", "#gone"]


def test_the_introduction_has_all_its_parts_in_both_languages():
    english, chinese = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
    for page in (english, chinese):
        text = page.read_text(encoding="utf-8")
        assert "make run" in text
        assert "make test" in text
        assert "docs/images/console-1280.png" in text
        assert "/orders -H" in text
    blocks = [FENCE.findall(page.read_text(encoding="utf-8")) for page in (english, chinese)]
    shown = [next(block for block in found if block.startswith("```bash")) for found in blocks]
    assert shown[0].replace("Ann", "小安") == shown[1]


def test_pictures_are_small():
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert all(picture.stat().st_size < PICTURE_BYTES_MAX for picture in pictures)


def test_every_decision_fits_on_a_page_and_is_listed():
    folder = ROOT / "docs" / "adr"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for decision in folder.glob("0*.md"):
        assert len(decision.read_text(encoding="utf-8").splitlines()) <= ADR_LINES_MAX
        assert f"({decision.name})" in listed

"""A real Chromium for the tests of the pages; the system's own, since none can be downloaded."""

import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.visitor import PATIENCE_MS, Visitor

expect.set_options(timeout=PATIENCE_MS)
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium():
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, stack):
    """`visit(width, language)` gives a visitor with a browser profile of their own."""
    visitors = []

    def open_profile(width: int, language: str) -> Visitor:
        visitor = Visitor(chromium, stack.url, width, language)
        visitors.append(visitor)
        return visitor

    yield open_profile
    for visitor in visitors:
        visitor.leave()

"""Someone at a screen: what they do on the pages, and what must hold wherever they look."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, expect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
STATIC = ROOT / "chalicelib" / "web" / "static"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "Demo-pass-1"
PHONE_WIDTH_MAX = 600
PATIENCE_MS = 30_000


@cache
def texts(language: str) -> dict[str, str]:
    files = sorted(STATIC.glob(f"*.{language}.json"))
    return {k: v for file in files for k, v in json.loads(file.read_text("utf-8")).items()}


class Visitor:
    """One browser profile at one width in one language; console errors are kept in `errors`."""

    def __init__(
        self, browser: Browser, url: str, width: int, language: str, **profile: Any
    ) -> None:
        phone = width <= PHONE_WIDTH_MAX
        self.url = url
        self.phone = phone
        self.language = language
        self.context = browser.new_context(
            viewport={"width": width, "height": 844},
            is_mobile=phone,
            has_touch=phone,
            locale=language,
            reduced_motion="reduce",
            **profile,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def leave(self) -> None:
        self.context.close()
        assert self.errors == []

    def say(self, key: str, **values: Any) -> str:
        """A text as the page shows it in this visitor's language."""
        text = texts(self.language)[key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def button(self, key: str, within: Locator | None = None, **values: Any) -> Locator:
        place = within or self.page
        return place.get_by_role("button", name=self.say(key, **values)).first

    def see(self, key: str, **values: Any) -> None:
        """Wait until a text is on the screen."""
        shown = self.page.get_by_text(self.say(key, **values)).locator("visible=true").first
        expect(shown).to_be_visible(timeout=PATIENCE_MS)

    def check_screen(self, name: str) -> None:
        """No accessibility violation, and nothing to scroll to sideways."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(RULES)}}})")
        told = [
            f"{name}: {violation['id']}: {node['html'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert not told, told
        page_width = self.page.evaluate("document.documentElement.scrollWidth")
        assert page_width <= self.page.evaluate("innerWidth"), name
        assert self.page.evaluate("document.documentElement.lang") == self.language

    def sign_in(self, email: str) -> None:
        """Fill in the sign-in form that the screen shows."""
        self.page.get_by_label(self.say("field.email")).fill(email)
        self.page.get_by_label(self.say("field.password")).fill(PASSWORD)
        self.button("account.sign-in.do").click()

    def put_in_cart(self, name: str) -> None:
        """Open a product, keep its first choices, and add it."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.get_by_role("dialog").get_by_role("button", name=self.say("product.put")).click()

    def go_to_checkout(self) -> None:
        if self.phone:
            self.page.locator(".cart-bar a").click()
        self.page.get_by_role("link", name=self.say("cart.checkout")).locator(
            "visible=true"
        ).first.click()
        expect(self.page.locator(".totals .grand")).to_be_visible()

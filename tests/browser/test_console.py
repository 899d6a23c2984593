"""What a manager does at the console besides orders, with mouse and with keyboard."""

import re

from playwright.sync_api import expect

MAIL_TRIES = 40


def at_the_console(visit, width, language, email="manager@example.com"):
    manager = visit(width, language)
    manager.open("/ops")
    manager.sign_in(email)
    manager.page.locator("header select").select_option("sto_market")
    return manager


def test_a_manager_receives_goods_and_sees_the_new_level(visit):
    manager = at_the_console(visit, 390, "zh-CN")
    manager.page.get_by_role("link", name=manager.say("stock")).click()
    manager.page.get_by_role("searchbox").fill("pingguo")
    row = manager.page.get_by_role("row").nth(1)
    available = row.locator("b")
    expect(available).to_be_visible()
    before = int(available.inner_text())
    manager.check_screen("stock")

    row.get_by_role("button").click()
    dialog = manager.page.get_by_role("dialog")
    dialog.get_by_label(manager.say("stock.quantity")).fill("7")
    dialog.get_by_label(manager.say("field.reason")).fill("早班到货")
    manager.check_screen("stock movement")
    manager.button("stock.book", dialog).click()

    expect(available).to_have_text(str(before + 7))


def test_a_store_is_not_paused_without_a_reason(visit):
    manager = at_the_console(visit, 1280, "en")
    manager.button("pause").click()
    dialog = manager.page.get_by_role("dialog")
    expect(manager.button("pause.do.pause", dialog)).to_be_disabled()
    dialog.get_by_label(manager.say("pause.reason")).fill("Stocktaking")
    expect(manager.button("pause.do.pause", dialog)).to_be_enabled()
    manager.check_screen("pause")
    # Other tests order at this store meanwhile, so it stays open.
    manager.button("back", dialog).click()
    expect(dialog).to_have_count(0)


def test_every_screen_of_the_console_can_be_reached_and_read_by_everyone(visit):
    for width, language in ((390, "en"), (1280, "zh-CN")):
        manager = at_the_console(visit, width, language)
        bar = manager.page.locator(".ops-nav")
        if manager.phone:
            expect(bar.locator("a, button").locator("visible=true")).to_have_count(5)
            expect(bar.get_by_text(manager.say("screens.more"))).to_be_visible()
        for screen in ("cases", "rules", "webhooks", "rates", "books", "billing"):
            reach(manager, screen)
            heading = manager.page.get_by_role("heading", level=1, name=manager.say(screen))
            expect(heading).to_be_visible()
            expect(manager.page.locator(".skeleton")).to_have_count(0)
            manager.check_screen(screen)


def reach(manager, screen):
    """With the keyboard alone; on a phone, screens without a place in the bar are behind "More"."""
    link = manager.page.locator(f".ops-nav a[href='#/{screen}']")
    if link.is_visible():
        return link.press("Enter")
    more = manager.page.locator(".ops-nav .more")
    more.press("Enter")
    dialog = manager.page.get_by_role("dialog")
    manager.check_screen("the other screens")
    manager.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(more).to_be_focused()
    more.press("Enter")
    dialog.get_by_role("link", name=manager.say(screen)).press("Enter")
    expect(dialog).to_have_count(0)
    return expect(manager.page.locator("#main")).to_be_focused()


def test_a_wrong_rate_is_told_at_its_field_and_a_right_one_is_kept(visit):
    for width, language in ((390, "zh-CN"), (1280, "en")):
        manager = at_the_console(visit, width, language)
        manager.open("/ops#/rates")
        rate, source = rate_and_source(manager)
        before, whose = rate.input_value(), f"Bank of {language}"
        rate.fill("0,14")
        source.fill(whose)
        manager.button("save").click()
        expect(rate).to_have_accessible_description(manager.say("rates.fault.rate"))
        expect(rate).to_be_focused()
        manager.check_screen("a wrong rate")

        rate.fill(before)
        manager.button("save").click()
        manager.see("rates.saved")
        manager.page.reload()
        expect(source).to_have_value(whose)
    clerk = at_the_console(visit, 390, "en", "clerk@example.com")
    clerk.open("/ops#/rates")
    expect(rate_and_source(clerk)[0]).to_be_disabled()


def rate_and_source(visitor):
    """The fields of the rate at which dollars are charged."""
    dollars = visitor.page.get_by_role("region", name="USD")
    names = ("rates.rate", "rates.source")
    return [dollars.get_by_label(visitor.say(name), exact=True) for name in names]


def test_a_changed_threshold_is_there_after_a_reload(visit):
    manager = at_the_console(visit, 1280, "en")
    manager.open("/ops#/rules")
    name = manager.say("rule.state_stalled")
    rule = manager.page.get_by_role("article").filter(has_text=name)
    threshold = rule.get_by_label(manager.say("rules.threshold_seconds"))
    changed = str(int(threshold.input_value()) + 1)
    threshold.fill(changed)
    manager.button("rules.preview", rule).click()
    manager.button("save", rule).click()
    manager.see("rules.saved")

    manager.page.reload()
    expect(threshold).to_have_value(changed)


def test_a_stranger_opens_an_account_with_the_mailed_code(visit):
    stranger = visit(390, "zh-CN")
    email = f"stranger-{stranger.page.evaluate('Date.now()')}@example.com"
    stranger.open("/#/account/sign-up")
    stranger.check_screen("sign-up")
    stranger.page.get_by_label(stranger.say("field.email")).fill(email)
    stranger.page.get_by_label(stranger.say("field.newPassword")).fill("Stranger-pass-1")
    stranger.button("account.sign-up.do").click()
    stranger.see("account.confirm")

    stranger.page.get_by_label(stranger.say("field.code")).fill(code_mailed_to(stranger, email))
    stranger.button("account.confirm.do").click()
    stranger.see("stores")
    stranger.open("/#/account")
    expect(stranger.page.get_by_text(email).first).to_be_visible()


def code_mailed_to(visitor, email):
    """The code in the first mail that the local stage's mailbox has for the address."""
    address = f"{visitor.url}/_local/mail?to={email}"
    for _ in range(MAIL_TRIES):
        answer = visitor.context.request.get(address, headers={"Accept": "application/json"})
        if items := answer.json()["items"]:
            return re.search(r"\b\d{6}\b", items[0]["text"])[0]
        visitor.page.wait_for_timeout(250)
    raise AssertionError(f"No mail for {email}")

"""Reports in a real browser: nothing fetched, no errors, toggles that work, paper and phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from invented import invented
from playwright.sync_api import Browser, Page, sync_playwright
from system_tools import system_tool

from livsbana.reports.html import render_html
from livsbana.reports.views import View, accounts_in
from livsbana.reports.words import number, scale_of
from livsbana.runs.document import RunComparison

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 360, "height": 740}
SMALLEST_TARGET = 24
LEAVES = ("municipality/home", "municipality/other", "region", "state", "employer", "household", "victim")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    program = system_tool("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


class Opened:
    """A page, with everything that it asked for and complained about."""

    def __init__(self, browser: Browser, file: Path, **options: object) -> None:
        self.page: Page = browser.new_page(**options)  # pyright: ignore[reportArgumentType]
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())

    def text(self, selector: str) -> str:
        """What a reader sees of the first visible element."""
        return self.page.locator(selector).locator("visible=true").first.inner_text().replace("\n", " ")

    def check(self, file: Path) -> None:
        """Nothing was asked for beyond the file, and nothing went wrong."""
        assert [url for url in self.asked if url != file.as_uri() and not url.startswith("data:")] == []
        assert self.complaints == []
        self.page.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Swedish report of one invented run."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(invented(), "sv"), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The English report of several invented runs."""
    path = tmp_path_factory.mktemp("comparison") / "report.html"
    document = RunComparison(runs=[invented("A"), invented("B", 2.0)])
    path.write_text(render_html(document, "en"), encoding="utf-8")
    return path


def kronor(payer: str, view: View) -> str:
    """A net as the page writes it."""
    account = accounts_in(invented(), view)[payer]
    return scale_of([35e6], "sv").text(account.net, signed=True)


def net_in_table(opened: Opened, payer: str) -> str:
    """The net of a payer in the visible table of payers."""
    return opened.text(f'.by_year tr[data-payer="{payer}"] td:nth-of-type(3) b')


def test_the_page_shows_its_finding_and_asks_for_nothing(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    assert "betalar 35 Mkr och får tillbaka 25" in opened.text("h1")
    assert opened.page.locator("section").count() == 11
    assert opened.page.locator(".bars .bar-row:not(.axis)").count() > 20
    paths = opened.page.locator(".view:not([hidden]) path.line")
    assert paths.count() == 8
    assert all(paths.nth(i).bounding_box() for i in range(8))
    widest = opened.page.evaluate("document.documentElement.scrollWidth")
    assert widest <= 1200
    opened.check(report)


def test_toggles_change_the_numbers(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    seen = [net_in_table(opened, "municipality/home")]
    assert seen == [kronor("municipality/home", View())]
    opened.page.check("input[value=cashable]")
    seen.append(net_in_table(opened, "municipality/home"))
    assert seen[-1] == kronor("municipality/home", View("cashable"))
    opened.page.uncheck(".discounted")
    seen.append(net_in_table(opened, "municipality/home"))
    assert seen[-1] == kronor("municipality/home", View("cashable", is_discounted=False))
    opened.page.check("input[value=average]")
    seen.append(net_in_table(opened, "municipality/home"))
    assert seen[-1] == kronor("municipality/home", View("average", is_discounted=False))
    assert len(set(seen)) == 4
    opened.check(report)


def test_payers_are_chosen_and_summed(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    all_together = opened.text(".together output")
    nets = {payer: account.net.mean for payer, account in invented().accounts().items()}
    assert all_together == f"{number(sum(nets[payer] for payer in LEAVES) / 1e6, -1, True, 'sv')} Mkr"
    for payer in LEAVES[1:]:
        opened.page.uncheck(f'.payer[value="{payer}"]')
    assert opened.text(".together output") == f"{number(nets['municipality/home'] / 1e6, -1, True, 'sv')} Mkr"
    assert not opened.page.locator('.view:not([hidden]) path[data-payer="state"]').is_visible()
    assert opened.page.locator('.view:not([hidden]) path[data-payer="municipality/home"]').is_visible()
    opened.check(report)


def test_a_year_is_read_by_hand_and_by_keyboard(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    page, reader = opened.page, '.year-reader [data-payer="municipality/home"] dd'
    page.locator(".chart").first.scroll_into_view_if_needed()
    box = page.locator(".chart").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 1, box["y"] + 50)
    assert "2026" in opened.text(".year-reader .note")
    first = opened.text(reader)
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 50)
    assert "2085" in opened.text(".year-reader .note")
    assert opened.text(reader) != first
    page.focus(".year-reader input")
    page.keyboard.press("ArrowLeft")
    assert "2084" in opened.text(".year-reader .note")
    opened.check(report)


def test_the_keyboard_reaches_every_control(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    reached: set[str] = set()
    for _ in range(60):
        opened.page.keyboard.press("Tab")
        reached.add(opened.page.evaluate("(document.activeElement.className || document.activeElement.type || '')"))
    assert {"skip", "radio", "discounted", "payer", "range"} <= reached
    opened.page.focus("input[value=marginal]")
    opened.page.keyboard.press("ArrowRight")
    assert net_in_table(opened, "municipality/home") == kronor("municipality/home", View("average"))
    outline = opened.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    opened.check(report)


def test_the_page_reads_without_javascript(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900}, java_script_enabled=False)
    assert opened.page.locator("h2").locator("visible=true").count() == 11
    assert net_in_table(opened, "municipality/home") == kronor("municipality/home", View())
    assert opened.page.locator(".controls").locator("visible=true").count() == 0
    opened.check(report)


@pytest.mark.parametrize("made", ["report", "comparison"])
def test_a_phone_never_scrolls_sideways(made: str, browser: Browser, request: pytest.FixtureRequest) -> None:
    file: Path = request.getfixturevalue(made)
    opened = Opened(browser, file, viewport=PHONE)
    opened.page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    controls = opened.page.locator(".controls label").locator("visible=true")
    heights = [box["height"] for i in range(controls.count()) if (box := controls.nth(i).bounding_box())]
    assert heights
    assert min(heights) >= SMALLEST_TARGET
    opened.check(file)


def test_print_puts_the_minute_on_the_first_page(browser: Browser, report: Path, tmp_path: Path) -> None:
    opened = Opened(browser, report, viewport={"width": 1200, "height": 900})
    opened.page.emulate_media(media="print")
    assert opened.page.locator(".controls, nav, .year-reader").locator("visible=true").count() == 0
    opened.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, print_background=True)
    made = (tmp_path / "report.pdf").read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b", made))
    assert 4 <= pages <= 14
    width, height = map(float, re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", made)[0])
    assert (width, height) == pytest.approx((595.3, 841.9), abs=1)
    # The first section fits the paper: 297 mm less margins, at 96 pixels an inch.
    opened.page.set_viewport_size({"width": round(180 / 25.4 * 96), "height": 900})
    bottom = opened.page.evaluate("document.querySelector('section.summary').getBoundingClientRect().bottom + scrollY")
    assert bottom <= (297 - 32) / 25.4 * 96
    opened.check(report)


def test_a_comparison_sets_runs_side_by_side(browser: Browser, comparison: Path) -> None:
    opened = Opened(browser, comparison, viewport={"width": 1200, "height": 900})
    assert "Invented package B is best for public budgets" in opened.text("h1")
    assert opened.page.locator("form.controls").count() == 2
    before = opened.page.locator("#a2-by_year .together output").inner_text()
    opened.page.locator("#a1-by_year input[value=average]").check()
    assert opened.page.locator("#a2-by_year .together output").inner_text() == before
    opened.check(comparison)

"""The report in a real browser: everybody can read it, and it asks nobody for anything."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from digital_footprint.report.facts import Report
from digital_footprint.report.html import to_html
from tests import reports
from tests.test_page import NASTY
from tests.wire import Wire

PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=360, height=640)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
SEEN = """[...document.querySelectorAll('details > :not(summary)')]
    .map(each => each.checkVisibility())"""


def hostile() -> Report:
    texts = [text for text in NASTY if text.strip()]
    numbers = count()
    return reports.with_texts(reports.rich(), lambda _: texts[next(numbers) % len(texts)])


MAKERS = {
    "empty": reports.empty,
    "rich": reports.rich,
    "large": reports.large,
    "hostile": hostile,
}
MADE = pytest.mark.parametrize("name", list(MAKERS))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("in CI the packages bring a browser")
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        # Chromium has no sandbox for root.
        browser = playwright.chromium.launch(
            executable_path=program, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@dataclass
class Heard:
    """What a page said and asked for while it was looked at."""

    words: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@dataclass
class Reader:
    """Somebody who opens pages: offline, and listening to the console and the network."""

    browser: Browser
    place: Path
    heard: Heard = field(default_factory=Heard)

    def open(
        self, html: str, size: ViewportSize, scheme: Any = "light", *, offline: bool = True
    ) -> Page:
        file = self.place / "report.html"
        file.write_text(html, encoding="utf-8")
        context = self.browser.new_context(viewport=size, color_scheme=scheme, offline=offline)
        page = context.new_page()
        page.on("console", lambda message: self.heard.words.append(message.text))
        page.on("pageerror", lambda error: self.heard.words.append(str(error)))
        page.on("request", lambda request: self.heard.requests.append(request.url))
        page.goto(file.as_uri())
        return page


@pytest.fixture
def reader(browser: Browser, tmp_path: Path) -> Iterator[Reader]:
    yield Reader(browser, tmp_path)
    for context in browser.contexts:
        context.close()


@pytest.fixture(scope="module")
def axe() -> Callable[[Page], list[str]]:
    """The rules of axe-core; each violation as one line."""
    script = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

    def violations(page: Page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("axe.run()")
        assert found["passes"]
        return [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    return violations


# The longest lists have no element of their own, and the rules are slow over them.
@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [
        ("rich", PHONE, "light"),
        ("rich", PHONE, "dark"),
        ("rich", DESK, "light"),
        ("rich", DESK, "dark"),
        ("empty", DESK, "light"),
        ("hostile", PHONE, "dark"),
    ],
)
def test_axe_finds_nothing_folded_or_unfolded(
    reader: Reader,
    axe: Callable[[Page], list[str]],
    name: str,
    size: ViewportSize,
    scheme: str,
) -> None:
    page = reader.open(to_html(MAKERS[name]()), size, scheme)

    assert [] == axe(page)
    page.evaluate(OPEN_ALL)
    assert [] == axe(page)


def test_axe_would_find_something(reader: Reader, axe: Callable[[Page], list[str]]) -> None:
    html = to_html(reports.rich()).replace("--quiet: #59616a", "--quiet: #c0c4c8")
    page = reader.open(html.replace('<html lang="en">', "<html>"), DESK)

    assert {"color-contrast", "html-has-lang"} == {line.partition(":")[0] for line in axe(page)}


@MADE
def test_nothing_is_loaded_and_nothing_is_said(reader: Reader, name: str) -> None:
    page = reader.open(to_html(MAKERS[name]()), DESK)
    page.evaluate(OPEN_ALL)
    page.emulate_media(media="print")
    page.wait_for_load_state("networkidle")

    assert [page.url] == reader.heard.requests
    assert [] == reader.heard.words


@pytest.mark.parametrize("is_guarded", [True, False])
def test_even_a_page_into_which_somebody_wrote_runs_and_loads_nothing(
    reader: Reader, wire: Wire, is_guarded: bool
) -> None:
    page = to_html(reports.empty()).replace(
        "</main>",
        f"<script>window.ran = 1</script><img src='{wire.base_url}/planted.png'>"
        f"<iframe src='{wire.base_url}/planted.html'></iframe></main>",
    )
    if not is_guarded:
        page = page.replace("Content-Security-Policy", "nothing")

    seen = reader.open(page, DESK, offline=False)

    assert is_guarded == seen.evaluate("window.ran === undefined")
    assert ([] if is_guarded else ["/planted.html", "/planted.png"]) == sorted(wire.paths)


@MADE
@pytest.mark.parametrize("size", [NARROW, PHONE, DESK], ids=["narrow", "phone", "desk"])
def test_the_page_is_never_wider_than_its_window(
    reader: Reader, name: str, size: ViewportSize
) -> None:
    page = reader.open(to_html(MAKERS[name]()), size)

    assert 0 == page.evaluate(WIDER)
    page.evaluate(OPEN_ALL)
    assert 0 == page.evaluate(WIDER)


@SIZES
def test_the_first_screen_is_the_verdict_and_what_to_do(reader: Reader, size: ViewportSize) -> None:
    page = reader.open(to_html(reports.rich()), size)

    for what in (".verdict", "#do-now h2", "#do-now .task h3 >> nth=0"):
        box = page.locator(what).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < size["height"]


@MADE
def test_it_prints_with_everything_unfolded(reader: Reader, name: str) -> None:
    page = reader.open(to_html(MAKERS[name]()), DESK)

    assert (name == "empty") == all(page.evaluate(SEEN))
    page.emulate_media(media="print")
    assert all(page.evaluate(SEEN))
    assert page.pdf(format="A4").startswith(b"%PDF-")


def test_a_command_breaks_between_its_words_alone(reader: Reader) -> None:
    report = reports.rich()
    command = "footprint finding resolve 12 --reason password_changed --class passwords"
    (first, *rest) = report.do_now
    page = reader.open(
        to_html(replace(report, do_now=(replace(first, commands=(command,)), *rest))), PHONE
    )
    code = page.locator(".commands code").first

    words = code.locator("span")
    assert command.split() == words.all_inner_texts()
    line = words.first.bounding_box()
    assert line
    for each in words.all():
        box = each.bounding_box()
        assert box
        assert line["height"] == box["height"], "on one line"
    assert len({(each.bounding_box() or line)["y"] for each in words.all()}) > 1
    code.click()
    assert command == page.evaluate("getSelection().toString()")


def test_a_click_takes_a_command_whole(reader: Reader) -> None:
    page = reader.open(to_html(reports.rich()), DESK)
    page.locator(".commands code").first.click()

    assert "footprint finding resolve 31" == page.evaluate("getSelection().toString()")


def test_the_first_stop_of_the_keyboard_leads_past_everything(reader: Reader) -> None:
    page = reader.open(to_html(reports.rich()), DESK)
    page.keyboard.press("Tab")
    assert "Skip to what to do now" == page.evaluate("document.activeElement.textContent")

    page.keyboard.press("Enter")

    assert "do-now" == page.evaluate("document.activeElement.id")


def test_a_wide_table_moves_in_its_own_box_with_the_arrow_keys(reader: Reader) -> None:
    page = reader.open(to_html(reports.rich()), NARROW)
    box = page.locator(".scroll:has(.heat)")
    box.focus()
    page.keyboard.press("ArrowRight")

    page.wait_for_function("document.querySelector('.scroll:has(.heat)').scrollLeft > 0")


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_it_is_as_light_or_dark_as_the_reader_likes(
    reader: Reader, scheme: str, is_dark: bool
) -> None:
    page = reader.open(to_html(reports.empty()), DESK, scheme)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert is_dark == (sum(int(part) for part in colour[4:-1].split(",")) < 3 * 128)

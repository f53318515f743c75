"""The pictures in README, taken of the demo's household.

    python -m tests.pictures [DIR]

writes those in docs/pictures anew: the report's page by Chromium, what commands print as SVG.
"""

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from datetime import timedelta
from html import escape
from pathlib import Path

from digital_footprint.clock import utc_now
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.demo.show import run_demo
from digital_footprint.output import emit
from footprint_timers import calendars, installation, operations, status, status_view
from footprint_timers.schedulers.systemd_manager import Systemd
from tests.fake_systemd import FakeSystemd

PLACE = Path(__file__).parents[1] / "docs" / "pictures"
COLUMNS = 112
SCHEMES = ("light", "dark")
SIZE = {"width": 900, "height": 944}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LINE, LETTER = 19, 8.4  # of 14 px
STYLE = """text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; fill: #1f2328 }
rect { fill: #f6f8fa; stroke: #d0d7de }
.typed { font-weight: bold }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } rect { fill: #161b22; stroke: #30363d } }"""


def main(place: Path = PLACE) -> None:
    place.mkdir(parents=True, exist_ok=True)
    shown = run_demo()
    try:
        if shown.mismatches:
            sys.exit("\n".join(shown.mismatches))
        with _environment(FOOTPRINT_HOME=str(shown.home), COLUMNS=str(COLUMNS), TZ="UTC"):
            texts = {
                "status": ("footprint-timers status", _status(shown.home)),
                "findings": ("footprint findings", _findings()),
            }
        for name, (typed, text) in texts.items():
            (place / f"{name}.svg").write_text(_drawn(typed, text), encoding="utf-8")
        _photograph(shown.home / "reports" / "latest.html", place)
    finally:
        shutil.rmtree(shown.home)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values, NO_COLOR="1", TERM="xterm")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _findings() -> str:
    from digital_footprint.cli import footprint

    with redirect_stdout(_Terminal()) as seen:
        footprint.main(["findings"], prog_name="footprint", standalone_mode=False)
    # The thanks to the sources stand in README.
    return re.split(
        r"^(?=Breach data)", ANSI.sub("", seen.getvalue()), maxsplit=1, flags=re.MULTILINE
    )[0]


def _status(home: Path) -> str:
    """The timers that a user's systemd would have, with the times at which they would fire."""
    paths = Paths(home, home, home)
    with tempfile.TemporaryDirectory() as place, Database.open(paths.database) as db:
        config, fake = load_config(paths), FakeSystemd(Path(place))
        manager = Systemd(fake.connect())
        wanted = operations.wish(db, config, manager)
        operations.install(paths, manager, wanted)
        now = utc_now()
        due = {
            job.name: next(calendars.firings(job.slot, now, now + timedelta(days=40)))
            for job in wanted.jobs
        }
        timers = manager.read_status(list(due))
        found = status.put_together(
            db,
            config,
            installed=installation.read(paths),
            scheduler=manager,
            timers={name: replace(one, next_due=due[name]) for name, one in timers.items()},
            run=fake,
        )
    with redirect_stdout(_Terminal()) as seen:
        emit(
            status_view.of_status(replace(found, linger=True), "footprint-timers install"),
            as_json=False,
        )
    return ANSI.sub("", seen.getvalue())


def _drawn(typed: str, text: str) -> str:
    """Draw lines of a terminal, light or dark as the reader likes."""
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    width = round(max(map(len, [*lines, typed])) * LETTER) + 32
    rows = [f'<text class="typed" x="16" y="{LINE + 8}">$ {escape(typed)}</text>']
    rows += [
        # A font of another width is stretched to the columns of a terminal.
        f'<text x="16" y="{(number + 2) * LINE + 8}" textLength="{len(line) * LETTER:.1f}"'
        f' lengthAdjust="spacingAndGlyphs">{escape(line)}</text>'
        for number, line in enumerate(lines)
        if line
    ]
    height = (len(lines) + 1) * LINE + 28
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
            f"<style>{STYLE}</style>",
            f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
            *rows,
            "</svg>\n",
        ]
    )


def _photograph(page: Path, place: Path) -> None:
    from playwright.sync_api import ViewportSize, sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        # Chromium has no sandbox for root.
        browser = playwright.chromium.launch(
            executable_path=program, chromium_sandbox=os.geteuid() != 0
        )
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport=ViewportSize(width=SIZE["width"], height=SIZE["height"]),
                color_scheme="dark" if scheme == "dark" else "light",
                offline=True,
            )
            opened = context.new_page()
            opened.goto(page.as_uri())
            opened.screenshot(path=place / f"report-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

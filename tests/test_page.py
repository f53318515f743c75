"""The report as a page: what its elements are, and that no text becomes one of them."""

import re
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from digital_footprint.report import charts, facts
from digital_footprint.report.html import HIDDEN, LICENCES, days, human, to_html
from digital_footprint.text import is_visible
from tests import reports

SECTIONS = [
    "do-now", "news", "waiting", "exposure", "people", "removals", "coverage", "trends", "watcher",
    "method",
]  # fmt: skip
NASTY = [
    "](javascript:alert(1))<script>alert(2)</script>",
    '" onmouseover="alert(1)" x=\'',
    "' onfocus='alert(1)' autofocus='",
    "</style><img src=x onerror=alert(1)>",
    "]]></title></desc></svg><a href='javascript:1'>",
    "<!-- --!> <![CDATA[",
    "&lt;&amp;&#60;script&#62;&notin;",
    "{{ 7 * 7 }}{% raw %}",
    "a\0b\rc\nd\te\x1b[31m\u2028",
    "\u202egnp.exe\u2066\u200b\u200d\ufeff\U000e0041\ufe0f",
    "url(https://example.com/x)",
    "https://example.com/",
    "",
    " ",
    "x" * 400,
]
REPORTS = [reports.empty, reports.rich, reports.large]


def parsed(page: str) -> LexborHTMLParser:
    return LexborHTMLParser(page)


def events(page: str) -> list[Any]:
    """Every element with its attributes and every text, in the order of the document."""
    found: list[Any] = []
    tree = parsed(page)
    for command in tree.css(".commands code"):
        # Its words are kept whole each by itself, and are one text.
        command.unwrap_tags(["span"])
        command.merge_text_nodes()
    root = tree.root
    assert root is not None
    for node in root.traverse(include_text=True):
        if node.tag == "-text":
            found.append(node.text_content)
        else:
            found.append((node.tag, *sorted(node.attributes.items())))
    return found


def visible(text: str) -> str:
    return "".join(each if each == "\n" or is_visible(each) else HIDDEN for each in text)


def read_back(seen: list[Any], texts: list[str]) -> list[Any]:
    """What a parser should see once every harmless word is a text from outside."""

    def put(text: str | None) -> str | None:
        if text is None:
            return None
        return re.sub(r"w(\d+)w", lambda match: visible(texts[int(match[1]) % len(texts)]), text)

    return [
        put(event)
        if isinstance(event, str)
        else (event[0], *((name, put(value)) for name, value in event[1:]))
        for event in seen
    ]


@cache
def harmless() -> list[Any]:
    """The rich report with harmless words, each its own, in every field."""
    numbers = count()
    return events(to_html(reports.with_texts(reports.rich(), lambda _: f"w{next(numbers)}w")))


def assert_texts_stay_texts(texts: list[str]) -> None:
    numbers = count()
    hostile = reports.with_texts(reports.rich(), lambda _: texts[next(numbers) % len(texts)])

    seen = events(to_html(hostile))

    assert without_empty(read_back(harmless(), texts)) == without_empty(seen)


def without_empty(seen: list[Any]) -> list[Any]:
    return [event for event in seen if event not in {"", None}]


@pytest.mark.parametrize("text", NASTY)
def test_a_hostile_text_in_every_field_is_read_back_as_that_text(text: str) -> None:
    assert_texts_stay_texts([text])


def is_from_outside(text: str) -> bool:
    """Say whether the page knows no shape, date or link for a text."""
    known = {*charts.RUN_MARKS, *charts.URGENCY_MARKS, *charts.JOB_MARKS, *LICENCES}
    verdicts = {"found", "clean", "skipped"}
    return text not in known | verdicts and charts.day_of(text) is None


# The program's own names are shown with spaces for underscores: their texts have none here.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(NASTY)
        | st.text(st.characters(exclude_characters="_")).filter(is_from_outside),
        min_size=1,
        max_size=13,
    )
)
def test_any_texts_in_any_fields_are_read_back_as_those_texts(texts: list[str]) -> None:
    assert_texts_stay_texts(texts)


@pytest.mark.parametrize("number", [0, -1, 10**15])
def test_any_number_is_drawn_within_its_chart(number: int) -> None:
    page = to_html(reports.with_numbers(reports.rich(), number))

    assert_harmless(page)
    for node in parsed(page).css("svg [width$='%'], svg [x$='%'], svg [cx$='%']"):
        shares = [value for value in node.attributes.values() if (value or "").endswith("%")]
        assert all(0 <= float((share or "").rstrip("%")) <= 100 for share in shares)


def test_what_may_be_missing_may_be_missing_everywhere() -> None:
    page = to_html(reports.without_the_optional(reports.rich()))

    assert_harmless(page)
    assert "None" not in page.replace("None is open", "")


@pytest.mark.parametrize("make", REPORTS)
def test_a_page_has_no_script_and_leads_nowhere_but_to_our_constants(make: Any) -> None:
    assert_harmless(to_html(make()))


def assert_harmless(page: str) -> None:
    tree = parsed(page)
    assert 1 == len(tree.css("h1"))
    assert [] == tree.css("script, img, link, iframe, object, embed, form, base, foreignobject")
    root = tree.root
    assert root is not None
    for node in root.traverse():
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcset", "xlink:href", "srcdoc"}
            if name in {"href", "xlink:href"}:
                assert value in {*LICENCES, *LICENCES.values()} or re.fullmatch(
                    r"#[a-z0-9-]+", value or ""
                )


def test_only_our_own_addresses_are_links_and_those_tell_nobody_where_one_came_from() -> None:
    links = [
        link.attributes
        for link in parsed(to_html(reports.rich())).css("a")
        if not (link.attributes["href"] or "").startswith("#")
    ]

    assert ["https://haveibeenpwned.com", "https://creativecommons.org/licenses/by/4.0/"] == [
        link["href"] for link in links
    ]
    assert all("noreferrer" in (link["rel"] or "").split() for link in links)


@pytest.mark.parametrize("make", REPORTS)
def test_the_sections_stand_in_the_order_of_use_under_headings_without_gaps(make: Any) -> None:
    tree = parsed(to_html(make()))

    assert SECTIONS == [section.attributes["id"] for section in tree.css("main > section")]
    levels = [int((heading.tag or "")[1]) for heading in tree.css("h1, h2, h3, h4")]
    assert 1 == levels[0]
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("make", REPORTS)
def test_every_reference_inside_the_page_has_its_target_once(make: Any) -> None:
    tree = parsed(to_html(make()))
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    named = [node.attributes["href"] or "" for node in tree.css("[href^='#']")]
    told = [
        each
        for node in tree.css("[aria-labelledby]")
        for each in (node.attributes["aria-labelledby"] or "").split()
    ]

    assert len(ids) == len(set(ids))
    assert set() == {*told, *(name.removeprefix("#") for name in named)} - set(ids)


@pytest.mark.parametrize("make", REPORTS)
def test_every_table_has_a_caption_and_every_header_a_scope(make: Any) -> None:
    tree = parsed(to_html(make()))

    assert all(table.css_first("caption") for table in tree.css("table"))
    assert all(header.attributes.get("scope") for header in tree.css("th"))


def test_the_tables_have_the_numbers_of_the_charts() -> None:
    report = reports.rich()
    page = parsed(to_html(report)).text(separator=" ")
    tree = parsed(to_html(report))

    weeks = [[cell.text() for cell in row.css("td")] for row in tree.css("#trends tbody tr")]
    assert [[str(week.open), str(week.closed)] for week in report.trends.weeks] == weeks
    funnel = [cell.text() for cell in tree.css(".funnel td.number")]
    assert [str(stage.count) for stage in (*report.funnel.stages, *report.funnel.beside)] == funnel
    assert "25 success, 2 partial, 1 skipped, 1 failed, 1 interrupted" in page


def test_a_household_with_nothing_checked_is_nowhere_called_clean() -> None:
    page = to_html(reports.empty())
    words = parsed(page)
    words.strip_tags(["style"])

    assert "nothing was checked" in words.text()
    assert "clean" not in words.text().lower()


VERDICTS = st.sampled_from(["found", "clean", "inconclusive", "skipped", None, "no such word"])


@given(VERDICTS, st.none() | st.just("2026-11-22T03:17:00Z"), st.booleans())
def test_no_check_is_shown_as_clean_without_the_date_of_its_answer(
    verdict: str | None, answered_at: str | None, is_fresh: bool
) -> None:
    cell = facts.Cell(
        source="hibp_breaches",
        verdict=verdict,
        reason=None,
        answered_at=answered_at,
        age_days=None,
        is_fresh=is_fresh,
    )

    is_clean = charts.shown(cell).word == "clean"

    assert (verdict == "clean" and answered_at is not None) == is_clean


def test_a_source_without_a_dated_answer_is_not_called_clean() -> None:
    report = reports.rich()
    sources = tuple(
        replace(source, last_answered_at=None, clean=77) for source in report.coverage.sources
    )
    page = to_html(replace(report, coverage=replace(report.coverage, sources=sources)))

    assert "77 clean" not in page


def test_every_clean_cell_has_the_date_of_its_answer() -> None:
    cells = parsed(to_html(reports.rich())).css("td.c-clean")

    assert cells
    assert all(cell.css_first("time") for cell in cells)


@pytest.mark.parametrize("make", REPORTS)
def test_the_same_report_is_the_same_page(make: Any) -> None:
    assert to_html(make()) == to_html(make())


def test_a_household_fits_in_150_kb_and_the_longest_lists_in_half_a_mb() -> None:
    assert len(to_html(reports.rich(52)).encode()) < 150_000
    assert len(to_html(reports.large()).encode()) < 500_000


def test_what_did_not_fit_is_counted_with_the_command_that_shows_it() -> None:
    page = parsed(to_html(reports.large())).text(separator=" ")

    assert "1200 more stand in the database" in page
    assert "footprint findings" in page


def test_a_shareable_report_says_so() -> None:
    report = replace(reports.empty(), redaction=facts.Redaction.SHAREABLE)

    assert "Made to be shared" in to_html(report)
    assert "Made to be shared" not in to_html(reports.empty())


def test_a_strip_shows_the_newest_thirty_runs_and_an_unknown_status_as_other() -> None:
    runs = tuple(
        facts.RunCell(run=number, started_at="", status="failed" if number == 0 else "success")
        for number in range(30)
    )
    job = replace(
        reports.rich().watcher.jobs[0],
        runs=(*runs, facts.RunCell(run=31, started_at="", status="<odd>")),
    )

    strip = charts.strip(job)

    assert 30 == len(strip.bars)
    assert ("other", 29 * charts.RUN_WIDTH) == strip.bars[-1]
    assert "29 success, 1 other" == strip.words


WEEKS = st.lists(
    st.builds(
        facts.Week, starts_on=st.just(""), open=st.integers(0, 10**7), closed=st.integers(0, 10**7)
    ),
    min_size=2,
    max_size=53,
)


@given(WEEKS)
def test_lines_stay_in_their_chart_and_their_labels_apart(weeks: list[facts.Week]) -> None:
    lines = charts.lines(weeks)

    assert lines is not None
    for points in (lines.open, lines.closed):
        numbers = [float(each) for pair in points.split() for each in pair.split(",")]
        assert 2 * len(weeks) == len(numbers)
        assert all(0 <= number <= 100 for number in numbers)
    assert charts.LABEL_HEIGHT - 0.2 <= abs(lines.open_label - lines.closed_label)
    assert (weeks[-1].open < weeks[-1].closed) == (lines.open_label > lines.closed_label)


def test_the_parts_of_all_checks_fill_their_bar_and_no_more() -> None:
    coverage = reports.rich().coverage

    parts = charts.stack(coverage)

    assert ["fresh", "stale", "unanswered", "never"] == [name for name, _, _ in parts]
    assert [0.0, 66.7, 79.2, 91.7] == [start for _, start, _ in parts]
    assert [66.7, 12.5, 12.5, 8.3] == [length for _, _, length in parts]


def test_one_week_is_a_table_and_no_line() -> None:
    assert charts.lines(reports.rich(1).trends.weeks) is None
    tree = parsed(to_html(reports.rich(1)))
    assert [] == tree.css("#trends svg")
    assert 1 == len(tree.css("#trends tbody tr"))


def test_lags_are_the_longest_first_on_one_axis() -> None:
    item = reports.rich().lasting[0].items[0]
    dated = [
        replace(item, occurred_on=occurred, known_on=known)
        for occurred, known in (
            ("2026-11-01", "2026-11-02"),
            ("2026-01-01", "2026-11-22"),
            (None, "2026-11-22"),
            ("2026-11-22", "2026-11-22"),
            ("2026-11-22", "2026-11-01"),
            ("nonsense", "2026-11-01"),
        )
    ]

    shown = charts.lags(dated, date(2026, 11, 22))

    assert shown is not None
    assert [325, 1] == [lag.days for lag in shown.lags]
    assert "2026-01-01" == shown.since
    assert (0.0, 100.0) == (shown.lags[0].start, shown.lags[0].end)
    assert charts.lags(dated[2:], date(2026, 11, 22)) is None


@pytest.mark.parametrize(
    ("expected", "given_"),
    [
        ("22\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2026", "2026-11-22"),
        ("22\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2026, 03:17 UTC", "2026-11-22T03:17:00Z"),
        ("2026-13-22", "2026-13-22"),
        ("20261122", "20261122"),
        ("soon", "soon"),
    ],
)
def test_a_date_is_written_out_and_anything_else_left_as_it_is(expected: str, given_: str) -> None:
    assert expected == human(given_)


def test_a_length_that_is_no_number_is_not_known() -> None:
    assert ["not known yet"] * 3 == [days(None), days(float("nan")), days(float("inf"))]
    assert ["1 day", "10 days"] == [days(1.2), days(9.5)]

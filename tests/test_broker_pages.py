"""Whose name a text has, what tells a person from a namesake, and that no bytes break a look."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digital_footprint.brokers import Broker, OptOut
from digital_footprint.brokers.bounds import is_bounded, readable
from digital_footprint.brokers.matching import Matcher, fold
from digital_footprint.brokers.pages import (
    Listed,
    NotListed,
    Page,
    Subject,
    Unsure,
    control_url,
    judge,
    judge_control,
)
from digital_footprint.brokers.reading import decode
from digital_footprint.brokers.rules import Control, Mark, Positive, Rule
from digital_footprint.verdicts import Reason

URL = "https://example.com/p/7"
HTML = {"content-type": "text/html"}
JANE = Subject("Jane Doe", ("Columbus", "12 Elm Street", "1982", "+15550100123"))
PLAIN = Broker(
    slug="mine",
    name="Mine",
    domains=("example.com",),
    opt_out=OptOut(url="https://example.com/opt-out"),
    last_verified="2026-01-31",
    source="invented",
)
RULED = replace(
    PLAIN,
    rule=Rule(
        version=2,
        source="invented",
        shell="body",
        positive=Positive(card=".card", name=".who"),
        negative=(Mark(css="#none"), Mark(text="0 results"), Mark(status=404)),
        control=Control(url="https://example.com/find/john-smith"),
    ),
)


def page(body: str, status: int = 200, url: str = URL) -> Page:
    return Page(url, url, status, HTML, body.encode())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Jane Doe", "Jane Doe"),
        ("Jane Doe", "JANE  DOE, 44"),
        ("Jane Doe", "Jane Q. Doe"),
        ("Jane Doe", "Jane Quincy Adams Doe"),
        ("Jane Doe", "(Jane Doe)"),
        ("Jane Doe", "Jane Doe's address"),
        ("Jane Quincy Doe", "Jane Doe"),
        ("Jane Quincy Doe", "Jane Q. Doe"),
        ("Jane Doe Jr.", "Jane Doe"),
        ("Zoë Łukasz-Müller", "ZOE LUKASZ MULLER"),
        ("Anne-Marie O\u2019Brien", "Anne Marie O'Brien"),
        ("Jürgen Groß", "Jurgen Gross"),
        ("Cher", "Cher"),
        ("王小明", "王小明"),
    ],
)
def test_a_name_is_known_again(name: str, text: str) -> None:
    assert 1 == Matcher.of(Subject(name, ())).times(fold(" ".join(text.split())))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Jane Doe", "Janet Doe"),
        ("Jane Doe", "Jane Doeman"),
        ("Jane Doe", "Sarah-Jane Doe"),
        ("Jane Doe", "Jane Doe-Smith"),
        ("Jane Doe", "Jane Smith, Robert Doe"),
        ("Jane Doe", "Jane and Robert Doe"),
        ("Jane Doe", "Jane Smith\nDoe"),
        ("Jane Doe", "Jane Smith\x1fRobert Doe"),
        ("Jane Doe", "Jane a b c Doe"),
        ("Jane Quincy Doe", "Jane Rose Doe"),
        ("An Lee", "Jan 5, Annual meeting in Leeds"),
        ("Anne-Marie Doe", "Anne Doe"),
        ("***", "***"),
        ("", ""),
    ],
)
def test_another_name_is_not_taken_for_it(name: str, text: str) -> None:
    assert 0 == Matcher.of(Subject(name, ())).times(fold(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Columbus", "lives in COLUMBUS, OH"),
        ("San José", "San Jose, CA"),
        ("St. Louis", "Saint Charles, then St Louis"),
        ("12 Elm Street", "12 Elm St., Columbus"),
        ("12 Elm St", "12 ELM STREET"),
        ("1982", "Born 1982"),
        ("1982", "Born: March 4, 1982"),
        ("1982", "DOB 03/04/1982"),
        ("1982", "birth date\n1982"),
        ("1982", "44\x1f1982\x1fOH"),
        ("+15550100123", "(555) 010-0123"),
        ("+15550100123", "+1 555.010.0123"),
        ("+15550100123", "5550100123"),
        ("5550100123", "+1 (555) 010-0123"),
        ("+4915112345678", "0151 12345678"),
        ("Robert Doe", "Relatives: Robert Doe, Mary Roe"),
    ],
)
def test_a_second_identifier_is_known_again(value: str, text: str) -> None:
    assert 1 == Matcher.of(Subject("Jane Doe", (value,))).count(fold(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Columbus", "Columbusville"),
        ("Columbus", "Columbus Avenue, Tampa"),
        ("Columbus", "Columbus County"),
        ("12 Elm Street", "112 Elm Street"),
        ("12 Elm Street", "12 Elmwood Street"),
        ("1982", "Age 44"),
        ("1982", "1982 Oak Road"),
        ("1982", "lived there since March 1982"),
        ("1982", "$1982"),
        ("1982", "555-1982"),
        ("1982", "Born 19820"),
        ("+15550100123", "(555) 010-0124"),
        ("+15550100123", "010-0123"),
        ("+15550100123", "(555) 010-XXXX"),
        ("+15550100123", "95550100123456"),
        ("Robert Doe", "Robert Doerr"),
        ("Doe", "Doe"),
        ("Jane", "Jane Doe"),
        ("OH", "OH"),
        ("43004", "43004"),
        ("!!", "!!"),
        ("", ""),
    ],
)
def test_what_only_resembles_it_does_not_count(value: str, text: str) -> None:
    assert 0 == Matcher.of(Subject("Jane Doe", (value,))).count(fold(text))


def test_the_name_itself_is_no_second_identifier() -> None:
    """A town that is part of the name would confirm every namesake."""
    matcher = Matcher.of(Subject("Jane Jordan", ("West Jordan", "Jordan")))

    assert 0 == matcher.count(fold("Jane West Jordan, Tampa"))
    assert 1 == matcher.count(fold("Jane Jordan, West Jordan"))


@pytest.mark.parametrize(
    "address",
    ["/jane-doe/ohio/columbus/7", "/p/7?city=COLUMBUS", "/p/Columbus%20OH", "/columbus-oh/x"],
)
def test_what_the_address_says_is_an_echo(address: str) -> None:
    asked = page(
        "<title>Jane Doe</title><p>Jane Doe, Columbus, OH</p>", url=f"https://example.com{address}"
    )

    assert isinstance(judge(asked, PLAIN, Subject("Jane Doe", ("Columbus, OH",))), Unsure)
    assert isinstance(judge(replace(asked, url=URL, final_url=URL), PLAIN, JANE), Listed)


def test_gone_counts_on_a_listings_own_address_only() -> None:
    searching = replace(PLAIN, search_urls=("https://www.example.com/people/{last}/{first}",))

    assert isinstance(judge(page("", 404), searching, JANE), NotListed)
    for url in (
        "https://example.com/people/Doe/Jane",
        "https://example.com",
        "https://example.org/7",
    ):
        assert isinstance(judge(page("", 404, url), searching, JANE), Unsure)
    assert isinstance(judge(replace(page("", 410), final_url=f"{URL}/x"), PLAIN, JANE), Unsure)


@pytest.mark.parametrize(
    "address",
    ["/jane-doe", "/jane-doe/2", "/jane-doe/43004", "/people/jane-doe-age-35", "/jdoe", "/d/doe",
     "/jane-doe/columbus-oh/2", "/jane-doe?v=2", "/jane-doe?gclid=CjwKCAiA", "/jane-doe?_ga=1.2",
     "/jane-doe?fbclid=IwAR0", "/jane-doe?utm_id=77", "/people/jane-doe/age-45-50",
     "/jane-doe?sid=abc123", "/v2/jane-doe", "/2026/jane-doe", "/api/v1/people?name=jane+doe",
     "/search/results.aspx?firstName=Jane&lastName=Doe&zip5=43004", "/phone/916-555-0101",
     "/address/12-main-st", "/login", "/privacy", "/results", "/people", "/en", "/opt-out"],
)  # fmt: skip
def test_a_404_on_an_address_that_names_no_record_says_nothing(address: str) -> None:
    asked = page("", 404, f"https://example.com{address}")

    assert isinstance(judge(asked, PLAIN, JANE), Unsure)


@pytest.mark.parametrize(
    "address",
    ["/p/7", "/p/12345", "/jane-doe/p41873", "/jane-doe/GkXbTqR", "/records?id=7&utm_source=x",
     "/jane-doe-8812345", "/people/jane-doe/columbus/p-77", "/find/person/px4n9u2"],
)  # fmt: skip
def test_a_404_on_an_address_with_a_records_number_says_that_it_is_gone(address: str) -> None:
    asked = page("", 404, f"https://example.com{address}")

    assert isinstance(judge(asked, PLAIN, JANE), NotListed)


def test_a_rule_whose_control_shows_no_card_is_out_of_date() -> None:
    url = control_url(RULED, URL)
    shown = page('<div class="card"><b class="who">John Smith</b></div>', url=url)

    assert "https://example.com/find/john-smith" == url
    assert "https://example.com/" == control_url(PLAIN, URL)
    assert judge_control(shown, RULED)
    assert not judge_control(page("<p>All is new here</p>", url=url), RULED)


def test_of_a_person_of_whom_only_the_name_is_known_the_note_says_what_to_add() -> None:
    look = judge(page("<p>Jane Doe, Columbus</p>"), PLAIN, Subject("Jane Doe", ()))

    assert isinstance(look, Unsure)
    assert Reason.NOT_CONFIGURED is look.reason, "it is the person's to mend, not the broker's"
    assert "no city, street, birth year, phone or relative" in look.note
    assert "footprint identifier add PERSON" in look.note
    assert len(look.note) <= 200


def test_words_of_a_mark_are_whole_words() -> None:
    assert isinstance(judge(page("<p>0 Results</p>"), RULED, JANE), NotListed)
    assert isinstance(judge(page("<p>100 results</p>"), RULED, JANE), Unsure)


def test_a_rule_may_ask_for_more_than_one_second_identifier() -> None:
    assert RULED.rule
    strict = replace(RULED, rule=replace(RULED.rule, positive=Positive(card=".card", name=".who", at_least=2)))  # fmt: skip
    one = '<div class="card"><b class="who">Jane Doe</b> Columbus</div>'

    assert isinstance(judge(page(one), RULED, JANE), Listed)
    assert isinstance(judge(page(one), strict, JANE), Unsure)
    assert isinstance(judge(page(one.replace("Col", "12 Elm St, Col")), strict, JANE), Listed)


@pytest.mark.parametrize(
    "bad",
    ["<div>" * 3000, "<div " + " ".join(f"a{i}" for i in range(9000)) + ">",
     "<p>" + "".join(f"<b a{i}>" for i in range(300)) + "<p>x" * 9000, "<p>" * 60_000],
    ids=["nested", "attributes", "formatting", "tags"],
)  # fmt: skip
def test_what_would_take_a_parser_without_end_is_not_parsed(bad: str) -> None:
    assert not is_bounded(readable(bad)[1])
    hidden = f"<!-- {bad} --><script>{bad}</script>"
    assert is_bounded(readable(hidden)[1])


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("né".encode(), "text/html", "né"),
        ("né".encode("cp1252"), "text/html; charset=ISO-8859-1", "né"),
        ('<meta charset="windows-1252">né'.encode("cp1252"), "", '<meta charset="windows-1252">né'),
        ("né".encode("utf-16"), "", "né"),
        (b"a", "text/html; charset=utf-7", "a"),
        (b"a", "text/html; charset=rot13", "a"),
        (b"a", "text/html; charset=\x00\xff", "a"),
        (b"\xff", "", "\ufffd"),
    ],
)
def test_bytes_are_read_as_a_browser_reads_them(body: bytes, content_type: str, text: str) -> None:
    assert text == decode(body, content_type)


PIECES = st.sampled_from(
    ["<p>", "</p>", "<div class=card>", "<b class=who>", "</b>", "</div>", "Jane ", "Doe", "Columbus",
     "<!--", "-->", "<script>", "</script>", "<title>", "</title", "<svg>", "<template>", "<table><tr>",
     "<h1>", "<form>", "<br>", "&amp", "&#x1f;", "\x1f", "\n", "0 results", "<select><option>", "<frameset>",
     "<div id=none>", "captcha", "\x00", "\ufeff", "\u202e", "<plaintext>", "]]>", "<?", "</", "<", "=\"'"]
)  # fmt: skip
SOUP = st.lists(PIECES, max_size=30).map("".join)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.binary(max_size=400) | SOUP.map(str.encode),
    st.sampled_from([200, 404, 410, 403, 999, 0, -1]),
    st.dictionaries(st.sampled_from(["content-type", "cf-mitigated", "x-datadome"]), st.text()),
    st.sampled_from([URL, "", "https://[", "//", "https://example.com:x/", "/p/7"]),
    st.tuples(st.text(max_size=12), st.lists(st.text(max_size=9), max_size=3)),
)
@example(b"<a id=none>0</a>", 200, {}, "https://example.com:x/", ("", []))
@example(b"<p>Jane Doe", 200, {"content-type": "text/html; charset=utf-16"}, URL, ("Jane Doe", []))
def test_no_bytes_break_a_look(
    body: bytes, status: int, headers: dict[str, str], url: str, who: tuple[str, list[str]]
) -> None:
    asked = Page(url, url, status, headers, body)
    for broker in (PLAIN, RULED):
        for subject in (JANE, Subject(who[0], tuple(who[1]))):
            look = judge(asked, broker, subject)
            assert isinstance(look, Listed | NotListed | Unsure)
            assert not isinstance(look, NotListed) or url == URL
        assert judge_control(asked, broker) in {True, False}


@settings(max_examples=200, deadline=None)
@given(SOUP)
def test_without_name_and_second_identifier_nobody_is_listed(soup: str) -> None:
    shown = soup.replace("Columbus", "Tampa")
    assert not isinstance(judge(page(shown), PLAIN, JANE), Listed)
    assert not isinstance(judge(page(shown), RULED, JANE), Listed)
    assert not isinstance(judge(page(shown), PLAIN, JANE), NotListed)

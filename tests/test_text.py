"""What outside services say is data: stored without anything invisible, shown as it is."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint import findings
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import Person
from digital_footprint.scheduler.jobs import job_breach_recheck
from digital_footprint.text import from_html, is_visible, plain
from digital_footprint.verdicts import breach_key
from tests.conftest import CommandLine
from tests.wire import Wire, json_response, names

HOSTILE = "](javascript:alert(1))<script>[red]\x1b[2J\u202egnp.\u200bexe\U000e0041\ufe0f"


@given(st.text(max_size=500), st.integers(min_value=1, max_value=100))
def test_plain_text_is_one_short_visible_line(text: str, limit: int) -> None:
    line = plain(text, limit=limit)

    assert len(line) <= limit
    assert "\n" not in line
    assert line == line.strip()
    assert all(unicodedata.category(character)[0] != "C" for character in line)
    assert plain(line, limit=limit) == line


@given(st.text(string.printable, max_size=200))
def test_plain_text_keeps_what_can_be_seen(text: str) -> None:
    assert text.split() == plain(text, limit=1000).split() or not all(map(is_visible, text))


def test_markup_is_dropped_and_its_words_are_kept() -> None:
    html = (
        "In 2013, <em>153 million</em> accounts &amp; more <script>alert(1)</script>"
        '<a href="https://example.com" onclick="x()">leaked</a>.<style>p{}</style>'
    )

    assert "In 2013, 153 million accounts & more leaked." == from_html(html)


@given(st.text(max_size=60))
def test_a_key_is_casefolded_letters_and_digits(name: str) -> None:
    key = breach_key(name)

    assert "" == "".join(one for one in key if not one.isalnum())
    assert key == breach_key(key)


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_a_key_of_plain_letters_has_nothing_but_them(name: str) -> None:
    plain_letters = string.ascii_lowercase + string.digits

    assert "".join(one for one in name.lower() if one in plain_letters) == breach_key(name)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Яндекс", "яндекс"),
        ("ЯНДЕКС", "яндекс"),
        ("微博 2019", "微博2019"),
        ("新浪 2019", "新浪2019"),
        ("Cafe\u0301", "café"),
        ("CAFÉ", "café"),
        ("Adobe™ ²", "adobe"),
        ("微_博", "微博"),
        ("***", ""),
    ],
)
def test_a_name_in_another_alphabet_keeps_its_letters_in_the_key(name: str, key: str) -> None:
    assert key == breach_key(name)


def test_a_hostile_breach_is_shown_as_text_everywhere(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    name = f"Evil{HOSTILE}"
    wire.accounts["jane@example.com"] = names(name)
    wire.catalogue = json_response(
        [
            {
                "Name": name,
                "Title": HOSTILE * 50,
                "Domain": HOSTILE,
                "Description": f"<p>{HOSTILE}</p>" * 1000,
                "DataClasses": [HOSTILE] * 5000,
                "BreachDate": HOSTILE,
                "ModifiedDate": HOSTILE,
            }
        ]
    )

    assert "success" == job_breach_recheck(db, config).status
    (finding,) = findings.list_findings(db)
    shown = run("footprint", "findings")
    one = run("footprint", "finding", "show", "1")

    assert len(finding["title"]) == 200
    assert "[red]" in finding["title"]
    assert finding["occurred_on"] is None
    assert "[red]" in shown.out, "it is text, not a colour"
    for output in (shown.out, one.out):
        assert not {"\x1b", "\u202e", "\u200b", "\ufe0f", "\U000e0041"} & set(output)
    stored = db.path.read_bytes() + db.path.with_name("footprint.db-wal").read_bytes()
    for character in ("\u202e", "\u200b", "\U000e0041"):
        assert character.encode() not in stored

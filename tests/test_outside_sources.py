"""What leaves the machine for each source, what is kept of its answer, and who comes first."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import disclosures, enabling, findings, people, secrets
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.model import IdentifierKind, JobResult, Person
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.text import is_visible
from tests.conftest import KEY, CommandLine, HandClock, add
from tests.services import (
    AHMIA,
    CAVALIER,
    FOREIGN_SUFFIX,
    HIBP_BREACHES,
    HIBP_PASTES,
    HIBP_RANGE,
    HUDSONROCK,
    JANE,
    LEAKCHECK,
    LEAKS,
    NOWHERE,
    PASTE,
    PLAN,
    PREFIX,
    SERVICES,
    SHA1,
    SHA256,
    STEALER,
    SUFFIX,
    XON_ADOBE,
    XPOSEDORNOT,
    Service,
    analytics,
    dumped,
    onion_list,
    onion_result,
)
from tests.test_true_answers import parsed, said
from tests.wire import Loopback, Reply, json_response

HOSTILE = "](javascript:alert(1))[red]\x1b[2J\u202egnp.\u200bexe\U000e0041\ufe0f\x00\r\n"
HIBP_ADOBE = {
    "Name": "Adobe",
    "Title": "Adobe",
    "Domain": "adobe.com",
    "BreachDate": "2013-10-04",
    "AddedDate": "2013-12-04T00:00:00Z",
    "ModifiedDate": "2022-05-15T23:52:49Z",
    "PwnCount": 152445165,
    "Description": "In October 2013 accounts were <em>copied</em>.",
    "DataClasses": ["Email addresses", "Passwords"],
    "IsVerified": True,
}

Serve = Callable[..., Loopback]


@pytest.fixture
def serve(paths: Paths, db: Database, jane: Person) -> Iterator[Serve]:
    """Put sources on loopback with replies by role, switched on with Jane's consent."""
    opened: list[Loopback] = []

    def put(service: Service, **replies: Reply) -> Loopback:
        answers: dict[str, Reply] = {"person": service.found, **service.replies, **replies}
        loopback = Loopback(lambda path: answers.get(service.about(path), NOWHERE))
        opened.append(loopback)
        paths.config_file.touch()
        with paths.config_file.open("a", encoding="utf-8") as file:
            file.write(f'[sources.{service.section}]\nbase_url = "{loopback.base_url}"\n')
        if service.keyed:
            secrets.set_secret(paths, "hibp_api_key", KEY)
        profile = enabling.profile_of(service.source)
        enabling.enable(db, load_config(paths), profile, [jane])
        return loopback

    yield put
    for one in opened:
        one.close()


def recheck(db: Database, paths: Paths, service: Service, hand: HandClock) -> JobResult:
    return JOBS[service.job](db, load_config(paths), Options(clock=hand.clock()))


def kept(home: Path) -> bytes:
    """Give every byte under the home, in small letters."""
    return b"\n".join(path.read_bytes() for path in home.rglob("*") if path.is_file()).lower()


# --- two witnesses --------------------------------------------------------------------------


def test_the_same_breach_seen_by_two_sources_is_one_finding_with_two_witnesses(
    db: Database, paths: Paths, serve: Serve, hand_clock: HandClock
) -> None:
    serve(HIBP_BREACHES, catalogue=json_response([HIBP_ADOBE]))
    serve(XPOSEDORNOT)

    result = recheck(db, paths, XPOSEDORNOT, hand_clock)

    (finding,) = findings.list_findings(db)
    assert ["hibp_breaches", "xposedornot"] == finding["witnesses"]
    assert ("adobe", "breach") == (finding["key"], finding["kind"])
    assert (2, 1, 1) == (result.details["found"], result.details["new"], result.details["known"])
    shown = findings.show_finding(db, finding["id"])
    assert "witnessed" in [event["event"] for event in shown["events"]]

    assert 0 == recheck(db, paths, XPOSEDORNOT, hand_clock).details["new"]

    again = findings.show_finding(db, finding["id"])
    assert shown["events"] == again["events"], "two that tell it differently change nothing in turn"
    assert "2013-10-04" == again["occurred_on"]


def test_a_source_that_errs_leaves_the_other_its_finding(
    db: Database, paths: Paths, serve: Serve, hand_clock: HandClock
) -> None:
    serve(HIBP_BREACHES, canary=NOWHERE)
    serve(XPOSEDORNOT)

    result = recheck(db, paths, XPOSEDORNOT, hand_clock)

    assert "partial" == result.status
    assert ["xposedornot"] == findings.list_findings(db)[0]["witnesses"]


def test_an_infection_told_in_other_words_is_the_one_that_was_decided_on(
    run: CommandLine, db: Database, paths: Paths, serve: Serve, hand_clock: HandClock
) -> None:
    first = {**STEALER, "stealer_family": None}
    again = {**STEALER, "date_compromised": "2023-05-01T10:11:12Z"}
    service = serve(HUDSONROCK, person=json_response({**CAVALIER, "stealers": [first]}))
    recheck(db, paths, HUDSONROCK, hand_clock)
    run("footprint", "finding", "not-me", "1")

    later = HUDSONROCK.says(dumped({**CAVALIER, "stealers": [again]}))
    answers: dict[str, Reply] = {**HUDSONROCK.replies, "person": later}
    service.route = lambda path: answers[HUDSONROCK.about(path)]
    result = recheck(db, paths, HUDSONROCK, hand_clock)

    assert (1, 0) == (result.details["found"], result.details["new"])
    assert ["not_me"] == [one["state"] for one in findings.list_findings(db)]


# --- what leaves the machine ----------------------------------------------------------------


def test_with_k_anonymity_neither_the_address_nor_its_hash_leaves(
    db: Database, paths: Paths, home: Path, serve: Serve, hand_clock: HandClock
) -> None:
    service = serve(HIBP_RANGE)

    assert 1 == recheck(db, paths, HIBP_RANGE, hand_clock).details["found"]

    sent = "\n".join(service.heads).lower()
    assert f"/breachedaccount/range/{PREFIX.lower()} " in sent
    for secret in (JANE, "jane", SHA1.lower(), SUFFIX.lower(), SHA1[:7].lower()):
        assert secret not in sent
    (entry,) = disclosures.list_disclosures(db)
    assert "email: the first 6 hex digits of its SHA-1" == entry["datum"]
    for foreign in (FOREIGN_SUFFIX, "Unrelated", SUFFIX):
        assert foreign.lower().encode() not in kept(home)


def test_the_canarys_range_in_place_of_a_persons_is_not_clean(
    db: Database, paths: Paths, serve: Serve, hand_clock: HandClock
) -> None:
    serve(HIBP_RANGE, person=HIBP_RANGE.replies["canary"])

    result = recheck(db, paths, HIBP_RANGE, hand_clock)

    assert ("failed", 0) == (result.status, result.details["answered"])
    assert {"source_changed": 1} == result.details["sources"]["hibp_breaches"]["reasons"]


def test_with_k_anonymity_pastes_wait_for_leave_of_their_own(
    run: CommandLine, db: Database, paths: Paths, jane: Person, hand_clock: HandClock
) -> None:
    plan = json_response({**PLAN, "IncludesKAnon": True})
    answers: dict[str, Reply] = {"person": HIBP_PASTES.found, **HIBP_PASTES.replies, "plan": plan}
    service = Loopback(lambda path: answers.get(HIBP_PASTES.about(path), NOWHERE))
    paths.config_file.write_text(
        f'[sources.hibp]\nbase_url = "{service.base_url}"\n', encoding="utf-8"
    )
    secrets.set_secret(paths, "hibp_api_key", KEY)

    recheck(db, paths, HIBP_PASTES, hand_clock)

    assert ["/subscription/status"] == service.paths
    assert [] == disclosures.list_disclosures(db)
    (row,) = run("footprint", "coverage", "--source", "hibp_pastes", "--json").json
    assert ("skipped", "no_consent") == (row["verdict"], row["reason"])
    assert "k-anonymity" in row["note"]
    assert "footprint source enable hibp_pastes" in row["note"]

    run("footprint", "source", "enable", "hibp_pastes", "--yes")
    assert 1 == recheck(db, paths, HIBP_PASTES, hand_clock).details["found"]
    assert f"/pasteaccount/{JANE}" in service.paths
    service.close()


def test_leakcheck_gets_24_digits_and_the_ledger_says_so(
    db: Database, paths: Paths, home: Path, serve: Serve, hand_clock: HandClock
) -> None:
    service = serve(LEAKCHECK)

    recheck(db, paths, LEAKCHECK, hand_clock)

    sent = "\n".join(service.heads)
    assert f"GET /public?check={SHA256} HTTP/1.1" in sent
    assert JANE.partition("@")[0] not in sent
    assert [] == re.findall(r"[0-9a-fA-F]{25,}", sent)
    (entry,) = disclosures.list_disclosures(db)
    assert "email: the first 24 hex digits of its SHA-256" == entry["datum"]
    assert SHA256.encode() not in kept(home)


@pytest.mark.parametrize(
    "service", [HIBP_BREACHES, HIBP_PASTES, XPOSEDORNOT, HUDSONROCK, AHMIA], ids=lambda s: s.column
)
def test_where_the_whole_address_is_sent_the_ledger_says_that(
    db: Database, paths: Paths, serve: Serve, hand_clock: HandClock, service: Service
) -> None:
    loopback = serve(service)

    recheck(db, paths, service, hand_clock)

    (entry,) = disclosures.list_disclosures(db)
    assert ("email", service.source, JANE) == (entry["datum"], entry["source"], entry["identifier"])
    assert 1 == sum(JANE in path for path in loopback.paths)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.column)
def test_requests_say_honestly_who_asks(
    db: Database, paths: Paths, serve: Serve, hand_clock: HandClock, service: Service
) -> None:
    loopback = serve(service)

    recheck(db, paths, service, hand_clock)

    assert loopback.heads
    for head in loopback.heads:
        assert "user-agent: footprint-timers/" in head.lower()
        for word in ("python", "mozilla", "wget", "cookie", "referer"):
            assert word not in head.lower()
        assert ("hibp-api-key" in head.lower()) <= service.keyed


# --- what is kept ---------------------------------------------------------------------------


def test_of_an_infected_computer_neither_name_nor_place_nor_password_is_kept(
    db: Database, paths: Paths, home: Path, serve: Serve, hand_clock: HandClock
) -> None:
    serve(HUDSONROCK)

    assert 1 == recheck(db, paths, HUDSONROCK, hand_clock).details["found"]

    (finding,) = findings.list_findings(db)
    assert ("stealer", 0, "2023-05-01") == (
        finding["kind"],
        finding["tier"],
        finding["occurred_on"],
    )
    everything = kept(home)
    for field in ("computer_name", "ip", "malware_path", "operating_system"):
        assert str(STEALER[field]).lower().encode() not in everything
    for sample in ("1*****5hunter", "j****@example.com", "Windows Defender"):
        assert sample.lower().encode() not in everything


def test_of_an_onion_page_its_summary_is_not_kept(
    db: Database, paths: Paths, home: Path, serve: Serve, hand_clock: HandClock
) -> None:
    """It shows what stood beside the address: as often as not, its password."""
    serve(AHMIA)

    assert 1 == recheck(db, paths, AHMIA, hand_clock).details["found"]

    assert b"hunter2" not in kept(home)


def evil(document: Any) -> Any:
    """Append hostile characters to every string of a document, but dates and sentences."""
    match document:
        case dict():
            return {key: evil(value) for key, value in document.items()}
        case list():
            return [evil(one) for one in document]
        case str() if not re.match(r"\d{4}-|This email|Yes", document):
            return document + HOSTILE
        case _:
            return document


EVIL: tuple[tuple[Service, bytes], ...] = (
    (HIBP_BREACHES, dumped(evil([{"Name": "Adobe"}]))),
    (HIBP_RANGE, dumped([{"hashSuffix": SUFFIX, "websites": evil(["Adobe"])}])),
    (HIBP_PASTES, dumped(evil([PASTE]))),
    (XPOSEDORNOT, dumped(analytics(evil(XON_ADOBE)))),
    (LEAKCHECK, dumped(evil(LEAKS))),
    (HUDSONROCK, dumped(evil(CAVALIER))),
    (
        AHMIA,
        onion_list(
            onion_result(
                f"<script>{HOSTILE}</script>",
                f"{JANE} {HOSTILE}",
                site=f"aaaa{HOSTILE}.onion",
                target=f"http://aaaa.onion/{HOSTILE}",
            )
        ),
    ),
)


@pytest.mark.parametrize(("service", "body"), EVIL, ids=lambda value: getattr(value, "column", ""))
def test_hostile_text_in_every_field_is_stored_plain(
    run: CommandLine,
    db: Database,
    paths: Paths,
    serve: Serve,
    hand_clock: HandClock,
    service: Service,
    body: bytes,
) -> None:
    catalogue = {**evil(HIBP_ADOBE), "Name": f"Adobe{HOSTILE}"}
    replies = {"catalogue": json_response([catalogue])} if "catalogue" in service.replies else {}
    serve(service, person=service.says(body), **replies)

    assert 1 == recheck(db, paths, service, hand_clock).details["found"]

    for text in texts(db):
        assert "" == "".join(one for one in text if not is_visible(one)), text
        # Escapes of JSON would hide from the line above.
        assert re.search(r"\\u(00[01]|200b|202e|fe0f|db40)", text) is None, text
    for shown in (run("footprint", "findings").out, run("footprint", "finding", "show", "1").out):
        assert not {"\x1b", "\u202e", "\u200b", "\x00"} & set(shown)


@pytest.mark.parametrize(("service", "body"), EVIL, ids=lambda value: getattr(value, "column", ""))
def test_a_source_hands_on_plain_text_only(service: Service, body: bytes) -> None:
    assert "found" == said(service, parsed(service.says(body)))


def texts(db: Database) -> Iterator[str]:
    """Give every text that the database holds of what came from outside."""
    for table in ("findings", "witnesses", "finding_events", "observations", "scheduled_runs"):
        for row in db.query(f"SELECT * FROM {table}"):
            yield from (value for value in row.values() if isinstance(value, str))


def test_a_field_with_a_million_words_is_kept_short(
    db: Database, paths: Paths, serve: Serve, hand_clock: HandClock
) -> None:
    breach = {**XON_ADOBE, "xposed_data": "Names;" * 100_000, "details": "<div>" * 200_000}
    serve(XPOSEDORNOT, person=json_response(analytics(breach)))

    assert "success" == recheck(db, paths, XPOSEDORNOT, hand_clock).status

    assert max(map(len, texts(db))) < 10_000


@pytest.mark.parametrize("number", [True, -1, 10**100, 1.5, "many", None])
def test_a_number_of_accounts_that_is_none_is_left_out(
    db: Database, paths: Paths, serve: Serve, hand_clock: HandClock, number: object
) -> None:
    breach = {**XON_ADOBE, "xposed_records": number}
    serve(XPOSEDORNOT, person=json_response(analytics(breach)))

    recheck(db, paths, XPOSEDORNOT, hand_clock)

    shown = findings.show_finding(db, findings.list_findings(db)[0]["id"])
    assert shown["details"]["accounts"] is None


# --- who is asked ---------------------------------------------------------------------------


def test_an_address_too_long_for_ahmias_search_is_not_sent_and_not_clean(
    run: CommandLine, db: Database, paths: Paths, jane: Person, serve: Serve, hand_clock: HandClock
) -> None:
    long = f"{'j' * 60}@{'sub.' * 10}example.com"
    people.add_identifier(db, jane, IdentifierKind.EMAIL, long)
    service = serve(AHMIA)

    result = recheck(db, paths, AHMIA, hand_clock)

    assert ("partial", 1, 1) == (
        result.status,
        result.details["found"],
        result.details["inconclusive"],
    )
    assert {"too_large": 1} == result.details["sources"]["ahmia"]["reasons"]
    assert not [path for path in service.paths if "jjj" in path]
    assert [JANE] == [entry["identifier"] for entry in disclosures.list_disclosures(db)]


def test_who_waited_longest_is_asked_first_when_the_limit_does_not_reach(
    db: Database, paths: Paths, jane: Person, serve: Serve, hand_clock: HandClock
) -> None:
    """25 look-ups an hour, two of which are the canaries'."""
    people.remove_identifier(db, jane.identifiers[0].id)
    addresses = [f"jane{number:02}@example.com" for number in range(30)]
    add(db, "John Doe", *addresses)
    service = serve(XPOSEDORNOT)
    service.route = answer_for_all
    enabling.enable(
        db, load_config(paths), enabling.profile_of("xposedornot"), people.list_persons(db)
    )

    first = recheck(db, paths, XPOSEDORNOT, hand_clock)
    asked = len(service.paths)
    hand_clock.moment += timedelta(hours=1, minutes=1)
    second = recheck(db, paths, XPOSEDORNOT, hand_clock)

    assert (23, {"budget": 7}) == (
        first.details["answered"],
        first.details["sources"]["xposedornot"]["reasons"],
    )
    assert 23 == second.details["answered"]
    order = [path.partition("email=")[2] for path in service.paths[asked + 2 :]]
    assert addresses[23:] == order[:7]
    assert addresses[:16] == order[7:]


def answer_for_all(path: str) -> Reply:
    """Answer every address but the canary with nothing found."""
    return XPOSEDORNOT.found if "=test%40" in path else XPOSEDORNOT.clean

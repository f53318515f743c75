"""Every way in which HIBP can answer, and the one verdict for each: never a false clean."""

import gzip
import socket
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from digital_footprint import consents, coverage, disclosures, enabling, findings, people
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.http import Limits
from digital_footprint.model import JobResult, Person
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_breach_recheck
from digital_footprint.sources.hibp_breaches import HibpBreaches
from tests.wire import (
    EMPTY_404,
    Gate,
    Reply,
    Wire,
    gzip_bomb,
    json_response,
    names,
    reset,
    response,
    slowly,
)

CHALLENGE = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>'
    b"<noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)
RAY = "cf-ray: 8f0000000000abcd-FRA"
MITIGATED = "cf-mitigated: challenge"
LIMIT_EXCEEDED = b'{"statusCode":429,"message":"Rate limit is exceeded. Try again in 2 seconds."}'
INVALID_KEY = b'{"statusCode":401,"message":"Access denied due to invalid hibp-api-key."}'
MIB = 1024 * 1024


def truncated_in_transit(connection: object) -> None:
    whole = response("200 OK", b'[{"Name":"Adobe"}]')
    connection.sendall(whole[:-6])  # type: ignore[attr-defined]


def stall() -> Reply:
    return Gate(names("Adobe"))


@dataclass(frozen=True)
class Case:
    name: str
    reply: Reply | Callable[[], Reply]
    verdict: str
    reason: str | None
    exit_code: int


# fmt: off
CASES = [
    Case("200 with one name",            names("Adobe"),                                    "found", None, 0),
    Case("200 with a name in three spellings", names("Adobe", "adobe", "ADOBE"),            "found", None, 0),
    Case("200 with a name without end",  names("A" * 201),                                   "inconclusive", "source_changed", 1),
    Case("200 with a hostile type",      response("200 OK", b"[]", media_type="\x1b[2J" * 900), "inconclusive", "source_changed", 1),
    Case("503 with a long wait",         response("503 Service Unavailable", b"", "retry-after: 3600"), "inconclusive", "server_error", 75),
    Case("200 with unknown fields",      json_response([{"Name": "Adobe", "New": {"a": 1}}]), "found", None, 0),
    Case("HIBP's own empty 404",         EMPTY_404,                                         "clean", None, 0),
    Case("404 with a foreign body",      response("404 Not Found", b"<h1>nginx</h1>", media_type="text/html"), "inconclusive", "source_changed", 1),
    Case("404 with a JSON body",         response("404 Not Found", b"{}"),                  "inconclusive", "source_changed", 1),
    Case("404 that is a challenge",      response("404 Not Found", b"", MITIGATED),         "inconclusive", "blocked", 1),
    Case("404 page cut off in its gzip", response("404 Not Found", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "content-encoding: gzip"), "inconclusive", "source_changed", 1),
    Case("404 page that unpacks to nothing", response("404 Not Found", gzip.compress(b""), "content-encoding: gzip"), "inconclusive", "source_changed", 1),
    Case("404 page cut off at its start", b"HTTP/1.1 404 Not Found\r\nserver: nginx\r\ncontent-type: text/html\r\n\r\n", "inconclusive", "source_changed", 1),
    Case("404 of a web server, empty",   response("404 Not Found", b"", "server: squid", "content-type: text/html"), "inconclusive", "source_changed", 1),
    Case("404 without a word on length", b"HTTP/1.1 404 Not Found\r\n\r\n",               "inconclusive", "source_changed", 1),
    Case("404 sent in no chunks",        b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "clean", None, 0),
    Case("400",                          response("400 Bad Request"),                       "inconclusive", "source_changed", 1),
    Case("401",                          response("401 Unauthorized", INVALID_KEY, RAY),    "inconclusive", "unauthorised", 78),
    Case("403 with cf-ray",              response("403 Forbidden", b"", RAY),               "inconclusive", "blocked", 1),
    Case("403 without cf-ray",           response("403 Forbidden"),                         "inconclusive", "unauthorised", 78),
    Case("403 challenge",                response("403 Forbidden", CHALLENGE, RAY, MITIGATED, media_type="text/html"), "inconclusive", "blocked", 1),
    Case("429 with a short wait",        response("429 Too Many Requests", LIMIT_EXCEEDED, "retry-after: 2"), "inconclusive", "rate_limited", 75),
    Case("429 with a long wait",         response("429 Too Many Requests", b"", "retry-after: 1834"), "inconclusive", "rate_limited", 75),
    Case("429 without a wait",           response("429 Too Many Requests", LIMIT_EXCEEDED), "inconclusive", "rate_limited", 75),
    Case("429 with a wait of nonsense",  response("429 Too Many Requests", b"", "retry-after: soon"), "inconclusive", "rate_limited", 75),
    Case("429 challenge",                response("429 Too Many Requests", CHALLENGE, MITIGATED, media_type="text/html"), "inconclusive", "blocked", 1),
    Case("500",                          response("500 Internal Server Error", b"oops", media_type="text/plain"), "inconclusive", "server_error", 75),
    Case("503 service down",             response("503 Service Unavailable", b"<h1>down</h1>", media_type="text/html"), "inconclusive", "server_error", 75),
    Case("503 challenge",                response("503 Service Unavailable", CHALLENGE, RAY, MITIGATED, media_type="text/html"), "inconclusive", "blocked", 1),
    Case("200 HTML",                     response("200 OK", b"<html>hello</html>", media_type="text/html"), "inconclusive", "source_changed", 1),
    Case("200 HTML called JSON",         response("200 OK", b"<html>hello</html>"),         "inconclusive", "source_changed", 1),
    Case("200 JSON called HTML",         response("200 OK", b'[{"Name":"Adobe"}]', media_type="text/html"), "inconclusive", "source_changed", 1),
    Case("200 truncated JSON",           response("200 OK", b'[{"Name":"Ado'),              "inconclusive", "source_changed", 1),
    Case("200 truncated in transit",     truncated_in_transit,                              "inconclusive", "network", 75),
    Case("200 empty body",               response("200 OK"),                                "inconclusive", "source_changed", 1),
    Case("204",                          response("204 No Content"),                        "inconclusive", "source_changed", 1),
    Case("200 []",                       response("200 OK", b"[]"),                         "inconclusive", "source_changed", 1),
    Case("200 {}",                       response("200 OK", b"{}"),                         "inconclusive", "source_changed", 1),
    Case("200 null",                     response("200 OK", b"null"),                       "inconclusive", "source_changed", 1),
    Case("200 strings",                  response("200 OK", b'["Adobe"]'),                  "inconclusive", "source_changed", 1),
    Case("200 name missing",             response("200 OK", b'[{"Title":"Adobe"}]'),        "inconclusive", "source_changed", 1),
    Case("200 name empty",               response("200 OK", b'[{"Name":""}]'),              "inconclusive", "source_changed", 1),
    Case("200 name without a letter",    response("200 OK", b'[{"Name":"***"}]'),           "inconclusive", "source_changed", 1),
    Case("200 name is a number",         response("200 OK", b'[{"Name":7}]'),               "inconclusive", "source_changed", 1),
    Case("200 nested beyond all depth",  response("200 OK", b"[" * 100_000),                "inconclusive", "source_changed", 1),
    Case("200 broken UTF-8",             response("200 OK", b'[{"Name":"\xff"}]'),          "inconclusive", "source_changed", 1),
    Case("stall",                        stall,                                             "inconclusive", "timeout", 75),
    Case("50 MB announced",              response("200 OK", b" " * 50 * MIB),               "inconclusive", "too_large", 1),
    Case("50 MB unannounced",            slowly(50 * MIB),                                  "inconclusive", "too_large", 1),
    Case("gzip bomb",                    gzip_bomb(50 * MIB),                               "inconclusive", "too_large", 1),
    Case("gzip that is none",            response("200 OK", b"[]", "content-encoding: gzip"), "inconclusive", "source_changed", 1),
    Case("reset",                        reset,                                             "inconclusive", "network", 75),
    Case("closed without a word",        b"",                                               "inconclusive", "network", 75),
    Case("no HTTP at all",               b"SSH-2.0-OpenSSH_9.2\r\n\r\n",                    "inconclusive", "network", 75),
    Case("redirect to another host",     response("302 Found", b"", "location: https://example.com/"), "inconclusive", "source_changed", 1),
    Case("redirect to another scheme",   response("302 Found", b"", "location: ftp://127.0.0.1/"), "inconclusive", "source_changed", 1),
    Case("redirect that lands on a 404", response("302 Found", b"", "location: /elsewhere"), "inconclusive", "source_changed", 1),
    Case("redirect to nonsense",         response("302 Found", b"", "location: ://:99999"),  "inconclusive", "source_changed", 1),
    Case("404 of a web server, shouting", response("404 Not Found", b"", "Content-Type: TEXT/HTML; charset=UTF-8"), "inconclusive", "source_changed", 1),
    Case("404 with a cookie from hell",  response("404 Not Found", b"", "set-cookie: a=b; max-age=" + "9" * 400), "clean", None, 0),
    Case("redirect in a circle",         response("302 Found", b"", "location: ?round"), "inconclusive", "source_changed", 1),
]
# fmt: on

# Only the stall has to be waited out; a busy machine may take its time for all else.
PATIENT = Limits(connect=5, read=10, total=30, attempts=2)
QUICK = Limits(connect=5, read=0.3, total=5, attempts=2)


def made(case: Case) -> Reply:
    return case.reply() if case.reply is stall else case.reply  # type: ignore[return-value]


def recheck(db: Database, config: Config, case: Case | None = None) -> JobResult:
    limits = QUICK if case and case.reply is stall else PATIENT
    return job_breach_recheck(db, config, Options(limits=limits))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_has_exactly_its_verdict(
    db: Database, config: Config, wire: Wire, jane: Person, case: Case
) -> None:
    wire.accounts["jane@example.com"] = made(case)

    result = recheck(db, config, case)

    (row,) = coverage.list_coverage(db, config, source="hibp_breaches")
    assert (case.verdict, case.reason) == (row["verdict"], row["reason"])
    assert (case.verdict == "found") == (len(findings.list_findings(db)) == 1)
    assert len(row["note"]) <= 200
    assert row["note"].isprintable()
    counts = result.details
    assert counts["found"] == counts["new"] + counts["known"]
    assert 1 == counts["planned"] == counts["checks"] + counts["carried"]
    answered = int(case.reason is None)
    assert (answered, answered) == (counts["persons_checked"], counts["identifiers_checked"])
    assert case.exit_code == result.exit_code
    assert ("failed" if case.reason else "success") == result.status
    assert (row["last_answered_at"] is not None) == (case.reason is None)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.verdict != "found"], ids=lambda case: case.name
)
def test_a_canary_that_is_not_found_lets_no_personal_request_out(
    db: Database, config: Config, wire: Wire, jane: Person, case: Case
) -> None:
    wire.canary = made(case)
    wire.accounts["jane@example.com"] = names("Adobe")

    result = recheck(db, config, case)

    (row,) = coverage.list_coverage(db, config, source="hibp_breaches")
    assert "inconclusive" == row["verdict"]
    assert (case.reason or "source_changed") == row["reason"]
    assert [] == wire.asked
    assert [] == disclosures.list_disclosures(db)
    assert "failed" == result.status


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.verdict != "found"], ids=lambda case: case.name
)
def test_a_catalogue_that_does_not_answer_takes_no_finding_away(
    db: Database, config: Config, wire: Wire, jane: Person, case: Case
) -> None:
    wire.catalogue = made(case)
    wire.accounts["jane@example.com"] = names("Adobe")

    result = recheck(db, config, case)

    (finding,) = findings.list_findings(db)
    assert ("adobe", "Adobe", 2) == (finding["key"], finding["title"], finding["tier"])
    assert 1 == result.details["undetailed"]


def refuses(case: Case) -> bool:
    """Say whether the service wants nothing more to be asked now."""
    return case.reason in {"unauthorised", "blocked", "rate_limited"} or "long wait" in case.name


@pytest.mark.parametrize(
    "case", [case for case in CASES if refuses(case)], ids=lambda case: case.name
)
def test_a_subscription_status_that_refuses_lets_no_personal_request_out(
    db: Database, config: Config, wire: Wire, jane: Person, case: Case
) -> None:
    wire.status = made(case)

    result = recheck(db, config, case)

    assert [] == wire.asked
    assert case.exit_code == result.exit_code
    assert {case.reason: 1} == result.details["sources"]["hibp_breaches"]["reasons"]


@pytest.mark.parametrize(
    "status",
    [response("200 OK"), json_response({"Rpm": 10}), json_response({"IncludesKAnon": True})],
)
def test_a_plan_that_cannot_be_read_lets_no_address_out(
    db: Database, config: Config, wire: Wire, jane: Person, status: Reply
) -> None:
    """It might be one with k-anonymity, whose holder never wants an address sent."""
    wire.status = status

    result = recheck(db, config)

    assert [] == wire.asked
    assert {"source_changed": 1} == result.details["sources"]["hibp_breaches"]["reasons"]


def test_a_refused_key_sends_no_address(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.status = response("401 Unauthorized", INVALID_KEY, RAY)

    result = recheck(db, config)

    assert [] == wire.asked
    assert ("failed", 78) == (result.status, result.exit_code)
    assert {"unauthorised": 1} == result.details["sources"]["hibp_breaches"]["reasons"]


def test_what_follows_an_answer_on_the_wire_is_nobodys_answer(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    """A surplus response behind the canary's must not become the next person's."""
    surplus = EMPTY_404.replace(b"connection: close\r\n", b"")
    wire.canary = names("Adobe").replace(b"connection: close\r\n", b"") + surplus
    wire.keep_open = True
    wire.accounts["jane@example.com"] = names("Adobe")

    assert 1 == recheck(db, config).details["found"]


def test_a_long_wait_asked_for_ends_the_asking(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    from tests.conftest import add

    add(db, "John Doe", "john@example.com")
    wire.accounts["jane@example.com"] = response(
        "503 Service Unavailable", b"", "retry-after: 3600"
    )
    recheck(db, config)
    assert ["jane@example.com"] == wire.asked

    recheck(db, config)
    assert ["jane@example.com"] == wire.asked, "nor is it asked by the next run"


def test_the_datum_stands_on_the_ledger_before_it_is_on_the_wire(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    seen: list[int] = []

    def look_first(connection: socket.socket) -> None:
        with Database.open(db.path) as other:
            seen.append(len(disclosures.list_disclosures(other)))
        connection.sendall(EMPTY_404)

    wire.accounts["jane@example.com"] = look_first

    assert 1 == recheck(db, config).details["clean"]
    assert [1] == seen


@pytest.mark.parametrize("change", ["consent", "identifier", "source"])
def test_what_is_withdrawn_in_mid_run_is_not_sent(
    db: Database, config: Config, wire: Wire, jane: Person, change: str
) -> None:
    from tests.conftest import add

    john = add(db, "John Doe", "john@example.com")

    def withdraw(connection: socket.socket) -> None:
        with Database.open(db.path) as other:
            match change:
                case "consent":
                    consents.withdraw(other, john.id, HibpBreaches.profile)
                case "identifier":
                    people.remove_identifier(other, john.identifiers[0].id)
                case _:
                    enabling.disable(config, enabling.profile_of("hibp_breaches"))
        connection.sendall(EMPTY_404)

    wire.accounts["jane@example.com"] = withdraw

    result = recheck(db, config)

    assert ["jane@example.com"] == wire.asked
    assert 1 == len(disclosures.list_disclosures(db))
    assert {"no_consent": 1} == result.details["sources"]["hibp_breaches"]["reasons"]


def test_one_silence_is_overcome_by_a_second_try(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = [reset, names("Adobe")]

    result = recheck(db, config)

    assert "success" == result.status
    assert 2 == len(disclosures.list_disclosures(db)), "every request that carried it is entered"


def test_a_short_retry_after_is_waited_for(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = [
        response("429 Too Many Requests", b"", "retry-after: 2"),
        EMPTY_404,
    ]

    assert 1 == recheck(db, config).details["clean"]


def test_a_long_retry_after_is_respected_by_the_next_run(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = response("429 Too Many Requests", b"", "retry-after: 1834")
    recheck(db, config)
    before = len(wire.requests)

    result = recheck(db, config)

    assert before == len(wire.requests), "nothing was asked"
    assert {"rate_limited": 1} == result.details["sources"]["hibp_breaches"]["reasons"]
    (row,) = coverage.list_coverage(db, config, source="hibp_breaches")
    assert row["retry_at"] is not None


@pytest.mark.parametrize("reason", ["401 Unauthorized", "429 Too Many Requests"])
def test_after_a_refusal_no_further_address_is_sent(
    db: Database, config: Config, wire: Wire, jane: Person, reason: str
) -> None:
    from tests.conftest import add

    add(db, "John Doe", "john@example.com")
    wire.accounts["jane@example.com"] = response(reason)

    result = recheck(db, config)

    assert ["jane@example.com"] == wire.asked
    assert 2 == result.details["inconclusive"]


def test_a_failure_of_one_address_leaves_the_others_their_answers(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    from tests.conftest import add

    add(db, "John Doe", "john@example.com", "j.doe@work.example")
    wire.accounts["jane@example.com"] = response("200 OK", b"[]")
    wire.accounts["john@example.com"] = names("Adobe")

    result = recheck(db, config)

    assert ("partial", 0) == (result.status, result.exit_code)
    verdicts = {
        row["identifier"]: row["verdict"]
        for row in coverage.list_coverage(db, config, source="hibp_breaches")
    }
    assert {
        "jane@example.com": "inconclusive",
        "john@example.com": "found",
        "j.doe@work.example": "clean",
    } == verdicts


@pytest.mark.parametrize(
    ("address", "on_the_wire"),
    [
        ("jane+shop@example.com", "jane%2Bshop%40example.com"),
        ("o'neil/x@example.com", "o%27neil%2Fx%40example.com"),
        ("a%2e.b?c=d#e@example.com", "a%252e.b%3Fc%3Dd%23e%40example.com"),
        ("jürgen@example.com", "j%C3%BCrgen%40example.com"),
        ("..@example.com", None),
    ],
)
def test_an_address_is_one_encoded_path_segment(
    db: Database, config: Config, wire: Wire, address: str, on_the_wire: str | None
) -> None:
    from digital_footprint.errors import UsageError
    from tests.conftest import add

    if on_the_wire is None:
        with pytest.raises(UsageError):
            add(db, "Jane Doe", address)
        return
    add(db, "Jane Doe", address)

    recheck(db, config)

    assert f"GET /breachedaccount/{on_the_wire}?truncateResponse=true HTTP/1.1" in wire.requests


def test_requests_say_honestly_who_asks(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    recheck(db, config)

    for head in wire.heads:
        agent = next(line for line in head.splitlines() if line.lower().startswith("user-agent:"))
        assert "footprint-timers/" in agent
        assert "python" not in agent.lower()
        assert "mozilla" not in agent.lower()


def test_the_key_goes_only_to_endpoints_that_need_it(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.anybody = names("Adobe")

    recheck(db, config)

    keyless = [head for head in wire.heads if "hibp-api-key" not in head.lower()]
    assert ["GET /breaches HTTP/1.1"] == [head.splitlines()[0] for head in keyless]

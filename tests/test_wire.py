"""How a source is talked to: what goes out, what does not, and what a refusal ends."""

import socket

import pytest

from digital_footprint import consents, coverage, disclosures, enabling, people
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.http import Limits
from digital_footprint.model import JobResult, Person
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_breach_recheck
from digital_footprint.sources.hibp_breaches import HibpBreaches
from tests.wire import (
    EMPTY_404,
    Reply,
    Wire,
    json_response,
    names,
    reset,
    response,
)

RAY = "cf-ray: 8f0000000000abcd-FRA"
INVALID_KEY = b'{"statusCode":401,"message":"Access denied due to invalid hibp-api-key."}'


def recheck(db: Database, config: Config) -> JobResult:
    return job_breach_recheck(db, config, Options(limits=Limits(connect=5, read=10, total=30)))


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

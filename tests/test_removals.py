"""Looking at saved listings: what is asked of whom, what is concluded, what is kept."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import consents, disclosures, looks, people, removal_log, removals
from digital_footprint.brokers import load_brokers
from digital_footprint.clock import to_text
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.demo.farm import AWAY, CHALLENGE, GONE, BrokerFarm, Reply, listing
from digital_footprint.http import Limits
from digital_footprint.model import ConsentBasis, IdentifierKind, JobResult, Person
from digital_footprint.removal_dates import request_made
from digital_footprint.removal_events import Disowned, Escalated, Law, OwnEyes, SeenListed
from digital_footprint.removal_log import UnknownPace, get
from digital_footprint.removal_states import name_of
from digital_footprint.removal_view import document
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_verify_removals
from digital_footprint.schema import MIGRATIONS
from tests.conftest import CommandLine, HandClock, add

JANE = listing("Jane Doe", "12 Elm Street", "Springfield")
STRANGER = listing("Jane Roe", "Shelbyville")


@pytest.fixture
def farm() -> Iterator[BrokerFarm]:
    with BrokerFarm() as one:
        yield one


@pytest.fixture
def places(paths: Paths) -> Config:
    for slug in ("one", "two"):
        write_broker(paths.config, slug)
    return load_config(paths)


def write_broker(config: Path, slug: str, site: str = "http://127.0.0.1") -> None:
    path = config / "brokers" / f"{slug}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"name: Broker {slug.title()}\ndomains: [{site.partition('://')[2]}]\n"
        f"opt_out: {{url: '{site}/opt-out'}}\nlast_verified: 2026-11-22\nsource: a test\n",
        encoding="utf-8",
    )


@pytest.fixture
def subject(jane: Person, db: Database) -> Person:
    people.add_identifier(db, jane, IdentifierKind.CITY, "Springfield")
    return people.get_person(db, str(jane.id))


class Gate:
    """Holds an answer back until it is opened."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> Reply:
        self.reached.set()
        self.open.wait(60)
        return self.reply


@dataclass
class Watch:
    """A person's listings at the farm, looked at on days of the test's choice."""

    db: Database
    config: Config
    farm: BrokerFarm
    clock: HandClock
    person: Person

    def save(self, path: str, broker: str = "one", asked: bool = False) -> int:
        known = load_brokers(self.config.paths.config / "brokers")
        now = self.clock.now()
        return removals.add(
            self.db, self.person, ConsentBasis.SELF, broker=broker, pace=known[broker],
            url=path if "://" in path else self.farm.url(path), now=now, submitted=now if asked else None,
        )  # fmt: skip

    def look(self, days: float = 0) -> JobResult:
        self.clock.moment += timedelta(days=days)
        options = Options(clock=self.clock.clock(), limits=Limits(attempts=1))
        result = job_verify_removals(self.db, self.config, options)
        if "reason" not in result.details and result.run_id:
            self._assert_counted(result.run_id, result.details)
        return result

    def _assert_counted(self, run_id: int, details: dict[str, Any]) -> None:
        """What was counted look by look is what the rows say."""
        counted = looks.tally_looks(self.db, run_id)
        left_out = {"planned": 0, "carried": 0}
        assert counted | left_out | {"sources": None} == details | left_out | {"sources": None}
        for source, counts in counted["sources"].items():
            assert counts | left_out == details["sources"][source] | left_out

    def state(self, removal_id: int) -> str:
        return name_of(get(self.db, removal_id).state)

    def verdicts(self, removal_id: int) -> list[Any]:
        events = get(self.db, removal_id).recorded
        return [one.details.get("reason") or one.to_state for one in events if one.run_id]


@pytest.fixture
def watch(
    db: Database, places: Config, farm: BrokerFarm, hand_clock: HandClock, subject: Person
) -> Watch:
    return Watch(db, places, farm, hand_clock, subject)


def test_a_listing_is_removed_after_two_looks_days_apart_and_can_come_back(watch: Watch) -> None:
    watch.farm.pages["/7-jane"] = JANE
    listing_id = watch.save("/7-jane", asked=True)
    assert "skipped" == watch.look(1).status
    watch.farm.pages["/7-jane"] = GONE

    first = watch.look(2)
    assert ("success", 1, 0) == (first.status, first.details["clean"], first.details["verified"])
    assert "not_seen_once" == watch.state(listing_id)
    assert "nothing_due" == watch.look(2).details["reason"], "two days are not three"
    second = watch.look(1)
    assert 1 == second.details["verified"]
    assert "removed_verified" == watch.state(listing_id)
    watch.farm.pages["/7-jane"] = JANE
    third = watch.look(30)

    assert (1, 1, 0) == tuple(third.details[key] for key in ("found", "new", "known"))
    assert "resurfaced" == watch.state(listing_id)


def test_a_clock_that_is_set_ahead_between_two_looks_makes_no_days_of_minutes(watch: Watch) -> None:
    listing_id = watch.save("/7-gone")
    watch.look()
    watch.clock.set(days=10)

    second = watch.look(0.01)

    assert (1, 0) == (second.details["clean"], second.details["verified"])
    assert "not_seen_once" == watch.state(listing_id)
    looks = [one for one in get(watch.db, listing_id).recorded if one.run_id]
    assert {"boot"} == {one.details["boot"]["id"] for one in looks}
    assert "nothing_due" == watch.look(2).details["reason"]
    assert 1 == watch.look(1).details["verified"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (CHALLENGE, "blocked"),
        (AWAY, "server_error"),
        (Reply(429, "", {"retry-after": "3600"}), "rate_limited"),
        (Reply(302, "", {"location": "/"}), "source_changed"),
        (Reply(401), "unauthorised"),
        (Reply(200, ""), "source_changed"),
        (Reply(200, "x" * 3_000_000), "too_large"),
        (STRANGER, "source_changed"),
    ],
)  # fmt: skip
def test_what_tells_nothing_moves_nothing_and_is_counted(
    watch: Watch, reply: Reply, reason: str
) -> None:
    watch.farm.pages["/7-jane"] = reply
    listing_id = watch.save("/7-jane")

    result = watch.look()

    assert "match_found" == watch.state(listing_id)
    assert "failed" == result.status
    assert {reason: 1} == result.details["sources"]["broker:one"]["reasons"]
    assert [reason] == watch.verdicts(listing_id)
    if reason != "too_large":
        details = get(watch.db, listing_id).recorded[-1].details
        assert (reply.status, watch.farm.url("/7-jane")) == (
            details["evidence"]["status"], details["evidence"]["final_url"],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("front", "reason"),
    [(CHALLENGE, "blocked"), (AWAY, "server_error"), (GONE, "source_changed"),
     (Reply(302, "", {"location": "/login"}), "source_changed")],
)  # fmt: skip
def test_without_a_control_nothing_is_gone(watch: Watch, front: Reply, reason: str) -> None:
    watch.farm.pages |= {"/": front, "/7-there": JANE}
    there, gone, also = watch.save("/7-there"), watch.save("/7-gone"), watch.save("/7-also")

    result = watch.look()

    assert [reason] == watch.verdicts(gone) == watch.verdicts(also)
    assert ["match_found"] == watch.verdicts(there), "what is listed needs no control"
    assert (1, 0, 2) == tuple(result.details[key] for key in ("found", "clean", "inconclusive"))
    assert 1 == watch.farm.seen.count("/"), "once per broker and run"


def test_the_control_is_asked_for_once_and_only_where_something_is_gone(watch: Watch) -> None:
    watch.farm.pages["/7-there"] = JANE
    watch.save("/7-there")
    watch.look()
    assert ["/7-there"] == watch.farm.seen
    watch.save("/7-a")
    watch.save("/7-b")

    watch.look()

    assert ["/7-there", "/7-a", "/", "/7-b"] == watch.farm.seen


def test_a_control_that_failed_fails_for_every_host_of_its_broker(watch: Watch) -> None:
    with BrokerFarm() as elsewhere:
        watch.farm.pages["/"] = CHALLENGE
        walled = watch.save("/7-gone")
        open_ = watch.save(elsewhere.url("/7-gone"))

        watch.look()

        assert ["blocked"] == watch.verdicts(walled) == watch.verdicts(open_)


@pytest.fixture
def elsewhere() -> Iterator[BrokerFarm]:
    """Another host of the same broker."""
    with BrokerFarm() as one:
        yield one


def test_a_control_that_fails_later_takes_back_what_was_gone_at_its_broker(
    watch: Watch, elsewhere: BrokerFarm
) -> None:
    open_ = watch.save(elsewhere.url("/7-gone"))
    watch.look()
    watch.farm.pages["/"] = CHALLENGE
    walled = watch.save("/7-gone")
    watch.db.execute("UPDATE removals SET next_check_at = :at", {"at": to_text(watch.clock.now())})

    result = watch.look(3)

    assert ["/7-gone", "/", "/7-gone", "/"] == elsewhere.seen, (
        "it was asked first, and its control too"
    )
    assert "not_seen_once" == watch.state(open_), "the first look, of a run before, stands"
    assert "blocked" == watch.verdicts(open_)[-1] == watch.verdicts(walled)[-1]
    counts = [result.details[key] for key in ("checks", "clean", "verified", "inconclusive")]
    assert [2, 0, 0, 2] == counts
    assert ["blocked"] * 2 == [row["reason"] for row in looks.of_run(watch.db, result.run_id or 0)]


def test_a_wall_that_goes_up_during_a_run_takes_back_what_was_gone_before(watch: Watch) -> None:
    def late() -> Reply:
        watch.clock.moment += timedelta(minutes=11)
        watch.farm.pages["/"] = CHALLENGE
        return JANE

    watch.farm.pages["/7-there"] = late
    before, there, after = (watch.save(path) for path in ("/7-a", "/7-there", "/7-b"))

    result = watch.look()

    assert "match_found" == watch.state(before) == watch.state(after)
    assert ["match_found"] == watch.verdicts(there), "what is listed needs no control"
    assert (1, 0, 2) == tuple(result.details[key] for key in ("found", "clean", "inconclusive"))


def test_what_rests_on_a_look_that_is_to_be_taken_back_stops_no_other_from_being_taken_back(
    watch: Watch,
) -> None:
    relied_on, neighbour = watch.save("/7-a"), watch.save("/7-b")
    watch.look()

    def complaint() -> Reply:
        watch.clock.moment += timedelta(minutes=11)
        watch.farm.pages["/"] = CHALLENGE
        now = watch.clock.now()
        with Database.open(watch.config.paths.database) as other:
            for told in (SeenListed(now, OwnEyes()), Escalated(now)):
                removals.mark(other, relied_on, told, pace=UnknownPace(), note="")
        return JANE

    watch.clock.moment += timedelta(days=2)
    watch.farm.pages["/7-there"] = complaint
    there, last = watch.save("/7-there"), watch.save("/7-c")
    watch.db.execute("UPDATE removals SET next_check_at = added_at")

    result = watch.look(1.01)

    assert "partial" == result.status
    assert "escalated" == watch.state(relied_on)
    assert "not_seen_once" == watch.state(neighbour), "the look of the run before stands"
    assert "match_found" == watch.state(there) == watch.state(last)
    assert ["blocked"] == watch.verdicts(last)


def cut_off(watch: Watch, run_id: int | None) -> None:
    """Leave a run as `kill -9` does, once it had entered its last look."""
    watch.db.execute(
        "UPDATE scheduled_runs SET status = 'interrupted' WHERE id = :id", {"id": run_id}
    )


@pytest.mark.parametrize("walled_first", [True, False])
def test_a_control_that_failed_fails_for_the_run_that_goes_on_after_a_kill(
    watch: Watch, elsewhere: BrokerFarm, walled_first: bool
) -> None:
    watch.farm.pages["/"] = CHALLENGE
    hosts = [watch.farm, elsewhere] if walled_first else [elsewhere, watch.farm]
    first = watch.save(hosts[0].url("/7-gone"))
    cut_off(watch, watch.look().run_id)
    second = watch.save(hosts[1].url("/7-gone"))

    result = watch.look(0.01)

    assert "blocked" == watch.verdicts(first)[-1] == watch.verdicts(second)[-1]
    assert "match_found" == watch.state(first) == watch.state(second)
    details = result.details
    assert 2 == details["planned"] == details["checks"] + details["carried"]
    assert 0 == details["clean"]


def test_an_address_that_is_no_longer_the_brokers_is_not_asked_for(watch: Watch) -> None:
    listing_id = watch.save("/7-jane")
    write_broker(watch.config.paths.config, "one", "https://example.org")

    watch.look()

    assert ["not_configured"] == watch.verdicts(listing_id)
    assert [] == watch.farm.seen
    assert [] == disclosures.list_disclosures(watch.db)


def test_a_control_of_long_before_is_asked_again(watch: Watch) -> None:
    def late() -> Reply:
        watch.clock.moment += timedelta(minutes=11)
        return JANE

    watch.farm.pages["/7-there"] = late
    for path in ("/7-a", "/7-there", "/7-b"):
        watch.save(path)

    watch.look()

    assert ["/7-a", "/", "/7-there", "/7-b", "/"] == watch.farm.seen


def test_five_looks_in_a_row_that_tell_nothing_are_reported_once(watch: Watch) -> None:
    watch.farm.pages["/7-jane"] = CHALLENGE
    listing_id = watch.save("/7-jane")

    told = [watch.look(days).details.get("unverifiable") for days in (0, 1, 1, 2, 4, 30, 30)]

    assert [0, 0, 0, 0, 1, 0, 0] == told
    assert "blocked" == watch.state(listing_id)
    watch.farm.pages["/7-jane"] = JANE
    watch.look(30)
    assert "match_found" == watch.state(listing_id)


def test_one_page_of_a_broker_at_a_time_with_a_pause_in_which_others_are_asked(
    watch: Watch,
) -> None:
    for path in ("/7-a", "/7-b", "/7-c"):
        watch.farm.pages[path] = watch.farm.pages[f"{path}2"] = JANE
        watch.save(path)
    watch.save("/7-a2", broker="two")

    watch.look()

    assert ["/7-a", "/7-a2", "/7-b", "/7-c"] == watch.farm.seen
    assert [5.0, 5.0] == watch.clock.slept


def test_a_broker_that_asks_for_a_pause_is_left_alone(watch: Watch) -> None:
    watch.farm.pages["/7-a"] = Reply(429, "", {"retry-after": "7200"})
    first, second = watch.save("/7-a"), watch.save("/7-b")

    watch.look()

    assert ["/7-a"] == watch.farm.seen
    assert ["rate_limited"] == watch.verdicts(first) == watch.verdicts(second)
    assert "nothing_due" == watch.look(0.05).details["reason"]
    assert 0 == document(get(watch.db, second), watch.clock.now())["inconclusive_in_a_row"]


def test_a_broker_that_turns_page_after_page_away_is_left_alone(watch: Watch) -> None:
    paths = [f"/{number}" for number in range(7)]
    watch.farm.pages |= dict.fromkeys(paths, CHALLENGE)
    for path in paths:
        watch.save(path)

    result = watch.look()

    assert paths[:5] == watch.farm.seen
    assert (5, 2) == (result.details["inconclusive"], result.details["skipped"])
    assert "nothing_due" == watch.look(0.1).details["reason"]
    watch.look(0.9)
    assert paths[5:] == watch.farm.seen[5:7], "whoever was passed over comes first"


def test_a_broker_that_refused_is_left_alone_in_the_runs_that_follow_too(watch: Watch) -> None:
    watch.farm.pages["/7-a"] = Reply(429)
    watch.save("/7-a")
    watch.look()
    late, other = watch.save("/7-b"), watch.save("/7-c", broker="two")

    result = watch.look(0.05)

    assert ["/7-a", "/7-c", "/"] == watch.farm.seen
    assert (["rate_limited"], "not_seen_once") == (watch.verdicts(late), watch.state(other))
    assert 1 == result.details["skipped"]
    assert "nothing_due" == watch.look(0.8).details["reason"]
    watch.look(0.2)
    assert "/7-b" in watch.farm.seen


def test_each_look_is_on_the_ledger_and_is_all_that_is_sent(watch: Watch) -> None:
    watch.farm.pages["/7-jane?id=1"] = JANE
    watch.save("/7-jane?id=1")
    result = watch.look()

    (row,) = disclosures.list_disclosures(watch.db)
    expected = ("Jane Doe", watch.farm.url("/7-jane?id=1"), "saved listing URL", "broker:one")
    assert expected == (row["person"], row["identifier"], row["datum"], row["source"])
    assert result.run_id == row["run"]


def test_who_withdraws_is_not_looked_for(watch: Watch) -> None:
    watch.save("/7-jane")
    consents.withdraw(watch.db, watch.person.id, removal_log.wording("one"))

    assert "nothing_due" == watch.look().details["reason"]
    assert [] == watch.farm.seen


def test_what_is_given_up_in_mid_run_is_not_asked_for(watch: Watch) -> None:
    first, second = watch.save("/7-first"), watch.save("/7-second")

    def disown() -> Reply:
        with Database.open(watch.config.paths.database) as other:
            now = watch.clock.now()
            removals.mark(other, second, Disowned(now), pace=UnknownPace(), note="")
        return JANE

    watch.farm.pages["/7-first"] = disown
    result = watch.look()

    assert ["/7-first"] == watch.farm.seen
    assert (["match_found"], ["no_consent"]) == (watch.verdicts(first), watch.verdicts(second))
    assert 1 == result.details["skipped"]


@pytest.mark.parametrize("told", ["mark", "run"])
def test_what_is_dated_ahead_is_told_and_stops_nobody_else(watch: Watch, told: str) -> None:
    watch.farm.pages["/7-fine"] = JANE
    ahead = watch.save("/7-gone")
    if told == "mark":
        now = watch.clock.now()
        mark = request_made(now + timedelta(days=99), Law.NONE, UnknownPace())
        removals.mark(watch.db, ahead, mark, pace=UnknownPace(), note="")
    else:
        watch.look(99)
        watch.clock.moment -= timedelta(days=99)
    watch.farm.seen.clear()
    fine = watch.save("/7-fine")

    result = watch.look()

    assert ["/7-fine"] == watch.farm.seen
    assert ["match_found"] == watch.verdicts(fine)
    assert "not_configured" in watch.verdicts(ahead)
    told_of = [one for one in get(watch.db, ahead).recorded if one.run_id == result.run_id]
    assert f"footprint removal undo {ahead}" in told_of[-1].details["note"]
    now = watch.clock.now()
    while removals.ahead_of(watch.db, ahead, now):
        removals.undo(watch.db, ahead, pace=UnknownPace(), now=now)
    watch.look(1)
    assert "not_seen_once" == watch.state(ahead)


def test_a_broker_whose_file_is_gone_is_not_asked(watch: Watch) -> None:
    listing_id = watch.save("/7-jane")
    (watch.config.paths.config / "brokers" / "one.yaml").unlink()

    result = watch.look()

    assert [] == watch.farm.seen
    assert ["not_configured"] == watch.verdicts(listing_id)
    assert 78 == result.exit_code


def test_a_network_that_is_away_is_temporary(watch: Watch) -> None:
    watch.save("/7-jane")
    watch.farm.__exit__()

    result = watch.look()

    assert ("failed", 75) == (result.status, result.exit_code)
    assert "skipped" == watch.look(0.001).status
    assert "failed" == watch.look(0.01).status, "the same morning's second try"


def test_the_counts_are_those_of_the_rows(watch: Watch) -> None:
    watch.farm.pages |= {"/7-there": JANE, "/7-wall": CHALLENGE}
    for path in ("/7-there", "/7-gone", "/7-wall"):
        watch.save(path)

    details = watch.look().details

    assert "partial" == watch.db.get_last_run("verify_removals")["status"]  # type: ignore[index]
    expected = {
        "planned": 3, "checks": 3, "answered": 2, "carried": 0, "found": 1, "clean": 1,
        "inconclusive": 1, "skipped": 0, "new": 0, "known": 1, "verified": 0,
        "removals_checked": 2, "persons_checked": 1,
    }  # fmt: skip
    assert expected == {key: details[key] for key in expected}
    assert details["planned"] == details["sources"]["broker:one"]["planned"]


def test_another_name_of_the_person_does_not_tell_them_from_a_namesake(watch: Watch) -> None:
    people.add_identifier(watch.db, watch.person, IdentifierKind.ALIAS, "Janie Doe")
    watch.farm.pages["/7-jane"] = listing("Jane Doe", "also known as Janie Doe", "Shelbyville")
    listing_id = watch.save("/7-jane")

    watch.look()

    assert ["source_changed"] == watch.verdicts(listing_id)


def test_evidence_is_kept_and_the_page_is_not(watch: Watch) -> None:
    watch.farm.pages["/7-jane"] = JANE
    listing_id = watch.save("/7-jane")
    watch.look()

    (event,) = [one for one in get(watch.db, listing_id).recorded if one.run_id]
    evidence = event.details["evidence"]
    assert {"final_url", "status", "marker", "text_sha256", "rule"} == set(evidence)
    assert (watch.farm.url("/7-jane"), 200) == (evidence["final_url"], evidence["status"])
    assert 64 == len(evidence["text_sha256"])
    assert "Elm Street" not in json.dumps(event.details)


@pytest.fixture
def due_by_now(watch: Watch) -> Watch:
    """Six listings, due for a run that has the machine's own clock."""
    for number in range(6):
        watch.farm.pages[f"/{number}"] = JANE
        watch.save(f"/{number}", broker="one" if number % 2 else "two")
    return watch


def test_after_a_kill_no_page_is_asked_for_twice(
    run: CommandLine, due_by_now: Watch, home: Path
) -> None:
    farm = due_by_now.farm
    held = farm.pages["/3"] = Gate(JANE)
    first = run.start("footprint-job", "run", "verify_removals")
    assert held.reached.wait(60)
    first.kill()
    first.communicate(timeout=60)
    held.open.set()
    before = list(farm.seen)
    assert 4 == len(before)

    second = run("footprint-job", "run", "verify_removals", "--json")

    assert 6 == len(farm.seen) == len(set(farm.seen))
    details = second.json["details"]
    assert (6, 3, 3) == tuple(details[key] for key in ("planned", "carried", "checks"))
    assert {"interrupted": 1} == {
        reason: count
        for counts in details["sources"].values()
        for reason, count in counts["reasons"].items()
    }
    rows = due_by_now.db.get_run_history()
    assert ["partial", "interrupted"] == [row["status"] for row in rows]


def test_a_page_that_gave_no_answer_before_a_kill_is_asked_for_when_it_is_due_again(
    watch: Watch,
) -> None:
    listing_id = watch.save("/7-wanted")
    watch.farm.pages["/7-wanted"] = Reply(200, "x" * 3_000_000)
    cut_off(watch, watch.look().run_id)
    watch.db.execute("UPDATE removals SET next_check_at = :at", {"at": to_text(watch.clock.now())})
    watch.farm.pages["/7-wanted"] = JANE

    watch.look(0.01)

    assert ["too_large", "match_found"] == watch.verdicts(listing_id)


def test_what_had_left_before_stays_on_the_ledger(
    paths: Paths, tmp_path: Path, hand_clock: HandClock
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    (first / "0001_first.sql").write_bytes((MIGRATIONS / "0001_first.sql").read_bytes())
    with Database.open(paths.database, migrations=first) as db:
        jane = add(db, "Jane Doe", "jane@example.com")
        row = {
            "person_id": jane.id, "identifier_id": jane.identifiers[0].id, "source": "s",
            "recipient": "r", "datum": "email", "sent_at": "2026-11-01T00:00:00Z",
        }  # fmt: skip
        for _ in range(3):
            db.insert("disclosures", row)

    with Database.open(paths.database) as db:
        kept = disclosures.list_disclosures(db)
        assert [3, 2, 1] == [one["id"] for one in kept]
        assert {"jane@example.com"} == {one["identifier"] for one in kept}
        assert 4 == db.insert("disclosures", row)

"""A message reaches its channel once: over refusals, crashes, quiet hours and a second sender."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from digital_footprint import secrets
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.model import JobResult, Person
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_breach_recheck
from tests.conftest import HandClock
from tests.receiver import Receiver
from tests.wire import Wire, names

DAY = timedelta(days=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture
def told(config: Config, receiver: Receiver, paths: Paths) -> Config:
    """A home with one channel, the receiver."""
    with paths.config_file.open("a", encoding="utf-8") as file:
        file.write('[alerts.channels.phone]\nkind = "apprise"\n')
    secrets.set_secret(paths, "alert_phone", receiver.url)
    return load_config(paths)


Recheck = Callable[[], JobResult]


@pytest.fixture
def recheck(db: Database, told: Config, hand_clock: HandClock) -> Recheck:
    """Run the job by the clock of the test, a day after the one before."""

    def run() -> JobResult:
        hand_clock.moment += DAY
        return job_breach_recheck(db, told, Options(clock=hand_clock.clock()))

    return run


def states(db: Database) -> list[str]:
    return [row["state"] for row in db.query("SELECT state FROM messages ORDER BY id")]


def test_a_new_channel_is_told_what_is_open_and_then_what_is_new(
    db: Database, recheck: Recheck, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    recheck()
    assert [
        "1 open of 1 finding.\nFrom now on this channel is told what changes.\nSee: footprint findings"
    ] == receiver.texts
    recheck()
    assert 1 == len(receiver.messages), "nothing was new"

    wire.accounts["jane@example.com"] = names("Adobe", "Dropbox")
    assert "" == recheck().warning

    assert "1 new finding. 2 open of 2.\nSee: footprint findings" == receiver.texts[-1]
    assert ["sent", "sent"] == states(db)

"""Looks at every listing whose time has come, one page of a broker after the other.

Each look is committed before the next begins. What is not listed counts only beside the broker's
own front page, seen in the same run; so a control that fails takes earlier looks back as well.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from digital_footprint import disclosures, removals
from digital_footprint.alerts import announcing
from digital_footprint.database import Database, Row
from digital_footprint.looks import RunningLooks, gone_in, looked_at_in
from digital_footprint.removal_dates import Pace
from digital_footprint.removal_events import NotSure, PassedOver, SeenGone
from digital_footprint.removal_log import Recorded, get, pace_of, record, take_back
from digital_footprint.removal_states import IllegalMoveError
from digital_footprint.tally import Pair
from digital_footprint.text import plain
from digital_footprint.verdicts import Reason
from digital_footprint.visit import Looking, Seen, Visit

__all__ = ["Looking", "plan", "verify"]


def verify(looking: Looking, due: Sequence[Row]) -> dict[str, Any]:
    """Look at every one of `due` (of `removals.due`); give the run's counts.

    A page that an interrupted run may have fetched, without a verdict of it, is not asked for
    again: should it be what ended that run, it would end this one too.
    """
    asked_already = _cut_off(looking)
    looking.progress.start("verify_removals", len(due))
    counted = RunningLooks(looking.db, looking.run_id, looking.planned, looking.carried)
    looking.db.update_scheduled_run(looking.run_id, details=counted.details)
    visit = Visit(looking)
    for one in _in_turn(due):
        if ahead := removals.ahead_of(looking.db, one["id"], looking.clock.now()):
            seen = visit.unsure(Reason.NOT_CONFIGURED, ahead)
        elif one["id"] in asked_already:
            seen = visit.unsure(Reason.INTERRUPTED, "asked for by a run that was cut off")
        else:
            seen = visit.look_at(one)
        _enter(looking, one, seen, counted)
        looking.progress.step(f"broker:{one['broker']}")
    return counted.details


def _cut_off(looking: Looking) -> set[int]:
    """Give the listings that an interrupted run asked for and entered no look at."""
    cut_off: set[int] = set()
    for run_id in looking.taken_up:
        entered = {removal for removal, _ in looked_at_in(looking.db, [run_id])}
        cut_off |= disclosures.listings_sent_in(looking.db, [run_id]) - entered
    return cut_off


def plan(
    db: Database, due: Sequence[Row], taken_up: Sequence[int]
) -> tuple[frozenset[Pair], frozenset[Pair]]:
    """Give what a run is about: all (removal, source) pairs, and those looked at already."""
    still = {(one["id"], f"broker:{one['broker']}") for one in due}
    carried = looked_at_in(db, list(taken_up)) - still
    return frozenset(still | carried), carried


def _in_turn(due: Sequence[Row]) -> Iterator[Row]:
    """Go from broker to broker, so that the pause at one is the time for the others."""
    by_broker: dict[str, list[Row]] = {}
    for one in due:
        by_broker.setdefault(one["broker"], []).append(one)
    rounds = zip_longest(*by_broker.values())
    return (one for one in chain.from_iterable(rounds) if one is not None)


def _enter(looking: Looking, one: Row, seen: Seen, counted: RunningLooks) -> None:
    """Commit a look with all that follows from it, and the run's counts so far."""
    db, run_id = looking.db, looking.run_id
    pace = pace_of(looking.brokers, one["broker"])
    with db.transaction():
        before = announcing.newest(db)
        if isinstance(seen.look, PassedOver):
            record(db, one["id"], [seen.look], pace=pace, run_id=run_id, more=seen.more())
        else:
            removals.record_look(
                db, one["id"], seen.look, pace=pace, run_id=run_id, more=seen.more()
            )
        counted.add(one["id"], one["person_id"])
        if _take_back_gone(looking, one["broker"], seen):
            counted.recount()
        announcing.announce(db, looking.config, before)
        db.update_scheduled_run(run_id, details=counted.details)


def _take_back_gone(looking: Looking, slug: str, seen: Seen) -> bool:
    """Let nothing of a broker count as not listed that the run saw before its control failed.

    What an interrupted run saw belongs to the run that takes it up. Say whether there was any.
    """
    failed = seen.look
    if seen.control_failed is None or not isinstance(failed, NotSure):
        return False
    db, pace = looking.db, pace_of(looking.brokers, slug)
    runs = [looking.run_id, *looking.taken_up]
    more = {"note": plain(f"not there, but the control failed later: {seen.control_failed}")}
    wrong = [
        (removal_id, one)
        for removal_id in gone_in(db, runs, slug)
        for one in get(db, removal_id).recorded
        if one.run_id in runs and isinstance(one.event, SeenGone) and not one.undone
    ]
    taken = [
        removal_id
        for removal_id, one in wrong
        if _is_taken_back(looking, removal_id, one, pace=pace, now=failed.at)
    ]
    for removal_id in taken:
        removals.record_look(db, removal_id, failed, pace=pace, run_id=looking.run_id, more=more)
    return bool(taken)


def _is_taken_back(
    looking: Looking, removal_id: int, one: Recorded, *, pace: Pace, now: datetime
) -> bool:
    """Take a look back; where something that the person told rests on it, it alone stays."""
    try:
        take_back(looking.db, removal_id, one, pace=pace, now=now, run_id=looking.run_id)
    except IllegalMoveError:
        return False
    return True

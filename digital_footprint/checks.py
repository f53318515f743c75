"""Asks every source that is switched on about every identifier it may be asked about.

One check is one (identifier, source) pair; each ends in a verdict that is committed before the
next one begins.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from digital_footprint import consents, findings, observations
from digital_footprint.alerts import announcing
from digital_footprint.asking import Asking
from digital_footprint.clock import to_text
from digital_footprint.config import Config
from digital_footprint.conversation import Conversation
from digital_footprint.database import Database
from digital_footprint.model import Identifier
from digital_footprint.sources import Profile, Source
from digital_footprint.switches import On, switch
from digital_footprint.tally import RunningTally, tally
from digital_footprint.verdicts import (
    Clean,
    FindingCounts,
    Found,
    Inconclusive,
    Reason,
    Skipped,
    Verdict,
)


def check_all(
    asking: Asking, sources: Sequence[type[Source]], identifiers: Sequence[Identifier]
) -> dict[str, Any]:
    """Make every check of these sources that is due; give the run's counts."""
    wanted = {source.profile.name: _due(asking, source.profile, identifiers) for source in sources}
    pairs = {(one.id, name) for name, due in wanted.items() for one in due}
    asking = replace(asking, carried=asking.carried & pairs)
    job = sources[0].profile.job if sources else ""
    asking.progress.start(job, len(pairs) - len(asking.carried))
    counted = RunningTally(asking.db, asking.run_id, pairs, asking.carried)
    _write(asking, counted.details)
    rest = [(source, _not_carried(asking, source, wanted)) for source in sources]
    try:
        for source, identifiers_of_source in rest:
            _check_source(asking, source, identifiers_of_source, counted)
    except BaseException:
        asking.db.rollback()
        asking.db.hurry()
        with asking.db.transaction():
            _enter_the_rest(asking, rest)
            _write(asking, tally(asking.db, asking.run_id, pairs, asking.carried))
        raise
    return tally(asking.db, asking.run_id, pairs, asking.carried)


def switched_on(
    db: Database, config: Config, sources: Sequence[type[Source]]
) -> list[type[Source]]:
    """Give those of the sources that are on."""
    return [source for source in sources if isinstance(switch(db, config, source.profile), On)]


def _due(asking: Asking, profile: Profile, identifiers: Sequence[Identifier]) -> list[Identifier]:
    """Give the identifiers to ask a source about: who waits longest for an answer comes first.

    Where a service's limit does not reach for everybody, the next run goes on where this one ended.
    """
    mine = [identifier for identifier in identifiers if identifier.kind in profile.kinds]
    times = observations.last_times(asking.db, profile.name)
    if profile.every is not None and not asking.all_due:
        latest = to_text(asking.clock.now() - profile.every)
        mine = [one for one in mine if times.asked.get(one.id, "") <= latest]
    return sorted(mine, key=lambda one: times.answered.get(one.id, ""))


def _not_carried(
    asking: Asking, source: type[Source], wanted: Mapping[str, list[Identifier]]
) -> list[Identifier]:
    name = source.profile.name
    return [one for one in wanted[name] if (one.id, name) not in asking.carried]


def _check_source(
    asking: Asking, source: type[Source], identifiers: Sequence[Identifier], counted: RunningTally
) -> None:
    """Make the checks of one source."""
    name = source.profile.name
    consenting = consents.consenting(asking.db, source.profile)
    with ExitStack() as stack:
        conversation = Conversation(asking, source, stack)
        for identifier in identifiers:
            may_ask = identifier.person_id in consenting
            verdict = conversation.ask(identifier) if may_ask else Skipped(Reason.NO_CONSENT)
            with asking.db.transaction():
                counts = _enter(asking, name, identifier, verdict)
                counted.add(name, identifier, verdict, counts)
                _write(asking, counted.details)
            asking.progress.step(name)


def _enter_the_rest(asking: Asking, rest: Sequence[tuple[type[Source], list[Identifier]]]) -> None:
    """Enter every check that a run broken off has not made, at once: whoever stops it waits."""
    for source, identifiers in rest:
        name = source.profile.name
        consenting = consents.consenting(asking.db, source.profile)
        entered = observations.entered(asking.db, asking.run_id, name)
        for identifier in identifiers:
            if identifier.id in entered:
                continue
            if identifier.person_id in consenting:
                _enter(asking, name, identifier, Inconclusive(Reason.INTERRUPTED))
            else:
                _enter(asking, name, identifier, Skipped(Reason.NO_CONSENT))


def _enter(asking: Asking, source: str, identifier: Identifier, verdict: Verdict) -> FindingCounts:
    """Enter a verdict with everything that follows from it, within the caller's transaction."""
    at = to_text(asking.clock.now())
    before = announcing.newest(asking.db)
    counts = _record_findings(asking, source, identifier, verdict, at)
    announcing.announce(asking.db, asking.config, before)
    observations.record(
        asking.db,
        identifier,
        run_id=asking.run_id,
        source=source,
        verdict=verdict,
        counts=counts,
        at=at,
    )
    return counts


def _write(asking: Asking, details: dict[str, Any]) -> None:
    asking.db.update_scheduled_run(asking.run_id, details=details)


def _record_findings(
    asking: Asking, source: str, identifier: Identifier, verdict: Verdict, at: str
) -> FindingCounts:
    if not isinstance(verdict, Found | Clean):
        return FindingCounts()
    sightings = verdict.sightings if isinstance(verdict, Found) else ()
    first_answer = observations.is_first_answer(asking.db, identifier, source)
    context = findings.Context(asking.run_id, source, at, first_answer)
    new = sum(findings.record(asking.db, identifier, sighting, context) for sighting in sightings)
    findings.note_absent(asking.db, identifier, verdict, context)
    return FindingCounts(
        found=len(sightings),
        new=new,
        baseline=new if first_answer else 0,
        undetailed=sum(sighting.details is None for sighting in sightings),
    )

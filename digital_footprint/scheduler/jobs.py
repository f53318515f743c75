"""What each job does."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace

from digital_footprint import people, tally
from digital_footprint.alerts import notices, outbox
from digital_footprint.alerts.notices import Trouble
from digital_footprint.alerts.ping import Switch
from digital_footprint.clock import to_text
from digital_footprint.config import Config
from digital_footprint.database import Database, explain
from digital_footprint.model import IdentifierKind, JobResult, RunStatus, SkipReason
from digital_footprint.scheduler.attempt import Options, Outcome, attempt

# The unit's own time-out comes this much later, so that the row is ended by us.
MARGIN_SECONDS = 60

NOT_YET = "all that is turned on was asked not long ago; ask all the same with: --full"
AGREE = "nobody has agreed to it: footprint source enable"
AGREE_AGAIN = "the consent was withdrawn meanwhile: footprint removal list"


def job_breach_recheck(db: Database, config: Config, options: Options | None = None) -> JobResult:
    """Ask every breach source about every address of every person, once, as one row.

    Raises TemporaryError, without a row, when it is running already.
    """
    chosen = options or Options()

    def work(run_id: int) -> Outcome:
        return _check_addresses(db, config, "breach_recheck", run_id, chosen)

    return _attempt_and_tell(db, config, "breach_recheck", work, chosen)


def job_dark_web_monitor(db: Database, config: Config, options: Options | None = None) -> JobResult:
    """Ask for pastes, onion pages, infostealer logs and accounts of every address, as one row.

    Raises TemporaryError, without a row, when it is running already.
    """
    chosen = options or Options()

    def work(run_id: int) -> Outcome:
        return _check_addresses(db, config, "dark_web_monitor", run_id, chosen)

    return _attempt_and_tell(db, config, "dark_web_monitor", work, chosen)


def job_verify_removals(db: Database, config: Config, options: Options | None = None) -> JobResult:
    """Look again at every saved listing whose next check is due, once, as one row.

    Raises TemporaryError, without a row, when it is running already.
    """
    chosen = options or Options()

    def work(run_id: int) -> Outcome:
        return _look_at_listings(db, config, "verify_removals", run_id, chosen)

    return _attempt_and_tell(db, config, "verify_removals", work, chosen)


def job_generate_report(db: Database, config: Config, options: Options | None = None) -> JobResult:
    """Write the household's report of the day, from the database alone, once, as one row.

    Raises TemporaryError, without a row, when it is running already.
    """
    chosen = options or Options()

    def work(run_id: int) -> Outcome:
        return _write_report(db, config, run_id, chosen)

    # It has no network: what there is to tell waits for a job that has, and nobody is pinged.
    return _attempt(db, config, "generate_report", work, chosen, switch=None)


JOBS: Mapping[str, Callable[[Database, Config, Options], JobResult]] = {
    "breach_recheck": job_breach_recheck,
    "dark_web_monitor": job_dark_web_monitor,
    "verify_removals": job_verify_removals,
    "generate_report": job_generate_report,
}


def seconds_for(config: Config, job_name: str) -> float:
    """How long a run of a job may take before it ends itself."""
    return config.job(job_name).timeout_minutes * 60 - MARGIN_SECONDS


def _attempt(
    db: Database,
    config: Config,
    job_name: str,
    work: Callable[[int], Outcome],
    options: Options,
    *,
    switch: Switch | None,
) -> JobResult:
    seconds = seconds_for(config, job_name)

    def watched(run_id: int) -> Outcome:
        # Only now: whoever finds the job's lock held has begun nothing.
        if switch:
            switch.begin(run_id)
        return work(run_id)

    result = attempt(db, config.paths, job_name, watched, seconds=seconds, options=options)
    beside = [
        # Whoever stops a run waits for its end: the next one looks around.
        _beside(db, lambda: _look_around(db, config, result, options)) if not result.signal else "",
        _beside(db, lambda: switch.end(result)) if switch else "",
    ]
    said = (result.warning, *beside, *(switch.troubles if switch else ()))
    return replace(result, warning="; ".join(filter(None, said)))


def _beside(db: Database, step: Callable[[], None]) -> str:
    """Do what belongs to no run and may change none; say what kept it from being done."""
    try:
        step()
    except sqlite3.Error as error:
        return explain(error, db.path).message
    return ""


def _look_around(db: Database, config: Config, result: JobResult, options: Options) -> None:
    """Raise what is wrong with any of the jobs, for every channel in the same transaction."""
    at = to_text(options.clock.now())

    def tell(one: Trouble) -> None:
        outbox.enqueue(
            db,
            config,
            event=outbox.Event(one.event),
            subject=f"{one.subject}:{one.episode}",
            at=at,
            run_id=result.run_id or None,
            details={"subject": one.subject, "episode": one.episode},
        )

    notices.raise_new(db, config, options.failures, options.clock.now(), tell)


def _attempt_and_tell(
    db: Database, config: Config, job_name: str, work: Callable[[int], Outcome], options: Options
) -> JobResult:
    """Do it as `_attempt` does, and send what there is to tell: only a job that has the network."""
    switch = Switch(db, config, job_name, options.clock, options.limits)
    result = _attempt(db, config, job_name, work, options, switch=switch)
    if not config.settings.alerts.channels and not outbox.is_any_known(db):
        return result
    from digital_footprint.alerts import ending

    return ending.tell(db, config, result, options)


def _check_addresses(
    db: Database, config: Config, job_name: str, run_id: int, options: Options
) -> Outcome:
    """Make all checks of one job, or say why there is none to make."""
    watched = people.list_identifiers(db)
    addresses = [one for one in watched if one.kind is IdentifierKind.EMAIL]
    if not addresses:
        return _skipped(db, run_id, SkipReason.NO_PERSONS, people.nobody_to_ask_about(db))
    # Imported here, so that a run with nobody to ask about starts at once.
    from digital_footprint import consents
    from digital_footprint.asking import Asking
    from digital_footprint.checks import check_all, switched_on
    from digital_footprint.observations import answered_in, interrupted_chain
    from digital_footprint.sources import all_sources
    from digital_footprint.switches import turn_on

    mine = [source for source in all_sources().values() if source.profile.job == job_name]
    asked = switched_on(db, config, mine)
    if not asked:
        hints = [turn_on(db, config, source.profile) for source in mine]
        return _skipped(db, run_id, SkipReason.NOTHING_CONFIGURED, "; or ".join(hints))
    taken_up = sum(
        consents.give_by_configuration(db, source.profile)
        for source in asked
        if config.source(source.profile.section).enabled
    )
    now = options.clock.now()
    chain = interrupted_chain(db, job_name, run_id, now) if options.carry else []
    asking = Asking(
        db=db,
        config=config,
        run_id=run_id,
        carried=answered_in(db, chain),
        clock=options.clock,
        progress=options.progress,
        run=options.run,
        limits=options.limits,
        all_due=not options.carry,
    )
    details = check_all(asking, asked, addresses)
    if not details["planned"]:
        return _skipped(db, run_id, SkipReason.NOTHING_DUE, NOT_YET)
    outcome = _outcome(details, f"{AGREE} {asked[0].profile.name}")
    if not taken_up:
        return outcome
    said = f"`enabled = true` in {config.paths.config_file} was taken as the consent of {taken_up}"
    details = {**outcome.details, "consents_by_configuration": taken_up}
    return replace(outcome, details=details, hint=f"{said}; see: footprint source list")


def _look_at_listings(
    db: Database, config: Config, job_name: str, run_id: int, options: Options
) -> Outcome:
    """Look at what is due, or say that nothing is."""
    from digital_footprint import removals

    due = removals.due(db, options.clock.now())
    if not due:
        return _skipped(db, run_id, SkipReason.NOTHING_DUE, "what there is: footprint removal list")
    # Imported here, so that a run with nothing to look at starts at once.
    from digital_footprint import verification
    from digital_footprint.brokers import load_brokers
    from digital_footprint.observations import interrupted_chain

    now = options.clock.now()
    taken_up = interrupted_chain(db, job_name, run_id, now) if options.carry else []
    planned, carried = verification.plan(db, due, taken_up)
    looking = verification.Looking(
        db=db,
        config=config,
        run_id=run_id,
        brokers=load_brokers(config.paths.brokers),
        taken_up=taken_up,
        clock=options.clock,
        progress=options.progress,
        limits=options.limits,
        planned=planned,
        carried=carried,
    )
    return _outcome(verification.verify(looking, due), AGREE_AGAIN)


def _write_report(db: Database, config: Config, run_id: int, options: Options) -> Outcome:
    """Build and keep the report; of nobody there is none to keep."""
    if not people.is_anybody(db):
        return _skipped(db, run_id, SkipReason.NO_PERSONS, people.nobody_to_ask_about(db))
    # Imported here, so that a run without anybody starts at once.
    from digital_footprint.report.build import build
    from digital_footprint.report.counts import counts
    from digital_footprint.report.printing import keep

    report = build(db, config, now=options.clock.now())
    keep(report, config.paths.reports)
    hint = f"open it with: footprint report --open; kept in {config.paths.reports}"
    return Outcome(RunStatus.SUCCESS, counts(report), hint=hint)


def _skipped(db: Database, run_id: int, reason: SkipReason, hint: str) -> Outcome:
    details = {**tally.tally(db, run_id), "reason": str(reason)}
    return Outcome(RunStatus.SKIPPED, details, hint=hint)


def _outcome(details: dict[str, object], agree: str) -> Outcome:
    status = tally.status_of(details)
    if status is RunStatus.SKIPPED:
        reason = str(SkipReason.NOTHING_CONFIGURED)
        return Outcome(status, {**details, "reason": reason}, hint=agree)
    if status is not RunStatus.FAILED:
        return Outcome(status, details)
    reasons = tally.inconclusive_reasons(details)
    why = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    return Outcome(status, details, f"no source answered: {why}", tally.exit_code_of(details))

"""Builds the report as one value, from one state of the database, and from nothing else."""

from datetime import datetime

from digital_footprint.clock import to_text
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import Person
from digital_footprint.report import chores
from digital_footprint.report.cases import cases
from digital_footprint.report.coverage import Asking
from digital_footprint.report.exposures import Gathering
from digital_footprint.report.facts import Redaction, Report
from digital_footprint.report.listings import Tracking
from digital_footprint.report.news import news
from digital_footprint.report.people import Household
from digital_footprint.report.sayings import attributions, glossary
from digital_footprint.report.scope import Scope
from digital_footprint.report.tasks import Worklist
from digital_footprint.report.trends import trends
from digital_footprint.report.verdict import verdict
from digital_footprint.report.watcher import watcher


def build(
    db: Database,
    config: Config,
    *,
    now: datetime,
    person: Person | None = None,
    redaction: Redaction = Redaction.FULL,
) -> Report:
    """Give the report of a household, or of one person, as it stands at that moment.

    One after the other is read and let go: a large household takes time, and little memory.
    """
    scope = Scope(db=db, config=config, now=now, person=person, redaction=redaction)
    with db.snapshot():
        return _build(scope)


def _build(scope: Scope) -> Report:
    household, gathering, tracking = Household(scope), Gathering(scope), Tracking(scope)
    asking, worklist = Asking(scope), Worklist(scope)
    for case in cases(scope):
        for part in (household, gathering, tracking, asking, worklist):
            part.add(case)
    coverage, watched, changed = asking.coverage(), watcher(scope), news(scope)
    worklist.add_chores(
        chores.of_the_watcher(asking, coverage, watched.jobs, people=household.count)
    )
    return Report(
        day=scope.today,
        built_at=to_text(scope.now),
        redaction=scope.redaction,
        person=scope.name(scope.person.id, scope.person.name) if scope.person else None,
        verdict=verdict(
            people=household.count,
            urgencies=worklist.urgencies,
            waiting=tracking.waiting_count,
            news=changed,
            coverage=coverage,
            ever_answered=asking.ever_answered,
        ),
        do_now=worklist.tasks(),
        more_to_do=worklist.more,
        news=changed,
        waiting=tracking.waiting(),
        lasting=gathering.lasting(),
        removable=gathering.removable(),
        people=household.people(),
        funnel=tracking.funnel(),
        coverage=coverage,
        trends=trends(scope, tracking),
        watcher=watched,
        glossary=glossary(),
        attributions=attributions(scope),
    )

"""The exposure report as one frozen value: all that any of its printed forms may show.

Field names are the keys of `report --format json`. Days are local dates, times UTC text as in the
database. Text from outside is kept as it is stored; each printer escapes it for its own format.
Every list is short: what did not fit is counted in the field `more` beside it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Redaction(StrEnum):
    """How much of a household a report shows.

    `full`: everything, for the household itself. `shareable`: no name, address, URL or identifier
    of a person, and no finding whose very name is sensitive; counts, dates and advice stay.
    """

    FULL = "full"
    SHAREABLE = "shareable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a task or a change is about; `kind`: finding, removal, job or source.

    `id`: where it has one. `site`: the domain to type, as a source tells it; never to be made a
    link.
    """

    kind: str
    id: int | None
    title: str
    identifier: str | None
    site: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do: of one person, for all that asks for the same thing.

    `urgency`: act today, this week or when convenient. `commands` mark it as done.
    """

    urgency: str
    title: str
    person: str | None
    about: str
    why: tuple[str, ...]
    subjects: tuple[Subject, ...]
    more: int
    steps: tuple[str, ...]
    minutes: int
    done_when: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened since the report was last opened; `text` says it in a sentence.

    `what`: new, upgraded, resurfaced, withdrawn, resolved, removed, listed again.
    """

    at: str
    what: str
    person: str | None
    subject: Subject
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What changed; `since` is None where the report was never opened."""

    since: str | None
    changes: tuple[Change, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One removal request that a broker has yet to fulfil; `law` and days of the legal clock."""

    removal: int
    broker: str
    person: str | None
    state: str
    requested_on: str | None
    acknowledged_on: str | None
    law: str | None
    due_on: str | None
    days_left: int | None
    overdue: bool
    next_check_on: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingList:
    """Who is being waited for, the most overdue first."""

    requests: tuple[Waiting, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One exposure: a finding, or a listing at a broker.

    `occurred_on`: when it happened; `known_on`: when its source learnt of it; `claimed`: nobody
    has verified it.
    """

    subject: Subject
    person: str | None
    tier: int | None
    urgency: str | None
    state: str
    occurred_on: str | None
    known_on: str | None
    first_seen_on: str
    data_classes: tuple[str, ...]
    sources: tuple[str, ...]
    claimed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposures:
    """All exposures of one kind: how many are open and closed, and the most urgent open ones.

    What is put off counts as open, as it does everywhere in the report.
    """

    kind: str
    title: str
    open: int
    closed: int
    items: tuple[Item, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierCard:
    """One identifier; `answered` of `checks` pairs with a source have a dated answer."""

    kind: str
    value: str
    open: int
    closed: int
    answered: int
    checks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """How one person stands: the worst that is open, never a sum. `by_urgency` counts open ones."""

    person: str
    relation: str
    worst: Item | None
    open: int
    closed: int
    by_urgency: tuple[tuple[str, int], ...]
    oldest_open_on: str | None
    answered: int
    checks: int
    identifiers: tuple[IdentifierCard, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody, whoever has the most urgent finding first."""

    cards: tuple[PersonCard, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of the way out of a broker's listings: how many listings have come that far."""

    name: str
    title: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Where the saved listings stand.

    `stages` from found to verified removed, each counting those on the way that took that step;
    `beside`: those that left the way (blocked, dead end, ...). `resurfaced`: broker and how
    many of its listings came back.
    """

    total: int
    stages: tuple[Stage, ...]
    beside: tuple[Stage, ...]
    resurfaced: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One identifier and one source.

    `verdict` is of the newest check (found, clean, inconclusive, skipped), None where none was
    made; `answered_at` of the newest answer, whatever came after. `is_fresh`: answered within
    the source's own interval and its grace, and the source is on and agreed to.
    """

    source: str
    verdict: str | None
    reason: str | None
    answered_at: str | None
    age_days: int | None
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One identifier against every source that takes its kind, in the order of `sources`."""

    person: str | None
    identifier: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCoverage:
    """One source over all identifiers: how many of its checks stand how.

    found + clean + inconclusive + skipped + never = checks. `clean_means`: what its clean says.
    """

    name: str
    state: str
    every_days: int
    checks: int
    found: int
    clean: int
    inconclusive: int
    skipped: int
    never: int
    fresh: int
    reasons: tuple[tuple[str, int], ...]
    last_answered_at: str | None
    clean_means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was asked and what was not; `checks`: of the sources that are on and agreed to.

    `fresh` of them have an answer within their interval. Of the others, `stale`: the newest check
    had one, too long ago; `unanswered`: it had none; `never`: none was made yet.
    `off`: checks that no one has turned on or agreed to.
    """

    checks: int
    fresh: int
    stale: int
    unanswered: int
    never: int
    off: int
    sources: tuple[SourceCoverage, ...]
    rows: tuple[CoverageRow, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How many findings were open, and closed so far, at the end of the week beginning that day."""

    starts_on: str
    open: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """The course of things, at most a year of weeks; medians in days, None without a case."""

    weeks: tuple[Week, ...]
    median_days_to_close: float | None
    median_days_to_removal: float | None
    removed: int
    resurfaced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCell:
    """One run in a strip, the oldest first."""

    run: int
    started_at: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCard:
    """One job. `state`: ok, late, failing, never, running or disabled, from its rows alone."""

    name: str
    summary: str
    every_days: int
    state: str
    last_run_at: str | None
    last_status: str | None
    last_done_at: str | None
    runs: tuple[RunCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something about the watcher itself that its person should know, and what to do."""

    raised_at: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCard:
    """One channel of alerts: messages sent, waiting and given up; when it last spoke."""

    name: str
    kind: str
    detail: str
    sent: int
    waiting: int
    failed: int
    last_sent_at: str | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """The watcher itself; `drill_at`: the last alert test that came through, on any channel.

    `requests`: how many requests carried a datum of a person in the last 30 days, by recipient.
    """

    jobs: tuple[JobCard, ...]
    notices: tuple[Notice, ...]
    channels: tuple[ChannelCard, ...]
    drill_at: str | None
    requests: tuple[tuple[str, int], ...]
    database_bytes: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of this report and what it means."""

    word: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How a source whose data stand here wants to be named."""

    source: str
    text: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole report of one day, in the order in which it is printed.

    `person`: whom alone it is about, None for the household. `verdict`: one sentence.
    `more_to_do`: open tasks beyond those of `do_now`.
    """

    day: date
    built_at: str
    redaction: Redaction
    person: str | None
    verdict: str
    do_now: tuple[Task, ...]
    more_to_do: int
    news: News
    waiting: WaitingList
    lasting: tuple[Exposures, ...]
    removable: tuple[Exposures, ...]
    people: People
    funnel: Funnel
    coverage: Coverage
    trends: Trends
    watcher: Watcher
    glossary: tuple[Term, ...]
    attributions: tuple[Attribution, ...]

"""Decides the shape of what is told of findings, checks, listings and decisions.

Nothing heavy is imported here: shapes are told at the start, data is read when it is asked for.
Answers are dataclasses without slots: the library would take a slot for a default.
"""

from dataclasses import dataclass

from digital_footprint.mcp_server.arguments import Verdict
from digital_footprint.mcp_server.untrusted import Outside


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What the checks came to: each address against each source. Times as UTC text.

    `asked_for`: those that are switched on and agreed to. Of these `answered` have an answer in
    their newest try, `out_of_date` of which are older than their interval allows; `unanswered`
    ended without one; `never_asked` were not made yet. `skipped` are switched off.
    `oldest_answer`, `newest_answer`: since when, and until when, something is known.
    """

    asked_for: int
    answered: int
    out_of_date: int
    unanswered: int
    never_asked: int
    skipped: int
    oldest_answer: str | None
    newest_answer: str | None
    trouble: str | None
    """Why nothing here may be read as all being well, with the next step; None where it may."""

    @property
    def sentence(self) -> str:
        """Say it in words of ours."""
        if self.trouble:
            return self.trouble
        since = f"the oldest answer is of {self.oldest_answer}"
        rest = self.asked_for - self.answered + self.out_of_date
        why = "got no answer when last asked, were never asked or are out of date"
        open_ones = f"; {rest} {why}, which is not clean" if rest else ""
        return f"{self.answered} of {self.asked_for} checks are answered, {since}{open_ones}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding as a list shows it; `title` is None where its very name is not told here.

    `tier`: 0 stealer log, 1 act today, 2 sensitive, 3 contact, 4 profile. `claimed`: nobody has
    verified it. `data_classes`: what kinds of data it held, as its sources name them.
    """

    finding_id: int
    person: str
    identifier: str
    kind: str
    title: Outside | None
    sensitive: bool
    tier: int
    urgency: str
    state: str
    until: str | None
    claimed: bool
    data_classes: Outside | None
    occurred_on: str | None
    first_seen_at: str
    last_seen_at: str
    sources: list[str]


@dataclass(frozen=True, kw_only=True)
class FindingsAnswer:
    """What footprint_list_findings answers, the most urgent first.

    `total`: all there are; `matching`: those asked for, of which `findings` are the first.
    `checks` tells what an empty list rests on.
    """

    summary: str
    total: int
    by_state: dict[str, int]
    matching: int
    by_urgency: dict[str, int]
    checks: Checks
    findings: list[Finding]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One reason of an urgency."""

    name: str
    word: str
    why: Outside | None


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One kind of data, and how the person dealt with it."""

    data_class: Outside | None
    resolved_at: str | None
    reason: str | None
    note: Outside | None


@dataclass(frozen=True, kw_only=True)
class Witness:
    """One source that sees it; `missed`: its successive answers that lacked it."""

    source: str
    title: Outside | None
    first_seen: str
    last_seen: str
    missed: int


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One event of a finding's history."""

    at: str
    event: str
    text: Outside | None
    run_id: int | None


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One thing to do about a finding, in this program's own words."""

    group: str
    title: str
    about: str
    steps: tuple[str, ...]
    minutes: int
    done_when: str
    decays_when: str


@dataclass(frozen=True, kw_only=True)
class FindingAnswer:
    """What footprint_explain_finding answers: how urgent it is and why, and what to do.

    `actions` and `commands` are this program's own advice. Of `events` the newest are shown.
    """

    summary: str
    finding: Finding
    description: Outside | None
    site: Outside | None
    known_since: str | None
    accounts: int | None
    marks: list[str]
    factors: list[Factor]
    actions: list[Advice]
    data: list[Datum]
    witnesses: list[Witness]
    events_total: int
    events: list[Happened]
    commands: list[str]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One address against one source; `note` may quote the service. Times as UTC text."""

    person: str
    identifier: str
    source: str
    verdict: Verdict
    reason: str | None
    note: Outside | None
    observed_at: str | None
    last_answered_at: str | None


@dataclass(frozen=True, kw_only=True)
class CoverageAnswer:
    """What footprint_coverage answers, what is not known first.

    `clean_means`: by source, what its clean says, and no more.
    """

    summary: str
    checks: Checks
    by_verdict: dict[str, int]
    matching: int
    clean_means: dict[str, str]
    pairs: list[Pair]


@dataclass(frozen=True, kw_only=True)
class Look:
    """The newest look at a listing; `note` may quote its page."""

    verdict: str
    by: str
    at: str
    reason: str | None
    note: Outside | None


@dataclass(frozen=True, kw_only=True)
class LegalClock:
    """By when the broker has to have answered a request."""

    law: str
    due_on: str
    extended_to: str | None
    days_left: int
    overdue: bool


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One saved listing. It is gone only in state removed_verified.

    `next_command`: what the person types where somebody is to be asked; nothing here asks anybody.
    """

    removal_id: int
    person: str
    broker: str
    page: Outside | None
    state: str
    reason: str | None
    due: bool
    agreed: bool
    next_check_at: str | None
    looks: int
    inconclusive_in_a_row: int
    unverified_since: str | None
    never_seen_listed: bool
    requested_at: str | None
    last_look: Look | None
    legal: LegalClock | None
    next_command: str | None


@dataclass(frozen=True, kw_only=True)
class RemovalsAnswer:
    """What footprint_list_removals answers, in the order in which they were saved.

    `trouble`: why nothing here may be read as all being well, with the next step.
    """

    summary: str
    trouble: str | None
    total: int
    by_state: dict[str, int]
    due: int
    matching: int
    listings: list[Listing]


@dataclass(frozen=True, kw_only=True)
class DecisionAnswer:
    """What footprint_set_finding_state answers; `undo`: what takes it back."""

    summary: str
    finding_id: int
    state: str
    until: str | None
    urgency: str
    undo: str | None


@dataclass(frozen=True, kw_only=True)
class ReportAnswer:
    """The report as Markdown in `report.value`; `cut`: whether its end was left out."""

    built_at: str
    redaction: str
    media_type: str
    cut: bool
    report: Outside

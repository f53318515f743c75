"""What every source said of every identifier: the tables `observations` and `source_state`.

The newest observation of each pair is the coverage.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from digital_footprint.clock import from_text, to_text
from digital_footprint.database import Database
from digital_footprint.model import Identifier
from digital_footprint.verdicts import (
    Clean,
    FindingCounts,
    Found,
    Inconclusive,
    Reason,
    Skipped,
    Verdict,
    verdict_name,
)

RESUMABLE = timedelta(hours=24)


def record(
    db: Database,
    identifier: Identifier,
    *,
    run_id: int,
    source: str,
    verdict: Verdict,
    counts: FindingCounts,
    at: str,
) -> None:
    """Enter one verdict, within the caller's transaction."""
    row: dict[str, Any] = {"verdict": verdict_name(verdict), "observed_at": at, **asdict(counts)}
    match verdict:
        case Inconclusive(reason, note, retry_at):
            row |= {
                "reason": reason,
                "note": note,
                "retry_at": None if retry_at is None else to_text(retry_at),
            }
        case Skipped(reason, note):
            row |= {"reason": reason, "note": note}
        case Found() | Clean():
            pass
    db.insert(
        "observations", {"run_id": run_id, "identifier_id": identifier.id, "source": source, **row}
    )
    _note_state(db, source, verdict, at)


def is_first_answer(db: Database, identifier: Identifier, source: str) -> bool:
    """Say whether this pair was never answered before: its findings are the baseline."""
    answered = db.first(
        """
        SELECT 1 FROM observations
        WHERE identifier_id = :identifier AND source = :source AND verdict IN ('found', 'clean')
        """,
        {"identifier": identifier.id, "source": source},
    )
    return answered is None


def answered_in(db: Database, run_ids: list[int]) -> frozenset[tuple[int, str]]:
    """Give the (identifier id, source) pairs that any of these runs has an answer for."""
    pairs: set[tuple[int, str]] = set()
    for run_id in run_ids:
        rows = db.query(
            """
            SELECT identifier_id, source FROM observations
            WHERE run_id = :run_id AND verdict IN ('found', 'clean')
            """,
            {"run_id": run_id},
        )
        pairs.update((row["identifier_id"], row["source"]) for row in rows)
    return frozenset(pairs)


def interrupted_chain(db: Database, job_name: str, before: int, now: datetime) -> list[int]:
    """Give the runs a new one takes up: the unbroken row of interrupted ones just before it.

    None of them may be older than a day.
    """
    chain = []
    for row in db.query(
        """
        SELECT id, status, started_at FROM scheduled_runs
        WHERE job_name = :job_name AND id < :before ORDER BY id DESC
        """,
        {"job_name": job_name, "before": before},
    ):
        fresh = timedelta() <= now - from_text(row["started_at"]) < RESUMABLE
        if row["status"] != "interrupted" or not fresh:
            break
        chain.append(row["id"])
    return chain


@dataclass(frozen=True, slots=True)
class Times:
    """When a source was last asked about identifiers, and when it last answered (UTC text)."""

    asked: dict[int, str]
    answered: dict[int, str]


def last_times(db: Database, source: str) -> Times:
    """Give a source's newest times by identifier id; checks that never went out do not count."""
    rows = db.query(
        """
        SELECT identifier_id AS id, max(observed_at) AS asked,
               max(CASE WHEN verdict IN ('found', 'clean') THEN observed_at END) AS answered
        FROM observations
        WHERE source = :source AND verdict <> 'skipped'
          AND coalesce(reason, '') NOT IN ('interrupted', 'not_configured', 'budget', 'network')
        GROUP BY identifier_id
        """,
        {"source": source},
    )
    return Times(
        {row["id"]: row["asked"] for row in rows},
        {row["id"]: row["answered"] for row in rows if row["answered"]},
    )


def source_states(db: Database) -> dict[str, dict[str, Any]]:
    """Give what is remembered of every source that was ever asked, by name."""
    rows = db.query("SELECT * FROM source_state")
    return {row["source"]: row for row in rows}


def latest(db: Database, identifier_id: int, source: str) -> dict[str, Any]:
    """Give a pair's newest asked observation and when it was last answered; None where never."""
    newest = db.first(
        """
        SELECT verdict, reason, note, retry_at, observed_at FROM observations
        WHERE identifier_id = :identifier AND source = :source
          -- One that was skipped with a word on why says what else is needed.
          AND (verdict <> 'skipped' OR note <> '')
        ORDER BY id DESC LIMIT 1
        """,
        {"identifier": identifier_id, "source": source},
    )
    answered = db.first(
        """
        SELECT max(observed_at) AS at FROM observations
        WHERE identifier_id = :identifier AND source = :source AND verdict IN ('found', 'clean')
        """,
        {"identifier": identifier_id, "source": source},
    ) or {"at": None}
    never = {"verdict": None, "reason": None, "note": "", "retry_at": None, "observed_at": None}
    return {**(newest or never), "last_answered_at": answered["at"]}


def entered(db: Database, run_id: int, source: str) -> frozenset[int]:
    """Give the ids of the identifiers whose check with a source stands in a run."""
    rows = db.query(
        "SELECT identifier_id FROM observations WHERE run_id = :run_id AND source = :source",
        {"run_id": run_id, "source": source},
    )
    return frozenset(row["identifier_id"] for row in rows)


def of_run(db: Database, run_id: int) -> list[dict[str, Any]]:
    """Give the checks of one run, in the order in which they were made."""
    return db.query(
        """
        SELECT p.name AS person, i.value AS identifier, o.source, o.verdict, o.reason, o.note,
               o.retry_at, o.observed_at
        FROM observations AS o
        JOIN identifiers AS i ON i.id = o.identifier_id
        JOIN persons AS p ON p.id = i.person_id
        WHERE o.run_id = :run_id ORDER BY o.id
        """,
        {"run_id": run_id},
    )


def note_asked(db: Database, source: str, at: str) -> None:
    """Remember that a request goes out to a source now."""
    _update_state(db, source, last_asked_at=at)


def note_configuration_taken(db: Database, source: str) -> None:
    """Remember that the file's `enabled = true` stands for no further consent."""
    _update_state(db, source, configuration_taken=1)


def _note_state(db: Database, source: str, verdict: Verdict, at: str) -> None:
    match verdict:
        case Found() | Clean():
            _update_state(db, source, last_answered_at=at, last_reason=None, blocked_until=None)
        case Inconclusive(
            Reason.RATE_LIMITED | Reason.SERVER_ERROR as reason, _, datetime() as end
        ):
            # The service's own word; only an answer takes it back.
            _update_state(db, source, last_reason=reason, blocked_until=to_text(end))
        case Inconclusive(Reason.INTERRUPTED):
            pass  # it says something of us, nothing of the source
        case Inconclusive(reason):
            _update_state(db, source, last_reason=reason)
        case Skipped():
            pass


def _update_state(db: Database, source: str, **state: str | int | None) -> None:
    db.execute("INSERT OR IGNORE INTO source_state (source) VALUES (:source)", {"source": source})
    assignments = ", ".join(f"{column} = :{column}" for column in state)
    sql = f"UPDATE source_state SET {assignments} WHERE source = :source"  # noqa: S608 - names of ours
    db.execute(sql, {**state, "source": source})

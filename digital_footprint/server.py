"""The MCP server: what an assistant is shown of the schedule. It changes nothing.

A database that is missing, locked, another program's or newer is a tool error with the next
step: an assistant must never take what could not be read for all being well.
"""

import sqlite3
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from digital_footprint import __version__
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import load_config, resolve_paths
from digital_footprint.database import Database, Row, explain
from digital_footprint.errors import FootprintError
from digital_footprint.schedule import Failure, JobStatus, Missed, ScheduleReader, ScheduleStatus

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = """\
footprint-timers watches a household's online exposure with jobs that the operating system starts.
Call footprint_schedule_status to see whether they run. Times are UTC.
A job is well only in state `ok`. `late`, `failing`, `never`, `disabled`, `not_installed` and
`not_configured` mean that something is not checked; say so, never that nothing was found.
Nothing here starts a job or changes anything: give the person the commands to type."""


@dataclass(frozen=True)
class RunSummary:
    """One run of the recent history; `completed_at` is None while it runs or when it was killed."""

    run_id: int
    job: str
    started_at: str
    completed_at: str | None
    status: str
    trigger: str
    error: str | None


@dataclass(frozen=True)
class ScheduleAnswer:
    """What footprint_schedule_status answers: the schedule, missed firings, newest runs first."""

    summary: str
    checked_at: str
    backend: str | None
    linger: bool
    trouble: str
    jobs: list[JobStatus]
    missed: list[Missed]
    failures: list[Failure]
    history: list[RunSummary]


def build_server(read_schedule: ScheduleReader) -> "MCPServer":
    """Build the server; nothing is opened before a tool is called."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import CallToolResult, TextContent, ToolAnnotations

    server = MCPServer("footprint-timers", instructions=INSTRUCTIONS, version=__version__)

    def footprint_schedule_status(
        history_limit: Annotated[
            int, Field(ge=1, le=100, description="How many runs to show")
        ] = 10,
    ) -> Annotated[CallToolResult, ScheduleAnswer]:
        """Tell how each job of footprint-timers stands.

        State, last run, last success, next start as the operating system tells it, whether it is
        overdue, firings that left no run, and the newest runs.
        """
        try:
            answer = _answer(read_schedule, history_limit)
        except FootprintError as error:
            raise ToolError(f"{error.message}. Next step: {error.hint}") from None
        # The short text is ours; the schema is that of the structured part.
        return CallToolResult(
            content=[TextContent(type="text", text=answer.summary)],
            structured_content=asdict(answer),
        )

    server.add_tool(
        footprint_schedule_status,
        title="Schedule status",
        annotations=ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    return server


def _answer(read_schedule: ScheduleReader, history_limit: int) -> ScheduleAnswer:
    paths = resolve_paths()
    config = load_config(paths)
    try:
        with Database.open_existing(paths.database) as db:
            status, trouble = read_schedule(db, config)
            history = [_summary_of(row) for row in db.get_run_history(history_limit)]
    except sqlite3.Error as error:
        raise explain(error, paths.database) from None
    return ScheduleAnswer(
        summary=_words(status, trouble),
        checked_at=to_text(utc_now()),
        backend=status.backend,
        linger=status.linger,
        trouble=trouble,
        jobs=list(status.jobs),
        missed=list(status.missed),
        failures=list(status.failures),
        history=history,
    )


def _summary_of(row: Row) -> RunSummary:
    kept = ("started_at", "completed_at", "status", "trigger", "error")
    return RunSummary(run_id=row["id"], job=row["job_name"], **{key: row[key] for key in kept})


def _words(status: ScheduleStatus, trouble: str) -> str:
    """Say the same in a few lines."""
    lines = [_line_of(job) for job in status.jobs]
    lines += [f"{one.unit} failed: {one.result} {one.exit_status}" for one in status.failures]
    if status.missed:
        newest = status.missed[-1]
        lines.append(
            f"{len(status.missed)} expected runs are missing; the newest: {newest.job},"
            f" {newest.scheduled_for} (cause {newest.cause})"
        )
    if status.backend is None:
        lines.append("No scheduler answers: nothing starts these jobs by itself.")
    if trouble:
        lines.append(trouble)
    return "\n".join(lines)


def _line_of(job: JobStatus) -> str:
    last = job.last_run
    parts = [
        f"{job.name}: {job.state}",
        f"last run {last.started_at} {last.status}" if last else "never run",
        f"last done {job.last_success_at}" if job.last_success_at else "never done",
        f"next start {job.next_due}" if job.next_due else "no next start is known",
    ]
    return "; ".join(parts + ["overdue"] * job.overdue)

"""What every source makes of every fault, found out on a real server through the real job.

    python -m tests.fault_matrix                prints the matrix as it is measured now
    python -m tests.fault_matrix --expected     prints it as it is written down, at once

`docs/fault-matrix.md` keeps it.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import stamina

from digital_footprint import coverage, disclosures, enabling, findings, people, secrets
from digital_footprint.clock import Clock, utc_now
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.http import Limits
from digital_footprint.model import ConsentBasis, JobResult, Relation
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import JOBS
from tests.faults import COMMON, Fault, Own, Refused, owns
from tests.services import JANE, NOWHERE, SERVICES, Service
from tests.wire import Gate, Loopback, Reply

# Only a stall has to be waited out; a busy machine may take its time for all else.
PATIENT = Limits(connect=5, read=10, total=30, attempts=2)
QUICK = Limits(connect=5, read=0.25, total=5, attempts=1)
KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Cell:
    """One service, one fault and its verdict: `found`, `clean`, or why it is inconclusive.

    `keys`: of the findings; none given where what they are called is not the point.
    """

    service: Service
    fault: str
    make: Callable[[], Reply | Refused]
    verdict: str
    keys: tuple[str, ...]
    common: bool = False
    field: bool = False

    @property
    def id(self) -> str:
        return f"{self.service.column}: {self.fault}"

    @property
    def of_canary(self) -> str:
        """Why nobody is asked about when the canary is answered so; empty where they are."""
        if self.verdict not in ("found", "clean"):
            return self.verdict
        # These two answer a question that was not the canary's.
        another = self.service.column in ("hibp_range", "ahmia")
        is_right = self.verdict == self.service.canary_says and not another
        return "" if is_right else "source_changed"


def cells() -> list[Cell]:
    """Give every cell: the faults that all services share, then the pages of their own."""
    shared = [_shared(one, service) for one in COMMON for service in SERVICES]
    own = [
        Cell(one.service, one.name, _always(one.reply), one.verdict, _keys(one), field=one.field)
        for one in owns()
    ]
    return [*shared, *own]


def _shared(one: Fault, service: Service) -> Cell:
    verdict = one.verdict_of(service)
    return Cell(service, one.name, lambda: one.make(service), verdict, service.keys, common=True)


def _always(reply: Reply) -> Callable[[], Reply]:
    return lambda: reply


def _keys(one: Own) -> tuple[str, ...]:
    return one.service.keys if one.keys is None else one.keys


@dataclass(frozen=True)
class Seen:
    """What a run left behind."""

    result: JobResult
    coverage: dict[str, Any]
    findings: list[dict[str, Any]]
    disclosures: list[dict[str, Any]]
    personal: list[str]
    """The requests about the person, decoded."""

    @property
    def verdict(self) -> str:
        """In the matrix's words."""
        verdict: str = self.coverage["verdict"]
        return str(self.coverage["reason"]) if verdict == "inconclusive" else verdict


def prepare(service: Service, home: Path) -> Path:
    """Make a home in which one person agreed to one source, to be copied for every cell."""
    paths = Paths(home, home, home)
    if service.keyed:
        secrets.set_secret(paths, "hibp_api_key", KEY)
    with Database.open(paths.database) as db:
        consent = ConsentBasis.SELF
        jane = people.add_person(
            db, "Jane Doe", emails=[JANE], relation=Relation.SELF, consent=consent
        )
        profile = enabling.profile_of(service.source)
        enabling.enable(db, load_config(paths), profile, [jane])
    return home


def play(cell: Cell, role: str, template: Path, home: Path) -> Seen:
    """Run the source's job with the fault as the answer to whatever `role` names."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(template, home)
    reply = cell.make()
    with _served(cell.service, role, reply) as (loopback, base_url):
        result, seen = _run(cell.service, home, base_url, _limits(reply))
        if isinstance(reply, Gate):
            reply.open.set()
        about = [path for path in loopback.paths if cell.service.about(path) == "person"]
    return replace(seen, result=result, personal=about)


def _limits(reply: Reply | Refused) -> Limits:
    return QUICK if isinstance(reply, Gate) else PATIENT


@contextmanager
def _served(service: Service, role: str, reply: Reply | Refused) -> Iterator[tuple[Loopback, str]]:
    replies: dict[str, Reply] = {"person": service.found, **service.replies}
    if not isinstance(reply, Refused):
        replies[role] = reply
    loopback = Loopback(lambda path: replies.get(service.about(path), NOWHERE))
    if isinstance(reply, Refused):
        _refuse(loopback, service, replies, role)
    try:
        yield loopback, loopback.base_url
    finally:
        loopback.close()


def _refuse(loopback: Loopback, service: Service, replies: dict[str, Reply], role: str) -> None:
    """Listen no more once what comes before `role` is answered."""
    order = [*BEFORE.get(service.column, ()), "canary", *_negative(service)]
    if role == "catalogue":
        order.append("person")
    before = order[: order.index(role)] if role in order else order
    if not before:
        loopback.close()
        return
    last = replies[before[-1]]

    def answer_last(connection: Any) -> None:
        loopback.close()
        connection.sendall(last)

    replies[before[-1]] = answer_last


BEFORE: Mapping[str, tuple[str, ...]] = {
    "hibp_breaches": ("plan",),
    "hibp_range": ("plan",),
    "hibp_pastes": ("plan",),
    "ahmia": ("front",),
}


def _negative(service: Service) -> tuple[str, ...]:
    return ("negative",) if "negative" in service.replies else ()


def _run(service: Service, home: Path, base_url: str, limits: Limits) -> tuple[JobResult, Seen]:
    paths = Paths(home, home, home)
    enabled = "" if service.section == "hibp" else "enabled = true\n"
    paths.config_file.write_text(
        f'[sources.{service.section}]\nbase_url = "{base_url}"\n{enabled}', encoding="utf-8"
    )
    config = load_config(paths)
    with Database.open(paths.database) as db:
        options = Options(limits=limits, clock=_moved_by_sleeping())
        result = JOBS[service.job](db, config, options)
        (row,) = coverage.list_coverage(db, config, source=service.source)
        found = findings.list_findings(db)
        return result, Seen(result, row, found, disclosures.list_disclosures(db), [])


def _moved_by_sleeping() -> Clock:
    """Give a clock whose waits are over at once: budgets are not what is looked at here."""
    moment = [utc_now()]

    def sleep(seconds: float) -> None:
        from datetime import timedelta

        moment[0] += timedelta(seconds=seconds)

    return Clock(lambda: moment[0], sleep)


def render(verdicts: Iterable[tuple[Cell, str]]) -> str:
    """Give the matrix in Markdown."""
    rows: dict[str, dict[str, str]] = {}
    own: dict[str, list[str]] = {service.column: [] for service in SERVICES}
    for cell, verdict in verdicts:
        if cell.common:
            rows.setdefault(cell.fault, {})[cell.service.column] = verdict
        else:
            own[cell.service.column].append(_row(_code(cell.fault), _bold(verdict)))
    columns = [service.column for service in SERVICES]
    lines = [*INTRODUCTION, _row("answered", *columns), _row(*["---"] * (len(columns) + 1))]
    lines += [
        _row(_code(name), *(_bold(row[one]) for one in columns)) for name, row in rows.items()
    ]
    for column, table in own.items():
        lines += ["", f"## Only {column}", "", _row("answered", "verdict"), _row("---", "---")]
        lines += table
    return "\n".join([*lines, ""])


INTRODUCTION = (
    "# What every source makes of every answer",
    "",
    "Printed by `python -m tests.fault_matrix`, which asks a server on loopback through the real",
    "job; `tests/test_fault_matrix.py` holds every cell. **found** and **clean** are verdicts;",
    "every other word is the reason for which the check is inconclusive. The same answer to a",
    "canary lets no personal request out. `hibp_range` is hibp_breaches on a plan with",
    "k-anonymity.",
    "",
    "## Every source",
    "",
)


def _row(*parts: str) -> str:
    return f"| {' | '.join(parts)} |"


def _code(text: str) -> str:
    """Give a fault's name as it is, whatever Markdown makes of its characters."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;").replace("*", "\\*")


def _bold(verdict: str) -> str:
    return f"**{verdict}**" if verdict in ("found", "clean") else verdict


@contextmanager
def homes() -> Iterator[tuple[Path, dict[str, Path]]]:
    """Give a place for homes, and a prepared one by column.

    In memory where the machine has such files: thousands of runs would wait for the disk alone.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        place = Path(directory)
        yield place, {one.column: prepare(one, place / one.column) for one in SERVICES}


def measured() -> Iterator[tuple[Cell, str]]:
    """Play every cell; give what it came to."""
    with homes() as (place, templates), stamina.set_testing(True, attempts=2):
        for cell in cells():
            yield cell, play(cell, "person", templates[cell.service.column], place / "home").verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--expected", action="store_true", help="as written down, not measured")
    expected = parser.parse_args().expected
    verdicts = ((cell, cell.verdict) for cell in cells()) if expected else measured()
    sys.stdout.write(render(verdicts))


if __name__ == "__main__":
    main()

"""Peak memory and time of a run over many due removals, killed once on its way and taken up again.

`footprint-job run verify_removals` against brokers on loopback, which count every page that is
asked for. Prints JSON; exits with 1 when memory passes the target or a page was asked for twice.

    python bench/removals.py [--removals 2000] [--brokers 200] [--kill-after 500]
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

TARGET_PEAK_MIB = 120

FILLER = "<p>" + "Public records, reviews of neighbourhoods and other matters of no weight. " * 8
SMALL, LARGE = FILLER * 90, FILLER * 3300  # about 50 kB, and just under the 2 MiB that are read


class Brokers(BaseHTTPRequestHandler):
    """All brokers at once: what a page shows goes by its number."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()
    enough = threading.Event()
    kill_after: ClassVar[int] = 0

    def do_GET(self) -> None:
        """Answer by the number at the end of the path."""
        cls = type(self)
        if self.path == "/":
            return self._send(200, f"<h1>Example</h1>{SMALL}")
        number = int(self.path.rpartition("/")[2])
        cls.asked[self.path] += 1
        if cls.asked.total() == cls.kill_after:
            cls.enough.set()
        if number % 10 == 1:
            return self._send(404, "<p>There is no such record.")
        if number % 20 == 2:
            return self._send(403, "<title>Just a moment...</title>", "cf-mitigated: challenge")
        filler = LARGE if number % 50 == 3 else SMALL
        return self._send(200, f"<h1>Jane Doe</h1><p>Jane Doe, 41, Springfield</p>{filler}")

    def _send(self, status: int, text: str, *headers: str) -> None:
        body = f"<!doctype html><html><body>{text}</body></html>".encode()
        self.send_response(status)
        for name, _, value in (header.partition(": ") for header in headers):
            self.send_header(name, value)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Says nothing of clients that were killed."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--removals", type=int, default=2000)
    parser.add_argument("--brokers", type=int, default=200)
    parser.add_argument("--kill-after", type=int, default=500, help="pages; 0: never")
    options = parser.parse_args()
    Brokers.kill_after = options.kill_after
    # Every address of 127/8 is this machine: each broker is a host of its own.
    server = Server(("0.0.0.0", 0), Brokers)  # noqa: S104 - see above
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        prepare(Path(home), options.removals, options.brokers, server.server_address[1])
        shown = measure(Path(home), options.removals, killed=options.kill_after > 0)
    print(json.dumps(shown, indent=2))
    sys.exit(0 if shown["ok"] else 1)


def prepare(home: Path, count: int, brokers: int, port: int) -> None:
    """Save the listings, due at once."""
    from digital_footprint import people, removals
    from digital_footprint.clock import utc_now
    from digital_footprint.database import Database
    from digital_footprint.model import ConsentBasis, IdentifierKind, Relation
    from digital_footprint.removal_log import UnknownPace

    hosts = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(brokers)]
    (home / "brokers").mkdir()
    for number, host in enumerate(hosts):
        (home / "brokers" / f"farm-{number}.yaml").write_text(
            f"name: Farm {number}\ndomains: [{host}]\nopt_out: {{url: 'http://{host}/opt-out'}}\n"
            "last_verified: 2026-11-22\nsource: the benchmark\n",
            encoding="utf-8",
        )
    with Database.open(home / "footprint.db") as db:
        jane = people.add_person(
            db, "Jane Doe", emails=[], relation=Relation.SELF, consent=ConsentBasis.SELF
        )
        people.add_identifier(db, jane, IdentifierKind.CITY, "Springfield")
        db.execute("PRAGMA synchronous = OFF")
        for number in range(count):
            broker = number % brokers
            removals.add(
                db,
                jane,
                ConsentBasis.SELF,
                broker=f"farm-{broker}",
                pace=UnknownPace(),
                url=f"http://{hosts[broker]}:{port}/jane-doe/{number}",
                now=utc_now(),
            )


def measure(home: Path, count: int, *, killed: bool) -> dict[str, Any]:
    """Run the job to its end, after one that is killed on its way."""
    runs = [run(home, kill=True)] if killed else []
    pages_before = Brokers.asked.total()
    runs.append(run(home, kill=False))
    twice = sum(1 for times in Brokers.asked.values() if times > 1)
    details = details_of(home)
    peak = max(one["peak_mib"] for one in runs)
    whole = details["planned"] == count and details["checks"] + details["carried"] == count
    return {
        "removals": count,
        "runs": runs,
        "pages_before_the_kill": pages_before if killed else 0,
        "pages": Brokers.asked.total(),
        "pages_asked_for_twice": twice,
        "peak_mib": peak,
        "target_peak_mib": TARGET_PEAK_MIB,
        "counts": {key: value for key, value in details.items() if key != "sources"},
        "ok": peak <= TARGET_PEAK_MIB and twice == 0 and whole,
    }


def run(home: Path, *, kill: bool) -> dict[str, Any]:
    """Run the job once, by its command; give seconds, MiB of peak memory and how it ended."""
    program = str(Path(sys.executable).with_name("footprint-job"))
    environment = {**os.environ, "FOOTPRINT_HOME": str(home)}
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begin = time.perf_counter()
    command = [program, "run", "verify_removals"]
    pid = os.posix_spawn(program, command, environment, file_actions=quiet)
    if kill:
        Brokers.enough.wait()
        os.kill(pid, 9)
    _, status, usage = os.wait4(pid, 0)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return {
        "seconds": round(time.perf_counter() - begin, 1),
        "peak_mib": round(usage.ru_maxrss / unit, 1),
        "exit": os.waitstatus_to_exitcode(status),
    }


def details_of(home: Path) -> dict[str, Any]:
    """Give the counts of the newest run."""
    from digital_footprint.database import Database

    with Database.open(home / "footprint.db") as db:
        (row,) = db.get_run_history(1)
    details: dict[str, Any] = json.loads(row["details"])
    return details


if __name__ == "__main__":
    main()

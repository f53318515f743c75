"""How near a run comes to a service's limit, and whether it ever passes it.

A stand-in for Have I Been Pwned counts requests in any minute of a clock that runs faster, and
answers 429 beyond its limit. First one job asks about all addresses, some of them twice because
the service stumbles; then two jobs that share the key ask at once, in two processes.
The limit is not known to them before they ask. Prints one JSON document; exits with 1 when a
target is missed.

    python bench/rate.py [--addresses 200] [--rpm 10] [--speed 20]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import loopback

TARGET_RATIO = 1.05
STUMBLES = 4
BOTH = ("breach_recheck", "dark_web_monitor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--addresses", type=int, default=200)
    parser.add_argument("--rpm", type=int, default=10, help="requests a minute of the key's plan")
    parser.add_argument("--speed", type=float, default=20, help="how much faster the clock runs")
    parser.add_argument("--work", nargs=3, metavar=("JOB", "HOME", "BEGIN"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        job, home, begin = given.work
        work(job, Path(home), loopback.FastClock(float(begin), given.speed))
        return
    one = measure(given, BOTH[:1], given.addresses)
    two = measure(given, BOTH, given.addresses // 2)
    met = [kind["refused"] == 0 and kind["ratio"] <= TARGET_RATIO for kind in (one, two)]
    document = {
        "addresses": given.addresses,
        "requests_a_minute": given.rpm,
        "one_job": one,
        "two_jobs_at_once": two,
        "target_ratio": TARGET_RATIO,
        "met": all(met),
    }
    print(json.dumps(document, indent=2))
    sys.exit(not all(met))


def measure(given: argparse.Namespace, jobs: tuple[str, ...], addresses: int) -> dict[str, Any]:
    """Let the jobs ask about so many addresses each; times in seconds of the fast clock."""
    clock = loopback.FastClock(time.time(), given.speed)
    stumbles = {loopback.address(number * 7 % addresses) for number in range(STUMBLES)}
    service = loopback.Service(given.rpm, clock, stumbles)
    with tempfile.TemporaryDirectory() as home:
        loopback.make_home(Path(home), service.base_url, addresses)
        statuses = run_at_once(jobs, home, clock)
    service.close()
    requests = len(service.times)
    needed = (requests - 1) // given.rpm * 60
    taken = (service.times[-1] - service.times[0]).total_seconds()
    return {
        "jobs": statuses,
        "requests": requests,
        "refused": service.refused,
        "most_in_a_minute": service.most_in_a_minute,
        "seconds_needed": needed,
        "seconds_taken": round(taken, 1),
        "ratio": round(taken / needed, 3) if needed else 1.0,
    }


def run_at_once(jobs: tuple[str, ...], home: str, clock: loopback.FastClock) -> dict[str, str]:
    """Run each job in a process of its own; give how each ended."""
    mine = [sys.executable, __file__, "--speed", str(clock.speed), "--work"]
    started = {
        job: subprocess.Popen([*mine, job, home, str(clock.begin)], stdout=subprocess.PIPE)
        for job in jobs
    }
    return {job: process.communicate()[0].decode().strip() for job, process in started.items()}


def work(job: str, home: Path, clock: loopback.FastClock) -> None:
    """Run one job by the fast clock, and print how it ended."""
    import stamina

    from digital_footprint.clock import Clock
    from digital_footprint.config import Paths, load_config
    from digital_footprint.database import Database
    from digital_footprint.scheduler.attempt import Options
    from digital_footprint.scheduler.runner import run_job

    paths = Paths(home, home, home)
    options = Options(clock=Clock(clock.now, clock.sleep))
    # The pause before a retry is the machine's own time: it would be minutes of the fast clock.
    with Database.open(paths.database) as db, stamina.set_testing(True, attempts=3, cap=True):
        print(run_job(db, load_config(paths), job, options).status)


if __name__ == "__main__":
    main()

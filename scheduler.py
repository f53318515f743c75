"""Runs what is overdue, for cron or whatever else starts programs by the clock.

Once an hour is enough; as a line of `crontab -e`, which works from any directory:

    50 * * * * ~/.local/share/digital-footprint/env/bin/python ~/footprint-timers/scheduler.py

Nothing has to be installed where the Python that runs it has the libraries. Each run leaves a row
in the history (footprint-job history) and a line of JSON in scheduler.log. What went wrong is said
on stderr, which cron sends by mail. The exit code is 0 when all went well, else 1.
"""

import sqlite3
import sys
from importlib.util import find_spec

# What the jobs import where they need it; without them each would fail in the history.
LIBRARIES = ("apprise", "httpx2", "jinja2", "msgspec", "platformdirs", "selectolax", "stamina")
INSTALL = "./install.sh, then: ~/.local/share/digital-footprint/env/bin/python scheduler.py"


def main() -> int:
    """Run what is overdue; give 0, or 1 when anything went wrong."""
    if sys.version_info < (3, 11):  # noqa: UP036 - a system's own python3 may be older
        return _complain("this Python is too old", "Python 3.11 or newer is needed")
    if missing := [name for name in ("digital_footprint", *LIBRARIES) if find_spec(name) is None]:
        return _complain(f"{sys.executable} has no {', '.join(missing)}", INSTALL)
    from digital_footprint.errors import FootprintError

    try:
        return _run_overdue()
    except FootprintError as error:
        return _complain(error.message, error.hint)


def _run_overdue() -> int:
    from digital_footprint.config import load_config, resolve_paths
    from digital_footprint.database import Database, explain
    from digital_footprint.errors import ConfigurationError
    from digital_footprint.scheduler import interruptions, runner
    from digital_footprint.scheduler.attempt import Options

    paths, options = resolve_paths(), Options(trigger="catchup")
    try:
        with Database.open(paths.database) as db:
            try:
                config = load_config(paths)
            except ConfigurationError as error:
                runner.record_failures(db, paths, error, options)
                raise
            results = runner.run_scheduled_jobs(db, config, options=options)
    except sqlite3.Error as error:
        raise explain(error, paths.database) from None
    for result in results:
        _tell(f"{result.job_name}: {result.status}", result.error, result.warning)
        if result.signal is not None:
            interruptions.die_by(result.signal)
    return int(any(result.exit_code for result in results))


def _tell(ended: str, *troubles: str | None) -> None:
    """Say how a run ended to who watches; to who does not, only what went wrong."""
    said = "; ".join(filter(None, troubles))
    if said:
        _complain(f"{ended}: {said}", "footprint-job history")
    elif sys.stdout.isatty():
        sys.stdout.write(f"{ended}\n")


def _complain(message: str, hint: str) -> int:
    sys.stderr.write(f"scheduler.py: {message}\n  next: {hint}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

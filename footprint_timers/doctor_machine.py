"""Decides what is wrong with the machine itself: its clock, its disk, lines left in a crontab."""

from collections.abc import Iterator

from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Paths
from digital_footprint.database import Database, is_full
from digital_footprint.errors import FootprintError
from digital_footprint.process import Runner
from footprint_timers import crontab
from footprint_timers.examination import INSTALL, Finding
from footprint_timers.schedulers import cron
from footprint_timers.site import Site

SET_CLOCK = "sudo timedatectl set-ntp true"
ASK_CLOCK = "date"
TAKE_OUT = "footprint-timers uninstall --backend cron --force"
OF_OURS = ("footprint-job", "scheduler.py")


def examine(db: Database, paths: Paths, run: Runner, site: Site) -> Iterator[Finding]:
    """Look at what no scheduler is needed for; nothing is changed."""
    yield _clock(db, run)
    yield _disk(paths)
    if site.machine.platform != "darwin":  # there, to ask for it raises a dialogue
        yield _crontab(run(["crontab", "-l"]).stdout, site)


def _clock(db: Database, run: Runner) -> Finding:
    # One option per name: unlike systemctl, timedatectl takes no list of them.
    told = run(["timedatectl", "show", "--property=CanNTP", "--property=NTP"]).stdout.split()
    newest = db.first("SELECT job_name, started_at FROM scheduled_runs ORDER BY id DESC LIMIT 1")
    if newest and newest["started_at"] > to_text(utc_now()):
        found = f"the newest run is recorded for {newest['started_at']}, which has not come yet"
        first = SET_CLOCK if "CanNTP=yes" in told else ASK_CLOCK
        again = f"footprint-job run {newest['job_name']}"
        return Finding("clock", False, found, f"{first}; once the clock is right: {again}")
    # A container may not set its clock: there it is its host's business.
    if {"CanNTP=yes", "NTP=no"} <= set(told):
        return Finding("clock", False, "nobody keeps it right: network time is off", SET_CLOCK)
    return Finding("clock", True, "the newest run does not lie ahead of it")


def _disk(paths: Paths) -> Finding:
    if is_full(paths.data):
        fix = f"free some space: df -h {paths.data}"
        return Finding("disk", False, f"{paths.data} has no room", fix)
    return Finding("disk", True, f"{paths.data} has enough room")


def _crontab(lines: str, site: Site) -> Finding:
    """Look for lines in the person's crontab that run jobs too: each would run twice."""
    rest, region = _apart(lines)
    foreign = _running_jobs(rest)
    if foreign:
        found = f"{len(foreign)} line(s) of the crontab run jobs beside the timers: {foreign[0]}"
        return Finding("crontab", False, found, "crontab -e, and remove what runs our jobs")
    if region and not _is_known(site):
        found = "our lines of an installation that is not recorded run jobs"
        return Finding("crontab", False, found, TAKE_OUT if site.installed else INSTALL)
    return Finding("crontab", True, "runs no job beside the timers")


def _apart(lines: str) -> tuple[str, bool]:
    """Give what is not ours, and whether we have a region; half a one is a person's to mend."""
    try:
        return crontab.taken_out(lines) or "", crontab.find(lines) is not None
    except FootprintError:
        return lines, False


def _running_jobs(lines: str) -> list[str]:
    return [
        line.strip()
        for line in lines.splitlines()
        if not line.lstrip().startswith("#") and any(name in line for name in OF_OURS)
    ]


def _is_known(site: Site) -> bool:
    """Say whether our region is what was installed, or what a killed move has left to finish."""
    if site.installed is None:
        return False
    leaving = site.installed.leaving
    return cron.NAME in (site.installed.backend, leaving and leaving[0])

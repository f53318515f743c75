"""Decides what is wrong with our lines in a crontab, by calling what they call as cron would."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from digital_footprint.config import Config
from digital_footprint.process import Runner
from digital_footprint.scheduler.due import NAMES
from digital_footprint.selftest import selftest
from footprint_timers import cron_lines, crontab, mark
from footprint_timers.catalogue import PLACE_VARIABLES
from footprint_timers.examination import INSTALL, INSTALL_AGAIN, Finding, compared
from footprint_timers.linger import user_name
from footprint_timers.model import TimerStatus
from footprint_timers.schedulers.cron import Cron

SETTING = re.compile(r"""\s*(\w+)\s*=\s*["']?(.*?)["']?\s*""")
SHELLS = ("ash", "bash", "dash", "ksh", "mksh", "sh", "zsh")
MAILERS = ("/usr/sbin/sendmail", "/usr/lib/sendmail")
EDIT = "crontab -e"


def examine(config: Config, scheduler: Cron) -> Iterator[Finding]:
    """Look at each job's line, at what above it changes its meaning, and at what it calls."""
    region = crontab.find(scheduler.crontab.read() or "")
    names = [name for name in NAMES if config.job(name).enabled]
    timers = scheduler.read_status(names)
    install = _install(region)
    yield from (_line(name, timers[name], install) for name in names)
    if region is None:
        return
    settings = _settings(region.above)
    yield from _meaning(settings)
    yield _mail(config, settings)
    fix = _leading_back(settings, region) or install
    yield from _call(scheduler.crontab.run, cron_lines.read_call(region.text), settings, fix)


def _leading_back(settings: Mapping[str, str], region: crontab.Region) -> str | None:
    """Give what a person does about a setting that leads our lines to another home."""
    for name in PLACE_VARIABLES:
        if settings.get(name) and f"{name}=" not in region.text:
            return f"{EDIT}, and move our lines above {name}="
    return None


def _install(region: crontab.Region | None) -> str:
    """Give the command that writes the lines; what was edited by hand it overwrites by force."""
    untouched = region is None or mark.is_untouched(region.text)
    return INSTALL if untouched else f"{INSTALL} --force"


def _line(name: str, timer: TimerStatus, install: str) -> Finding:
    if not timer.installed:
        return Finding(f"timer {name}", False, "has no line in the crontab", install)
    if timer.next_due is None:
        return Finding(f"timer {name}", False, "its line never fires", install)
    due = timer.next_due.astimezone()
    return Finding(f"timer {name}", True, f"fires next {due:%Y-%m-%d %H:%M}")


def _settings(lines: str) -> Mapping[str, str]:
    """Read what is set for the lines that follow."""
    found = (SETTING.fullmatch(line) for line in lines.split("\n"))
    return {match[1]: match[2] for match in found if match}


def _meaning(settings: Mapping[str, str]) -> Iterator[Finding]:
    shell = Path(settings.get("SHELL", "/bin/sh"))
    if shell.name not in SHELLS:
        found = f"SHELL={shell} stands above our lines, which are written for sh"
        yield Finding("shell", False, found, f"{EDIT}, and move our lines above it")
    if zone := settings.get("CRON_TZ"):
        found = f"CRON_TZ={zone} stands above our lines, whose times are those of this machine"
        yield Finding("time zone", False, found, f"{EDIT}, and move our lines above it")


def _mail(config: Config, settings: Mapping[str, str]) -> Finding:
    """Say who hears what a failing run says: cron sends it by mail, if it can."""
    if any(channel.enabled for channel in config.settings.alerts.channels.values()):
        return Finding("mail", True, "failures are told over the channels of footprint alert")
    if settings.get("MAILTO", "-") == "":
        fix = f"footprint alert add, or {EDIT} and give MAILTO= an address"
        return Finding("mail", False, "MAILTO= is empty: nobody is told of a failure", fix)
    if not any(shutil.which(mailer) for mailer in MAILERS):
        found = "there is no mail program: failures stand in footprint-timers status alone"
        return Finding("mail", True, found)
    return Finding("mail", True, f"failures go to {settings.get('MAILTO') or user_name()}")


def _call(
    run: Runner, call: str | None, settings: Mapping[str, str], fix: str
) -> Iterator[Finding]:
    """Call the program of the lines with the few variables that cron sets, and those set above."""
    if call is None:
        yield Finding("call", False, "no line looks for what was missed", fix)
        return
    bare = {"HOME": str(Path.home()), "LOGNAME": user_name(), "PATH": "/usr/bin:/bin"}
    given = [f"{name}={value}" for name, value in {**bare, **settings, "SHELL": "/bin/sh"}.items()]
    answer = run(["env", "-i", *given, "sh", "-c", f"{call} selftest --json"])
    try:
        seen = json.loads(answer.stdout)
    except ValueError:
        found = f"it cannot start: {answer.complaint()}"
        yield Finding("call", False, found, INSTALL_AGAIN)
        return
    yield from compared("call", seen, selftest(), fix)

"""Decides which jobs get a timer, and which variables a scheduler has to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from digital_footprint.config import Config, Paths
from digital_footprint.scheduler.due import NAMES, SUMMARIES
from footprint_timers.model import DELIVERY, Job, Slot
from footprint_timers.slots import LAST, lay_slots

# What decides about our places, in the order of its weight.
PLACE_VARIABLES = ("FOOTPRINT_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


def wanted_jobs(config: Config, seed: str) -> tuple[Job, ...]:
    """Give every job that exists and is enabled, in its slot, and what sends held messages."""
    enabled = (job for job in all_jobs(config, seed) if config.job(job.name).enabled)
    return (*enabled, *_delivery(config))


def without_years(jobs: Sequence[Job]) -> tuple[Job, ...]:
    """Give the jobs as a scheduler fires them that knows no years."""
    return tuple(replace(job, slot=replace(job.slot, yearless=True)) for job in jobs)


def all_jobs(config: Config, seed: str) -> tuple[Job, ...]:
    """Give every job that exists, in the slot that it has or would have."""
    slots = lay_slots(config, seed)
    return tuple(
        Job(
            name=name,
            summary=summary,
            slot=slots[name],
            timeout_minutes=config.job(name).timeout_minutes,
            after=tuple(scan for scan in NAMES if scan != LAST) if name == LAST else (),
            needs_network=name != LAST,
        )
        for name, summary in SUMMARIES.items()
    )


def _delivery(config: Config) -> tuple[Job, ...]:
    """Give the timer of the end of quiet hours: every job may run in them, and none stays after."""
    alerts = config.settings.alerts
    told = [one for one in alerts.channels.values() if one.enabled and one.kind != "ping"]
    if alerts.quiet_hours is None or not told:
        return ()
    end = alerts.quiet_hours.partition("-")[2]
    return (
        Job(
            name=DELIVERY,
            summary="sends what quiet hours held back",
            slot=Slot(interval_days=1, phase=0, hour=int(end[:2]), minute=int(end[3:])),
            timeout_minutes=10,
            command="deliver",
        ),
    )


def unit_environment(
    paths: Paths, environ: Mapping[str, str], manager_environment: Mapping[str, str]
) -> dict[str, str]:
    """Give the variables without which a unit would find other places than this shell does."""
    if environ.get("FOOTPRINT_HOME"):
        home = str(paths.config)
        return {} if manager_environment.get("FOOTPRINT_HOME") == home else {"FOOTPRINT_HOME": home}
    return {
        # An empty one counts as none.
        name: environ.get(name, "")
        for name in PLACE_VARIABLES
        if environ.get(name, "") != manager_environment.get(name, "")
    }

"""Decides what is generated without asking any scheduler."""

import os
import sys
from dataclasses import replace
from pathlib import Path

from digital_footprint.config import load_config, resolve_paths
from digital_footprint.output import say
from footprint_timers import catalogue, render
from footprint_timers.linger import user_name
from footprint_timers.machine import Machine
from footprint_timers.manager import OLDEST
from footprint_timers.model import File
from footprint_timers.program import find_program
from footprint_timers.sandbox import level_without_probe
from footprint_timers.schedulers import cron
from footprint_timers.schedulers.launchd_domain import plists
from footprint_timers.slots import host_seed
from footprint_timers.stamps import stamp_directory


def files(
    backend: str, scope: str | None, sandbox: str | None, machine: Machine
) -> tuple[File, ...]:
    """Give the files of a scheduler as this machine would have them; what is absent is its own.

    Raises ConfigurationError for words that the scheduler could not read.
    """
    paths = resolve_paths()
    jobs = catalogue.wanted_jobs(load_config(paths), host_seed())
    program = find_program(paths, sys.argv[0])
    if backend == "launchd" or (backend == "auto" and machine.platform == "darwin"):
        user = (machine.sudo_user or user_name()) if scope == "system" else None
        return plists(catalogue.without_years(jobs), paths, program, os.environ, user)
    if backend == cron.NAME:
        return cron.lines_of(catalogue.without_years(jobs), paths, program)
    host = catalogue.host_of(
        paths,
        program,
        os.environ,
        manager_environment={},
        version=OLDEST,
        stamps=stamp_directory({**os.environ, "HOME": str(Path.home())}),
    )
    level = level_without_probe(sandbox or "auto")
    say(f"sandbox: {level}; no manager was asked, and so no probe has proved anything")
    return render.systemd_files([replace(job, sandbox=level) for job in jobs], host)

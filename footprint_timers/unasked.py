"""Decides what is generated where no scheduler is asked."""

import os
import sys
from dataclasses import replace

from digital_footprint.config import load_config
from digital_footprint.output import say
from footprint_timers import catalogue, places, render
from footprint_timers.manager import OLDEST
from footprint_timers.model import File
from footprint_timers.program import find_program
from footprint_timers.sandbox import level_without_probe
from footprint_timers.schedulers import cron
from footprint_timers.schedulers.launchd_domain import plists
from footprint_timers.site import Site


def files(site: Site, sandbox: str | None) -> tuple[File, ...]:
    """Give the files of a scheduler as this machine would have them; what is absent is its own.

    Raises ConfigurationError for words that the scheduler could not read.
    """
    paths, backend = site.paths, site.backend
    jobs = catalogue.wanted_jobs(load_config(paths), site.seed)
    program = find_program(paths, sys.argv[0])
    if backend == "launchd" or (backend == "auto" and site.machine.platform == "darwin"):
        user = site.person.name if site.scope == "system" else None
        return plists(catalogue.without_years(jobs), paths, program, os.environ, user)
    if backend == cron.NAME:
        return cron.lines_of(catalogue.without_years(jobs), paths, program)
    level = level_without_probe(sandbox or "auto")
    say(f"sandbox: {level}; no manager was asked, and so no probe has proved anything")
    manager = replace(site.files(site.scope).manager, version=OLDEST)
    host = places.host_of(paths, manager, program)
    return render.systemd_files([replace(job, sandbox=level) for job in jobs], host)

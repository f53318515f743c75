"""Decides what units say of the machine that they are for, this one or a tree of files."""

import os
import sys
from functools import partial
from pathlib import Path

from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from footprint_timers import catalogue, failures, sandbox
from footprint_timers.identity import SCOPE_VARIABLE
from footprint_timers.manager import Manager
from footprint_timers.model import Host
from footprint_timers.program import find_program, places_of
from footprint_timers.slots import host_seed


def seed_of(root: Path | None, uid: int) -> str:
    """Give what tells that machine and its user from others."""
    return host_seed((root or Path("/")) / "etc/machine-id", uid)


def host_of(paths: Paths, manager: Manager, program: Path) -> Host:
    """Say what the units have to know of that machine."""
    there = partial(inside, manager.root)
    ours = Paths(*map(there, (paths.config, paths.data, paths.state)))
    variables = catalogue.unit_environment(ours, os.environ, manager.environment)
    return Host(
        program=program,
        failures=failures.directory(ours),
        environment={**variables, SCOPE_VARIABLE: "system"} if manager.account else variables,
        account=manager.account,
        systemd_version=manager.version,
        room=sandbox.room_of(
            ours,
            home=Path(manager.environment.get("HOME") or Path.home()),
            stamps=there(manager.stamps),
            program=places_of(program),
            linked=map(there, sandbox.linked_from(paths.config)),
        ),
    )


def program_of(manager: Manager, paths: Paths) -> Path:
    """Give the program as it is found once the tree of files is a machine's root.

    In another tree that is where install.sh has put it, else where it is on this machine.
    Raises ConfigurationError where it is not there.
    """
    here = find_program(paths, sys.argv[0])
    if manager.root is None or manager.root == Path("/"):
        return here
    places = [inside(manager.root, place) for place in (paths.data / "env/bin" / here.name, here)]
    for place in places:
        if is_there(manager.root, place):
            return place
    raise ConfigurationError(
        f"neither {places[0]} nor {places[1]} is in {manager.root}: its timers could start nothing",
        hint=f"install the package there first: chroot {manager.root}, then ./install.sh",
    )


def is_there(root: Path, path: Path) -> bool:
    """Say whether a tree has a path; a link in it leads to where the tree is the root."""
    place = root
    for part in path.relative_to("/").parts:
        place = place / part
        for _ in range(40):
            if not place.is_symlink():
                break
            target = place.readlink()
            top = root if target.is_absolute() else place.parent
            place = top / target.relative_to(target.anchor)
    return place.exists()


def inside(root: Path | None, path: Path) -> Path:
    """Give a path as it is once the tree of files is a machine's root."""
    if root is None or not path.is_relative_to(root):
        return path
    return Path("/") / path.relative_to(root)

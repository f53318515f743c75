"""Decides whose timers a command is about, of which scheduler, and in which tree of files."""

import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from digital_footprint.config import Paths, resolve_paths
from digital_footprint.errors import ConfigurationError, NoSchedulerError, UsageError
from digital_footprint.output import say
from digital_footprint.process import Runner
from footprint_timers import identity, installation, places
from footprint_timers.identity import Person
from footprint_timers.installation import Installation
from footprint_timers.machine import Machine
from footprint_timers.manager import SYSTEM_UNITS
from footprint_timers.model import Scope
from footprint_timers.schedulers import OnRefused, choose, offline, systemd, without_foreign
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.schedulers.systemd_manager import Systemd

HERE = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says; None is what was remembered, the caller, this machine.

    `verb`: the command that is given; `options`: what was typed with it besides, as a shell reads
    it. `machine`: another machine than this one, for tests.
    """

    verb: str = "install"
    options: tuple[str, ...] = ()
    backend: str = "auto"
    scope: Scope | None = None
    user: str | None = None
    root: Path | None = None
    machine: Machine | None = None

    def call(self, verb: str) -> str:
        """Give a command with the options of this call, where it is this call's."""
        return " ".join((verb, *self.options)) if verb == self.verb else verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Whose timers, of which scheduler, in which tree. `paths`: where the home's files lie for us.

    `installed`: what is there already, None where nothing is.
    """

    person: Person
    scope: Scope
    paths: Paths
    installed: Installation | None
    backend: str = "auto"
    root: Path | None = None
    machine: Machine = field(default_factory=Machine)
    asked: Asked = field(default_factory=Asked)

    @property
    def seed(self) -> str:
        """What tells its machine and its person from others."""
        return places.seed_of(self.root, self.person.uid)

    def scheduler(
        self, run: Runner, on_refused: OnRefused = lambda _name, _why: None
    ) -> Scheduler[Any]:
        """Reach the scheduler that was asked for, or what stands for it in a tree of files.

        `on_refused`: told of each that was tried before it. Raises NoSchedulerError.
        """
        if self.root is not None:
            return self._in_tree(self.root)
        return choose(
            run,
            self.backend,
            scope=self.scope,
            machine=self.machine,
            installed=self.installed,
            on_refused=on_refused,
        )

    def files(self, scope: Scope) -> Systemd:
        """Give what the files of a systemd manager say, whether it runs or not."""
        return Systemd(offline.connect(self.root or HERE, scope, self.person))

    def command(self, verb: str, scope: Scope | None = None) -> str:
        """Give the command of ours by which whoever reads it does something here.

        `scope`: in that scope, and not in the one that is asked for or remembered.
        """
        if (scope or self.scope) == "system" and self.root in (None, HERE):
            return self.as_root(verb)
        named = "" if self.asked.user is None else f" --user {self.person.name}"
        chosen = f" --scope {scope}" if scope else ""
        return f"footprint-timers {self.asked.call(verb)}{chosen}{named}{self._tree}"

    def as_root(self, verb: str) -> str:
        """Give the command by which root does something for this person's system timers."""
        words = f"{self.asked.call(verb)} --scope system --user {self.person.name}"
        return f"sudo {_program()} {words}{self._tree}"

    @property
    def _tree(self) -> str:
        return "" if self.root is None else f" --root {self.root}"

    def refuse_to_start(self, verb: str) -> None:
        """Raise where nothing can be started, or not by this process."""
        if self.root is not None:
            raise UsageError(
                f"{verb} starts things, and in {self.root} nothing runs",
                hint=f"see what stands there: footprint-timers plan --root {self.root}",
            )
        if self.scope == "system" and not self.machine.is_root:
            raise ConfigurationError(
                f"{verb} starts units of the system, which only root may",
                hint=self.as_root(verb),
            )

    def refuse_without_rights(self, scheduler: Scheduler[Any], verb: str) -> None:
        """Raise ConfigurationError where this process may not change what the scheduler does."""
        if not scheduler.may_change:
            raise ConfigurationError(
                f"only root may {verb} timers of the system; nothing was changed",
                hint=self.as_root(verb),
            )

    def _in_tree(self, root: Path) -> Systemd:
        if self.backend not in ("auto", systemd.NAME):
            raise NoSchedulerError(
                f"no scheduler can be set up offline. Tried: {self.backend}: it takes its jobs"
                " from its own program only",
                hint="use --backend systemd, or install once the machine runs",
            )
        if root == HERE and offline.version_in(HERE) is None:
            raise NoSchedulerError(
                "no scheduler can be set up offline. Tried: systemd: it is not installed",
                hint="run footprint-job run-overdue from another scheduler, such as cron",
            )
        return self.files(self.scope)


@contextmanager
def settled(asked: Asked, environ: MutableMapping[str, str] = os.environ) -> Iterator[Site]:
    """Find out whose timers it is about, and go on with the rights and places of that person.

    Raises UsageError or ConfigurationError for whom it cannot be.
    """
    root = asked.root.absolute() if asked.root else None
    person, by_sudo = _person(asked, root)
    with ExitStack() as stack:
        if person.uid != os.getuid() or root not in (None, HERE):
            stack.enter_context(identity.surroundings(person, environ))
        if os.getuid() == 0 and person.uid != 0 and root in (None, HERE):
            stack.enter_context(identity.rights_of(person))
            _refuse_foreign_program(person)
        inside = resolve_paths(environ)
        paths = _in_tree(root, inside)
        _refuse_way_out(root, paths)
        # This one is looked at from here: its user and home are by now the person's.
        machine = asked.machine or Machine()
        installed = _installed(paths, "linux" if root else machine.platform)
        site = Site(
            person=person,
            scope=asked.scope or (installed.scope if installed else "user"),
            paths=paths,
            installed=installed,
            backend=asked.backend,
            root=root,
            machine=machine,
            asked=asked,
        )
        _refuse_wrong_person(site, asked)
        if by_sudo and not asked.user:
            say(f"for {person.name}, who called sudo; for somebody else: --user NAME")
        try:
            yield site
        finally:
            if root not in (None, HERE) and os.getuid() == 0:
                _hand_over(site)


def _person(asked: Asked, root: Path | None) -> tuple[Person, bool]:
    """Give whose timers they are, and whether that was told by sudo."""
    caller = identity.calls_by_sudo()
    name = caller if asked.user is None else asked.user
    here = replace(identity.current(), home=Path.home())
    if name is None:
        # The tree may have another idea of this user's number and home.
        return (here if root in (None, HERE) else identity.named(here.name, root)), False
    if name == here.name and root in (None, HERE):
        return here, False
    person = identity.named(name, root)
    if root in (None, HERE) and here.uid not in (person.uid, 0):
        scope = "" if person.uid == 0 else " --scope system"
        raise UsageError(
            f"only root sees to the timers of somebody else ({name})",
            hint=f"sudo {_program()} {asked.call(asked.verb)}{scope} --user {name}",
        )
    return person, name == caller


def _installed(paths: Paths, platform: str) -> Installation | None:
    recorded = installation.read(paths)
    return None if recorded is None else without_foreign(recorded, platform)


def _refuse_wrong_person(site: Site, asked: Asked) -> None:
    if site.scope == "system" and site.person.uid == 0:
        raise ConfigurationError(
            "timers of the system run for a person, and never as root: what reads the pages of"
            " strangers would own the machine; nothing was changed",
            hint=f"name the person: {_program()} install --scope system --user NAME",
        )
    if site.scope == "user" and site.root is None and identity.came_as_root():
        if site.person.uid == 0:
            return
        _refuse_user_scope_as_root(site.person, asked)


def _refuse_user_scope_as_root(person: Person, asked: Asked) -> None:
    whose = f"not those of {person.name}"
    words = asked.call(asked.verb)
    raise ConfigurationError(
        f"as root these would be root's own timers, working in root's home, and {whose};"
        " nothing was changed",
        hint=(
            f"as {person.name}, without sudo: footprint-timers {words}; or timers of the"
            f" system that work for {person.name}: sudo {_program()} {words} --scope system"
            f" --user {person.name}" + ("" if asked.user else "; or root's own: --user root")
        ),
    )


def _refuse_foreign_program(person: Person) -> None:
    """Raise ConfigurationError where a person may not run what root has called."""
    if not os.access(sys.executable, os.X_OK) or not os.access(__file__, os.R_OK):
        raise ConfigurationError(
            f"{person.name} may not read {Path(__file__).parent}, which root has called",
            hint=f"install it where {person.name} may run it: ./install.sh as {person.name}",
        )


def _in_tree(root: Path | None, paths: Paths) -> Paths:
    if root is None:
        return paths
    return Paths(*(offline.in_tree(root, one) for one in (paths.config, paths.data, paths.state)))


def _refuse_way_out(root: Path | None, paths: Paths) -> None:
    """Raise ConfigurationError where a link of a tree leads out of it, to this machine's files."""
    if root is None:
        return
    units = offline.in_tree(root, SYSTEM_UNITS)
    for place in (paths.config, paths.data, paths.state, units):
        if not place.resolve().is_relative_to(root.resolve()):
            raise ConfigurationError(
                f"{place} leads to {place.resolve()}, out of {root}; nothing was changed",
                hint=f"call it from inside: chroot {root} footprint-timers install --root /",
            )


def _hand_over(site: Site) -> None:
    """Give the person of another tree what root has just made in their home."""
    home = offline.in_tree(site.root or HERE, site.person.home)
    manager = offline.connect(site.root or HERE, "user", site.person)
    paths = (site.paths.config, site.paths.data, site.paths.state, manager.units, manager.stamps)
    for top in paths:
        above = [one for one in top.parents if one.is_relative_to(home) and one != home]
        for place in (*above, top, *top.rglob("*")):
            if os.path.lexists(place) and place.lstat().st_uid == 0:
                os.chown(place, site.person.uid, site.person.gid, follow_symlinks=False)


def _program() -> str:
    """Give the path of the command as it was called: sudo knows no path of a home."""
    called = Path(sys.argv[0])
    return str(called.absolute()) if called.name == "footprint-timers" else "footprint-timers"

"""Decides whose timers a command is about, of which manager, and in which tree of files."""

import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from digital_footprint.config import Paths, resolve_paths
from digital_footprint.errors import ConfigurationError, NoSchedulerError, UsageError
from digital_footprint.output import say
from digital_footprint.process import Runner
from footprint_timers import identity, installation
from footprint_timers.identity import Person
from footprint_timers.manager import OLDEST, SYSTEM_UNITS, Manager, Refusal
from footprint_timers.manager import connect as connect_running
from footprint_timers.model import Scope
from footprint_timers.schedulers import choose, offline

HERE = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says; None is what was remembered, the caller, this machine."""

    scope: Scope | None = None
    user: str | None = None
    root: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Whose timers, of which manager, in which tree. `paths`: where the home's files lie for us.

    `recorded`: the scope of what is installed, None where nothing is.
    """

    person: Person
    scope: Scope
    paths: Paths
    recorded: Scope | None
    root: Path | None = None

    @property
    def other_scope(self) -> Scope:
        """The scope that it is not about."""
        return "user" if self.scope == "system" else "system"

    def manager(self, run: Runner, backend: str = "auto") -> Manager:
        """Reach the manager, or what stands for it in a tree of files.

        Raises NoSchedulerError.
        """
        return self._manager(run, backend, self.scope)

    def abandoned(self, run: Runner) -> Manager | None:
        """Give the manager that has the timers from before the scope was another, if there is one.

        A user's manager that does not run has nothing loaded: its files are all that there is.
        Raises ConfigurationError where only root may remove them.
        """
        if self.recorded in (None, self.scope):
            return None
        if self.recorded == "system" and self.root is None and not identity.came_as_root():
            raise ConfigurationError(
                f"timers of the system run for {self.person.name} already, and only root may"
                " remove them; nothing was changed",
                hint=f"{self.as_root('uninstall')}; then: footprint-timers install --scope user",
            )
        if self.root is None and self.recorded == "user":
            found = connect_running(run)
            if isinstance(found, Refusal):
                return offline.connect(HERE, "user", self.person)
            return found
        return self._manager(run, "auto", self.other_scope)

    def command(self, verb: str) -> str:
        """Give the command of ours by which whoever reads it does something here."""
        if self.scope == "system" and self.root is None:
            return self.as_root(verb)
        return f"footprint-timers {verb}"

    def as_root(self, verb: str) -> str:
        """Give the command by which root does something for this person's system timers."""
        return f"sudo {_program()} {verb} --scope system --user {self.person.name}"

    def unasked(self) -> Manager:
        """Give the places of the manager without asking it, nor looking for it."""
        manager = offline.connect(self.root or HERE, self.scope, self.person)
        return replace(manager, version=OLDEST)

    def refuse_doctor(self) -> None:
        """Raise where nothing can be started, or not by this process."""
        if self.root is not None:
            raise UsageError(
                f"doctor starts things, and in {self.root} nothing runs",
                hint=f"see what stands there: footprint-timers plan --root {self.root}",
            )
        if self.scope == "system" and not identity.came_as_root():
            raise ConfigurationError(
                "doctor starts units of the system, which only root may",
                hint=self.as_root("doctor"),
            )

    def refuse_without_rights(self, manager: Manager, verb: str) -> None:
        """Raise ConfigurationError where the manager would not let this process change anything."""
        if not manager.may_change:
            raise ConfigurationError(
                f"only root may {verb} timers of the system; nothing was changed",
                hint=self.as_root(verb),
            )

    def _manager(self, run: Runner, backend: str, scope: Scope) -> Manager:
        if self.root is None:
            return choose(run, backend, scope=scope)
        if self.root == HERE and offline.version_in(HERE) is None:
            raise NoSchedulerError(
                "no scheduler can be set up offline. Tried: systemd: it is not installed",
                hint="run footprint-job run-overdue from another scheduler, such as cron",
            )
        return offline.connect(self.root, scope, self.person)


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
        recorded = installation.scope_of(installation.read(paths))
        scope = asked.scope or recorded or "user"
        site = Site(person=person, scope=scope, paths=paths, recorded=recorded, root=root)
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
    name = asked.user or caller
    here = replace(identity.current(), home=Path.home())
    if name is None:
        # The tree may have another idea of this user's number and home.
        return (here if root in (None, HERE) else identity.named(here.name, root)), False
    if name == here.name and root in (None, HERE):
        return here, False
    person = identity.named(name, root)
    if root in (None, HERE) and here.uid not in (person.uid, 0):
        raise UsageError(
            f"only root installs timers for somebody else ({name})",
            hint=f"sudo {_program()} install --scope system --user {name}",
        )
    return person, name == caller


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
    raise ConfigurationError(
        f"as root these would be root's own timers, working in root's home, and {whose};"
        " nothing was changed",
        hint=(
            f"as {person.name}, without sudo: footprint-timers install; or timers of the system"
            f" that work for {person.name}: sudo {_program()} install --scope system"
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

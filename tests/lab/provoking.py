"""What the doctor finds on a machine, and how its printed fix is carried out there to the letter."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from tests.lab.acts import BIN, BIN_PATH
from tests.lab.machine import HOME, SOURCE, Machine

TIMERS = f"{BIN}/footprint-timers"
# A person at an editor, who writes into the file that is there, for crontab wants no other; and
# takes longer than a second: by the file's time it sees that there was a change.
EDITOR = """#!/bin/sh
for last; do :; done
sed -e "$LAB_EDIT" "$last" >"$HOME/edited" && cat "$HOME/edited" >"$last"
touch -d tomorrow "$last"
"""


@dataclass(frozen=True, slots=True)
class Spoil:
    """What somebody does, and the finding that tells of it: its name, and words of it.

    `as_root`: done by root. `by_hand`: what a person does where the fix says it in words. `edit`:
    what a person does in the editor to which the fix leads, as a command of sed.
    """

    done: str
    name: str
    said: str
    by_hand: str = ""
    edit: str = ""
    as_root: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of the doctor's that is not well."""

    name: str
    found: str
    fix: str


def wrong(machine: Machine, words: str = "", **environ: str) -> list[Finding]:
    """Give what the doctor finds; its exit code has to say the same."""
    answer = machine.user(f"{TIMERS} doctor --json {words}", **environ)
    document = json.loads(answer.out)
    assert (answer.status == 0) is document["ok"] is all(one["ok"] for one in document["checks"])
    return [
        Finding(one["name"], one["found"], one["fix"])
        for one in document["checks"]
        if not one["ok"]
    ]


def provoke(machine: Machine, spoils: Sequence[Spoil], words: str = "") -> list[Finding]:
    """Spoil a machine, and give the finding of each spoil."""
    for one in spoils:
        (machine.root if one.as_root else machine.ok)(one.done)
    found = wrong(machine, words)
    return [_told_of(one, found) for one in spoils]


def mend(machine: Machine, spoils: Sequence[Spoil], findings: Sequence[Finding]) -> None:
    """Carry out every fix, in the order in which the machine was spoiled."""
    for spoil, finding in zip(spoils, findings, strict=True):
        if spoil.by_hand:
            machine.ok(spoil.by_hand)
        else:
            carry_out(machine, finding.fix, spoil.edit)


def carry_out(machine: Machine, fix: str, edit: str = "") -> None:
    """Do what is printed, as whoever reads it would; `sudo` is the machine's root."""
    machine.ok(f"printf %s {quote(EDITOR)} >editor && chmod +x editor")
    for command in commands(fix):
        if command.startswith("sudo "):
            # By the manager: logind refuses who came in from outside of every control group.
            machine.root(f"systemd-run --quiet --wait --pipe {command.removeprefix('sudo ')}")
        else:
            _type(machine, command, edit)


def commands(fix: str) -> list[str]:
    """Give the commands out of a fix, which says in a few words more when, or what, or what else.

    Of two that do, the first; where something is to be edited, the editor.
    """
    if "crontab -e" in fix:
        return ["crontab -e"]
    first, _, then = fix.partition("; once the clock is right: ")
    first = first.partition(", once it is mended")[0].partition(", or")[0]
    return [one for one in (first.rpartition(": ")[2], then) if one]


def _type(machine: Machine, command: str, edit: str) -> None:
    """Type a command at a terminal, in the checkout, where install.sh is, and `y` if asked."""
    editor = f"{HOME}/editor"
    machine.ok(
        f"cd {SOURCE} && echo y | script --quiet --return --command {quote(command)} /dev/null",
        SYSTEMD_EDITOR=editor,
        EDITOR=editor,
        LAB_EDIT=edit,
        # Half of the time of an installation; Python compiles what it really imports.
        PIP_NO_COMPILE="1",
        PATH=f"{BIN_PATH}:/usr/local/bin:/usr/bin:/bin",
    )


def _told_of(spoil: Spoil, found: Sequence[Finding]) -> Finding:
    for one in found:
        if one.name == spoil.name and spoil.said in one.found:
            assert one.fix
            return one
    raise AssertionError(f"nobody tells of {spoil.name}, {spoil.said!r}: {found}")

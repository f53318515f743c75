"""How launchd is asked, how its answers are read, and what its bare numbers mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digital_footprint.errors import FootprintError
from digital_footprint.process import NOT_FOUND, Completed, Runner
from footprint_timers.launchd_calendar import Entry

ABSENT = frozenset({3, 112, 113, 125})
"""Exit codes that say: there is no such service, or not even such a domain."""
IN_PROGRESS = frozenset({36, 37})
CALENDAR = "com.apple.launchd.calendarinterval"

# What each exit code of launchctl means here, and the next step. The codes are of errno and of
# launchd's own; it prints them with hardly a word.
MEANINGS: Mapping[int, tuple[str, str]] = {
    1: ("this user may not do that", "run it as the user whose agents they are"),
    3: ("it is not loaded", "footprint-timers install"),
    5: (
        "launchd refused it without saying why: the file, its owner or mode, or a switch",
        "plutil -lint {file}; ls -l {file}; and see System Settings, General, Login Items",
    ),
    36: ("launchd is still at work on it", "wait a minute, then run it again"),
    37: ("launchd is at work on it already", "wait a minute, then run it again"),
    112: ("there is no such domain: nobody is logged in there", "log in on the screen of this Mac"),
    113: ("launchd knows no such service", "footprint-timers install"),
    119: ("it is disabled", "launchctl enable {target}"),
    125: (
        "that domain takes no such service: there is no session on the screen",
        "log in on the screen of this Mac, and run it again there",
    ),
    NOT_FOUND: ("launchctl is not in PATH", "PATH=$PATH:/bin footprint-timers install"),
}
# What a job's own last exit code means when launchd, not the job, is to be mended.
EXIT_MEANINGS: Mapping[int, tuple[str, str]] = {
    78: (
        "launchd could not set it up, or its configuration is wrong",
        "footprint-job selftest; ls -ld its log's directory, which has to be on the boot volume",
    ),
    126: ("its program cannot be executed", "./install.sh"),
    127: ("its program or the interpreter is gone", "./install.sh"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What launchd has loaded under a label, which may not be what the file says by now.

    `last_exit`: None while it never ran since it was loaded.
    """

    domain: str
    running: bool
    arguments: tuple[str, ...]
    entries: tuple[Entry, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    last_exit: int | None = None


@dataclass(frozen=True, slots=True)
class Launchctl:
    """launchctl in one domain of this machine: `gui/UID`, `user/UID` or `system`."""

    run: Runner
    domain: str
    others: tuple[str, ...] = ()
    """Domains in which an agent of ours may have been left."""

    def call(self, verb: str, *words: str) -> Completed:
        """Give one verb with its words."""
        return self.run(["launchctl", verb, *words])

    def target(self, label: str) -> str:
        """Give how a label is called in this domain."""
        return f"{self.domain}/{label}"

    def require(self, verb: str, target: str, *words: str, file: str = "") -> None:
        """Give one verb and take no refusal.

        Raises FootprintError with launchd's number in words, and the next step.
        """
        answer = self.call(verb, *words)
        if answer.code:
            raise refusal(answer, verb, target, file)

    def loaded(self, label: str) -> Loaded | None:
        """Give what is loaded under a label, in this domain or in another one of this user."""
        for domain in (self.domain, *self.others):
            answer = self.call("print", f"{domain}/{label}")
            if answer.code == 0:
                return read_loaded(answer.stdout, domain)
            if answer.code not in ABSENT:
                raise refusal(answer, "print", f"{domain}/{label}", "")
        return None

    def disabled(self) -> frozenset[str]:
        """Give the labels that somebody has switched off with `launchctl disable`.

        Raises FootprintError when it does not say: no label would read as switched off.
        """
        answer = self.call("print-disabled", self.domain)
        if answer.code:
            raise refusal(answer, "print-disabled", self.domain, "")
        off = re.findall(r'^\s*"([^"]+)" => (?:true|disabled)$', answer.stdout, re.MULTILINE)
        return frozenset(off)


def refusal(answer: Completed, verb: str, target: str, file: str) -> FootprintError:
    """Give the error for a refusal of launchd, in words."""
    meaning, advice = MEANINGS.get(
        answer.code, (f"it said: {answer.complaint()}", "launchctl error {code}")
    )
    return FootprintError(
        f"launchctl {verb} {target}: {meaning} ({answer.code})",
        hint=advice.format(file=file or target, target=target, code=answer.code),
    )


def read_loaded(text: str, domain: str) -> Loaded:
    """Read what `launchctl print DOMAIN/LABEL` prints: braces, one line each.

    Raises FootprintError for anything else.
    """
    tree = _tree(text.splitlines())
    service = next((value for value in tree.values() if isinstance(value, dict)), None)
    if service is None:
        raise FootprintError(
            f"launchctl print {domain}: its answer is none that is known: {text[:60]!r}",
            hint=f"launchctl print {domain}",
        )
    code = str(service.get("last exit code", "")).partition(":")[0]
    return Loaded(
        domain=domain,
        running=service.get("state") == "running",
        arguments=tuple(_items(service.get("arguments"))),
        entries=tuple(_entries(service.get("event triggers"))),
        environment=_pairs(service.get("environment")),
        last_exit=int(code) if code.isdigit() else None,
    )


def _tree(lines: list[str]) -> dict[str, Any]:
    """Read nested `NAME = { ... }`; a line that is no pair stands under its own words."""
    root: dict[str, Any] = {}
    stack = [root]
    for line in (one.strip() for one in lines):
        name, arrow, value = _split(line)
        if value == "{":
            inner: dict[str, Any] = {}
            stack[-1][name] = inner
            stack.append(inner)
        elif line == "}":
            if len(stack) > 1:
                stack.pop()
        elif line:
            stack[-1].setdefault(line if not arrow else name, value)
            stack[-1].setdefault("", []).append(line)
    return root


def _split(line: str) -> tuple[str, str, str]:
    match = re.match(r"(.+?) (=>?) (.*)$", line)
    return (match[1], match[2], match[3]) if match else (line, "", "")


def _items(block: object) -> list[str]:
    return list(block.get("", ())) if isinstance(block, dict) else []


def _pairs(block: object) -> dict[str, str]:
    found = (_split(line) for line in _items(block))
    return {name: value for name, arrow, value in found if arrow}


def _entries(triggers: object) -> list[dict[str, int]]:
    """Give the calendar entries, in the order in which launchd lists them."""
    if not isinstance(triggers, dict):
        return []
    blocks = (value for value in triggers.values() if isinstance(value, dict))
    return [
        {
            name.strip('"'): int(value)
            for name, value in _pairs(one.get("descriptor")).items()
            if value.isdigit()
        }
        for one in blocks
        if one.get("stream") == CALENDAR
    ]

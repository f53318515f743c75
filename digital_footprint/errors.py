"""The one tree of errors that a person is meant to read.

FootprintError            1   failed
├── UsageError            2   the command's words are wrong
├── NoSchedulerError     69   nothing on this machine could fire a timer
├── TemporaryError       75   the same command may work later
└── ConfigurationError   78   something on this machine has to be changed first

Every error carries the process's exit code (the numbers of sysexits.h) and a
hint: the next step, as a command where there is one.
No message may hold a secret, an address or a name out of the database.
"""

from typing import ClassVar


class FootprintError(Exception):
    """Something failed; `message` says what, `hint` what to do next."""

    kind: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def document(self) -> dict[str, dict[str, str]]:
        """Give what a command prints on stdout under --json when it fails."""
        return {"error": {"kind": self.kind, "message": self.message, "hint": self.hint}}


class UsageError(FootprintError):
    """The command was given words that mean nothing here."""

    kind = "usage"
    exit_code = 2


class NoSchedulerError(FootprintError):
    """No scheduler can be reached; the message says which were tried and why each was refused."""

    kind = "no_scheduler"
    exit_code = 69


class TemporaryError(FootprintError):
    """Another process is in the way; later it will not be."""

    kind = "temporary"
    exit_code = 75


class ConfigurationError(FootprintError):
    """A file, a secret or a directory is not as it has to be; nothing runs on a guess."""

    kind = "configuration"
    exit_code = 78

"""Decides whether a file that lies among a person's own is ours to replace or to remove.

The last line of what we write is a hash of all before it: a file without it, or with another, has
somebody's own words in it.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Mark:
    """How the last line begins and ends in one kind of file, as a comment of its language."""

    begin: str
    end: str = ""

    def sign(self, text: str) -> str:
        """Give the text with its last line."""
        return f"{text}{self.begin}{_hash(text)}{self.end}\n"

    def objection(self, found: str) -> str | None:
        """Say why a file is not to be touched; None for one that is as we wrote it."""
        text, mark, rest = found.rpartition(self.begin)
        if not mark:
            return "is not ours"
        return None if rest == f"{_hash(text)}{self.end}\n" else "was edited by hand"


def read(path: Path) -> str | None:
    """Read what stands there, None where nothing does; a link is read as the text at its end.

    Raises ConfigurationError where it cannot be read.
    """
    try:
        # A pipe would be waited for without end.
        if path.exists() and not path.is_file():
            raise ConfigurationError(
                f"{path} is no ordinary file; nothing was changed", hint="move it away"
            )
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint=f"look at it with: ls -ld {path}"
        ) from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

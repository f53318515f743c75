"""Decides by which mark a file is known as ours, and as untouched since we wrote it.

The last section of every generated unit is `[X-Footprint]`, which systemd ignores by its rules;
a plist has the same lines in a comment, a crontab as comments.
"""

import hashlib

SECTION = "[X-Footprint]"
COMMENT = "# "
_HASH = "Sha256="
PLIST_END = "-->\n</dict>\n</plist>\n"


def sealed(body: str, version: str, end: str = "", comment: str = "") -> str:
    """Give a file's text with our mark: the version that wrote it and the hash of all above.

    `end`: what a format needs below it. `comment`: what makes a comment of each of its lines.
    """
    marked = f"{body.rstrip()}\n\n{comment}{SECTION}\n{comment}Version={version}\n{comment}"
    return f"{marked}{_HASH}{_digest(marked)}\n{end}"


def is_ours(text: str) -> bool:
    """Say whether a file carries our mark."""
    return any(line.removeprefix(COMMENT) == SECTION for line in text.splitlines())


def is_untouched(text: str) -> bool:
    """Say whether a file is ours, byte for byte as we wrote it."""
    marked, _, digest = text.rpartition(_HASH)
    return is_ours(text) and digest.removesuffix(PLIST_END) == _digest(marked) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

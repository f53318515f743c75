"""Decides how a text is written into a generated file so that its reader gets it back.

One function per place and format. What the reader itself would refuse, or silently drop, is
refused here first, with a sentence.
"""

import re

from digital_footprint.errors import ConfigurationError

_CONTROLS = frozenset(map(chr, (*range(32), 127)))
_SPECIAL = {
    **{chr(code): f"\\x{code:02x}" for code in (*range(1, 32), 127)},
    "\n": "\\n",
    "\t": "\\t",
    "\\": "\\\\",
    '"': '\\"',
    "%": "%%",
}
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*|--?[A-Za-z0-9][A-Za-z0-9-]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LONGEST = 128 * 1024 - 1  # of one argument of a program: execve(2)


def systemd_program(path: str) -> str:
    """Quote the first word of ExecStart=: systemd.service(5). There `$` is never doubled.

    Raises ConfigurationError for a path that systemd does not start at all.
    """
    if not path.startswith("/") or set(path) & (_CONTROLS | set("'\"\\")):
        raise ConfigurationError(
            f"systemd cannot start {path!r}",
            hint="install into a directory without quotes, backslashes and control characters",
        )
    return f'"{_escape(path)}"'


def systemd_argument(text: str) -> str:
    """Quote a further word of ExecStart=: systemd.service(5), COMMAND LINES. Plain ones stay bare.

    Raises ConfigurationError for what no program can be given.
    """
    return text if _PLAIN.fullmatch(text) else f'"{_escape(text).replace("$", "$$")}"'


def systemd_assignment(name: str, value: str) -> str:
    r"""Quote one `NAME=value` of Environment=: systemd.exec(5). There `$` has no meaning.

    Raises ConfigurationError for what no program can be given, and for a name that is none.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is no name of a variable", hint="use letters, digits and underscores"
        )
    return f'"{_escape(f"{name}={value}")}"'


def systemd_path(path: str) -> str:
    """Quote one path of ReadOnlyPaths= and its like: systemd.exec(5).

    Raises ConfigurationError for a path with a character that cannot be written there.
    """
    if set(path) & _CONTROLS:
        raise ConfigurationError(
            f"systemd cannot bind {path!r}",
            hint="keep control characters out of the names of directories",
        )
    return f'"{_escape(path)}"'


def systemd_bound(path: str) -> str:
    r"""Quote one path of BindPaths=, where `:` divides: up to 257 only outside of quotes.

    262 reads no `\"` there and 257 loses its way at a `'`: a job whose places hold one is
    protected less, as its probe will tell.
    Raises ConfigurationError for a path with a character that cannot be written there.
    """
    return systemd_path(path).replace(":", r"\:")


def systemd_text(text: str) -> str:
    """Write a text on one unquoted line, as Description=: systemd.unit(5), SPECIFIERS."""
    return " ".join(text.split()).replace("%", "%%").rstrip("\\")


def crontab_word(text: str) -> str:
    r"""Quote one word of a crontab line's command: crontab(5), then sh(1).

    `%` is written `\%`. Some crons also read `\\` as one backslash, so that none follows another.
    Raises ConfigurationError for a line break: a crontab line has none.
    """
    _refuse(text, frozenset("\0\n"), "a word of a crontab line")
    _encoded(text)
    quoted = text.replace("'", "'\"'\"'").replace("\\", "\\''").replace("%", "\\%")
    return f"'{quoted}'"


def plist_text(text: str) -> str:
    """Write a text between two tags: XML 1.0, 2.2 and 2.11. A parser turns a bare CR into LF.

    Raises ConfigurationError for a character that no XML can hold.
    """
    _refuse(text, _CONTROLS - set("\t\n\r\x7f") | set("\ufffe\uffff"), "a text of a property list")
    _encoded(text)
    named = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
    return "".join(named.get(character, character) for character in text)


def _escape(text: str) -> str:
    _refuse(text, frozenset("\0"), "a word of a unit")
    if _encoded(text) > LONGEST:
        raise ConfigurationError(
            f"{text[:20]!r}... is longer than a program can be given",
            hint=f"use at most {LONGEST} bytes",
        )
    return "".join(_SPECIAL.get(character, character) for character in text)


def _refuse(text: str, characters: frozenset[str], what: str) -> None:
    if found := sorted(set(text) & characters):
        raise ConfigurationError(
            f"{what} cannot hold {', '.join(map(ascii, found))}: {text[:60]!r}",
            hint="use a name without control characters",
        )


def _encoded(text: str) -> int:
    """Give the length as UTF-8. Raises ConfigurationError where it is none."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise ConfigurationError(
            f"{text!r} is not UTF-8 text, and the scheduler reads nothing else",
            hint="use a path whose name is valid UTF-8",
        ) from None

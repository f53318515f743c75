"""Decides how a text is written into a generated file so that its reader gets it back."""

from digital_footprint.errors import ConfigurationError

_SPECIAL = {
    **{chr(code): f"\\x{code:02x}" for code in (*range(1, 32), 127)},
    "\n": "\\n",
    "\t": "\\t",
    "\\": "\\\\",
    '"': '\\"',
    "%": "%%",
}


def systemd_program(path: str) -> str:
    """Quote the first word of ExecStart=: systemd.service(5). There `$` is never doubled.

    Raises ConfigurationError for a path that systemd does not start at all.
    """
    if not path.startswith("/") or set(path) & ((set(_SPECIAL) | {"'"}) - {"%"}):
        raise ConfigurationError(
            f"systemd cannot start {path!r}",
            hint="install into a directory without quotes, backslashes and control characters",
        )
    return f'"{_escape(path)}"'


def systemd_assignment(name: str, value: str) -> str:
    r"""Quote one `NAME=value` of Environment=: systemd.exec(5). There `$` has no meaning."""
    return f'"{name}={_escape(value)}"'


def systemd_text(text: str) -> str:
    """Write a text on one unquoted line, as Description=: systemd.unit(5), SPECIFIERS."""
    return " ".join(text.split()).replace("%", "%%").rstrip("\\")


def plist_text(text: str) -> str:
    """Write a text between two tags: XML 1.0, 2.2 and 2.11. A parser turns a bare CR into LF.

    Raises ConfigurationError for a character that no XML can hold.
    """
    if any(not _is_xml(character) for character in text):
        raise ConfigurationError(
            f"launchd cannot read {text!r}",
            hint="use a path that is valid UTF-8 and has no control characters",
        )
    named = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
    return "".join(named.get(character, character) for character in text)


def _is_xml(character: str) -> bool:
    return (
        character in "\t\n\r"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character >= "\U00010000"
    )


def _escape(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigurationError(
            f"{text!r} is not UTF-8 text, and systemd reads nothing else",
            hint="use a path whose name is valid UTF-8",
        )
    return "".join(_SPECIAL.get(character, character) for character in text)

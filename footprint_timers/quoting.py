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


def systemd_path(path: str) -> str:
    """Quote one path of BindPaths= and its like: systemd.exec(5). A quoted `:` divides nothing.

    Raises ConfigurationError for a path with a character that cannot be written there.
    """
    if any(character < " " or character == "\x7f" for character in path):
        raise ConfigurationError(
            f"systemd cannot bind {path!r}",
            hint="keep control characters out of the names of directories",
        )
    return f'"{_escape(path)}"'


def systemd_text(text: str) -> str:
    """Write a text on one unquoted line, as Description=: systemd.unit(5), SPECIFIERS."""
    return " ".join(text.split()).replace("%", "%%").rstrip("\\")


def _escape(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigurationError(
            f"{text!r} is not UTF-8 text, and systemd reads nothing else",
            hint="use a path whose name is valid UTF-8",
        )
    return "".join(_SPECIAL.get(character, character) for character in text)

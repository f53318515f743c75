"""Which YAML a broker file may consist of: plain text and numbers, each key once, no aliases."""

import os
import stat
from pathlib import Path
from typing import Any

import yaml

from digital_footprint.errors import ConfigurationError
from digital_footprint.text import plain

LARGEST_FILE = 64 * 1024


def read_document(path: Path) -> Any:
    """Read one YAML file. Raises ConfigurationError with the file, and the line where known."""
    try:
        content = _content(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint=f"look at it with: ls -l {path}"
        ) from None
    try:
        document = yaml.load(content.decode("utf-8"), Loader=PlainLoader)  # noqa: S506 - a SafeLoader
        return _plain(document)
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8 text") from None
    except (yaml.YAMLError, ValueError) as error:
        raise _unreadable(path, plain(_told(error))) from None
    except RecursionError:
        raise _unreadable(path, "it is nested too deep") from None


def _content(path: Path) -> bytes:
    """Read a small regular file; to open a pipe without a writer would wait for ever."""
    with open(path, "rb", opener=_without_waiting) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise _unreadable(path, "it is not a regular file")
        content = b"" if about.st_size > LARGEST_FILE else file.read(LARGEST_FILE + 1)
        if about.st_size > LARGEST_FILE or len(content) > LARGEST_FILE:
            raise _unreadable(path, f"it has more than {LARGEST_FILE} bytes")
        return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _plain(value: Any) -> Any:
    """Give a document whose text can be shown: no character in it moves a cursor or hides."""
    match value:
        case str():
            return plain(value, limit=LARGEST_FILE)
        case list():
            return [_plain(one) for one in value]
        case dict():
            return {_plain(key): _plain(one) for key, one in value.items()}
        case _:
            return value


class PlainLoader(yaml.SafeLoader):
    """YAML without aliases and dates; a key that stands twice is an error."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse an alias: a few of them can stand for more than fits into memory."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases are not allowed", problem_mark=self.get_mark()
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice: one of its values would be lost in silence."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key, yaml.ScalarNode) else True:
                raise yaml.MarkedYAMLError(
                    problem="a key is no text, or stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


# A date is text here: `last_verified: 2026-07-26` needs no quotes.
PlainLoader.yaml_implicit_resolvers = {
    letter: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _told(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is no YAML"
    return f"{problem}, line {mark.line + 1}" if mark else str(problem)


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: {why}", hint=f"edit {path}; see: footprint broker lint")

"""Which broker files there are, and what is wrong in each: file, key path, what is allowed."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from digital_footprint.brokers import Broker
from digital_footprint.brokers.documents import read_document
from digital_footprint.brokers.lint import wrong_values
from digital_footprint.config import nearest
from digital_footprint.errors import ConfigurationError

SHIPPED = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one key path of one file; the key is empty for the file as a whole."""

    file: Path
    key: str
    text: str

    def error(self) -> ConfigurationError:
        """Give the problem as what ends a command."""
        where = f"{self.file}: {self.key}" if self.key else f"{self.file}:"
        return ConfigurationError(
            f"{where} {self.text}", hint=f"edit {self.file}; see all: footprint broker lint"
        )


def load(own: Path) -> Mapping[str, Broker]:
    """Give every broker by its slug. Raises ConfigurationError for the first problem."""
    brokers, problems = read_all(broker_files(own))
    for problem in problems:
        raise problem.error()
    return brokers


def broker_files(own: Path) -> list[Path]:
    """Give the shipped files and then the person's own, each sorted by name."""
    shipped = sorted(SHIPPED.glob("*.yaml"))
    return shipped + sorted(path for path in own.glob("*") if path.suffix in {".yaml", ".yml"})


def read_all(files: list[Path]) -> tuple[dict[str, Broker], list[Problem]]:
    """Read files, a later one in the place of its namesake before, and tell all that is wrong."""
    brokers: dict[str, Broker] = {}
    places: dict[str, Path] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            raw = read_document(path)
        except ConfigurationError as error:
            problems.append(Problem(path, "", error.message.removeprefix(f"{path}: ")))
            continue
        found = [Problem(path, key, text) for key, text in wrong_shape(raw, Broker)]
        if (other := places.get(path.stem)) and other != path and other.parent == path.parent:
            found.append(Problem(path, "", f"stands beside {other.name}: which one holds?"))
        problems += found
        if not found:
            brokers[path.stem], places[path.stem] = _broker(raw, path), path
    for slug, broker in brokers.items():
        problems += [
            Problem(places[slug], key, text) for key, text in wrong_values(broker, brokers)
        ]
    return brokers, problems


def wrong_shape(raw: Any, shape: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give every key that does not exist, is missing, or has a value of another type."""
    if not isinstance(raw, dict):
        yield path, "is not a table of keys"
        return
    names = [field.name for field in fields(shape)]
    for key in raw:
        if key not in names:
            yield _below(path, str(key)), f"is not a known key{nearest(str(key), names)}"
    hints = get_type_hints(shape)
    for field in fields(shape):
        where = _below(path, field.name)
        if field.name in raw:
            yield from _wrong_value(raw[field.name], hints[field.name], where)
        elif field.default is MISSING:
            yield where, "is missing"


def _broker(raw: Any, path: Path) -> Broker:
    import msgspec

    broker: Broker = msgspec.convert(raw, Broker)
    return broker if broker.slug else replace(broker, slug=path.stem)


def _wrong_value(value: Any, hint: Any, path: str) -> Iterator[tuple[str, str]]:
    """Descend into tables and lists of tables; leave all else to msgspec."""
    import msgspec

    tables = [one for one in (hint, *get_args(hint)) if is_dataclass(one)]
    if tables and isinstance(value, list) and hint not in tables:
        for index, one in enumerate(value):
            yield from wrong_shape(one, tables[0], f"{path}[{index}]")
    elif tables and isinstance(value, dict):
        yield from wrong_shape(value, tables[0], path)
    else:
        try:
            msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `$")
            yield path + where.rstrip("`"), f"is wrong: {what[:1].lower()}{what[1:]}"


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key

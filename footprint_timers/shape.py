"""Decides whether a document of ours has the shape that is expected, and says where it has not.

By plain checks and without msgspec: every run reads such a document, and one with nobody to ask
about loads nothing heavy.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from digital_footprint.clock import EARLIEST, from_text, to_text

Made = TypeVar("Made")
Read = Callable[["Value"], Any]
LATEST = 2999
SHOWN = 40
"""So many characters of a wrong value are told."""


class WrongShapeError(ValueError):
    """A value is not what it has to be; the text says where, and what it is."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a document, and the way to it. What is asked for is given, or raises."""

    found: Any
    way: str = ""

    def build(
        self, shape: Callable[..., Made], needed: Mapping[str, Read], optional: Mapping[str, Read]
    ) -> Made:
        """Make a dataclass of exactly these fields, each read by its own function."""
        members, known = self.members(), {**needed, **optional}
        for name in needed.keys() - members.keys():
            raise WrongShapeError(f"{self._below(name)} is missing")
        for name in members.keys() - known.keys():
            raise WrongShapeError(f"{members[name].way} is not known")
        return shape(**{name: known[name](value) for name, value in members.items()})

    def members(self) -> dict[str, "Value"]:
        """Give the values of an object by name."""
        if type(self.found) is not dict:
            raise self.wrong("an object")
        return {name: Value(one, self._below(name)) for name, one in self.found.items()}

    def items(self) -> tuple["Value", ...]:
        """Give the values of a list."""
        if type(self.found) is not list:
            raise self.wrong("a list")
        return tuple(Value(one, f"{self.way}[{at}]") for at, one in enumerate(self.found))

    def text(self) -> str:
        """Give a text that can stand in a path."""
        if type(self.found) is not str or "\0" in self.found:
            raise self.wrong("a text")
        return self.found

    def flag(self) -> bool:
        """Give a yes or no."""
        if type(self.found) is not bool:
            raise self.wrong("true or false")
        return self.found

    def number(self, least: int, most: int | None = None) -> int:
        """Give a whole number within bounds, both included."""
        if type(self.found) is not int or self.found < least or self.found > (most or self.found):
            raise self.wrong(f"a whole number from {least}" + (f" to {most}" if most else ""))
        return self.found

    def one_of(self, choices: Sequence[str]) -> str:
        """Give one of these words."""
        if type(self.found) is not str or self.found not in choices:
            raise self.wrong(" or ".join(choices))
        return self.found

    def moment(self) -> str:
        """Give a moment in the one form in which moments are stored, of a year that can be."""
        text = self.text()
        try:
            moment = from_text(text)
            if EARLIEST <= moment.year <= LATEST and to_text(moment) == text:
                return text
        except (ValueError, OverflowError):
            pass
        raise self.wrong(f"a time as 2026-11-22T03:17:00Z, from {EARLIEST} on")

    def wrong(self, expected: str) -> WrongShapeError:
        """Give the error of a value that is not what is expected."""
        told = json.dumps(self.found)
        told = told if len(told) <= SHOWN else f"{told[:SHOWN]}..."
        return WrongShapeError(f"{self.way or 'all of it'} is {told}, expected: {expected}")

    def _below(self, name: str) -> str:
        """Give the way to a member; a name of anybody's making is told as JSON writes it."""
        word = name if name.isascii() and name.isidentifier() else json.dumps(name)[:SHOWN]
        return f"{self.way}.{word}" if self.way else word

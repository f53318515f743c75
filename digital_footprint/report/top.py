"""Keeps the few first of many: so a long list costs no memory, and its order is never chance."""

from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Top(Generic[Value]):
    """The `size` values with the least keys; keys are told apart by an id at their end."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[tuple[Any, Value]] = []
        self.total = 0

    def add(self, key: tuple[Any, ...], value: Value) -> None:
        """Take one more into account."""
        self.total += 1
        self._kept.append((key, value))
        # Seldom, so that each addition costs next to nothing.
        if len(self._kept) > 8 * self._size:
            self._cut()

    def values(self) -> list[Value]:
        """Give the first ones, in order."""
        self._cut()
        return [value for _, value in self._kept]

    @property
    def more(self) -> int:
        """How many did not fit."""
        return max(self.total - self._size, 0)

    def _cut(self) -> None:
        self._kept.sort(key=lambda pair: pair[0])
        del self._kept[self._size :]

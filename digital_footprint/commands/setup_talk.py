"""How `footprint setup` speaks with a person: asks until it is answered, notes what failed."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from digital_footprint import process
from digital_footprint.command_line import Home
from digital_footprint.errors import FootprintError
from digital_footprint.output import heading, say
from digital_footprint.sources import Profile


@dataclass(frozen=True, slots=True)
class Given:
    """The answers that came as options; None and empty are not given."""

    name: str | None = None
    emails: tuple[str, ...] = ()
    region: str | None = None
    consent: bool | None = None
    sources: tuple[Profile, ...] = ()
    key_file: Path | None = None
    alert: str | None = None
    timers: bool | None = None
    run: bool | None = None


@dataclass(slots=True)
class Talk:
    """One call of setup. `failed`: what was to be done and could not be."""

    context: click.Context
    home: Home
    given: Given
    asks: bool
    failed: list[str] = field(default_factory=list)

    def ask(self, question: str, keep: Callable[[str], str], *, hidden: bool = False) -> bool:
        """Ask until an answer can be kept, or none comes; say what became of it."""
        while self.asks:
            answer = click.prompt(
                question, default="", show_default=False, hide_input=hidden, err=True
            ).strip()
            if not answer:
                break
            try:
                say(f"  {keep(answer)}")
            except FootprintError as error:
                self.tell(error)
            else:
                return True
        return False

    def ask_choice(self, question: str, ways: Sequence[str], keep: Callable[[str], str]) -> None:
        """Ask which way is taken, until it can be, or it is the last one: none of them."""
        while True:
            way = click.prompt(question, type=click.Choice(ways), default=ways[-1], err=True)
            if way == ways[-1]:
                break
            try:
                say(f"  {keep(way)}")
            except FootprintError as error:
                self.tell(error)
            else:
                break

    def decide(self, question: str, given: bool | None, *, default: bool) -> bool:
        """Give the answer to a yes or no: the option's, the person's, or no without a terminal."""
        if given is not None:
            return given
        return self.asks and click.confirm(question, default=default, err=True)

    def attempt(self, what: str, do: Callable[..., str], *args: Any) -> None:
        """Do what was asked for and say what became of it; when it fails the rest goes on."""
        try:
            say(f"  {do(*args)}")
        except FootprintError as error:
            self.tell(error)
            self.failed.append(what)

    def tell(self, error: FootprintError) -> None:
        """Say what cannot be, and what would."""
        say(f"  {error.message}" + (f"; {error.hint}" if error.hint else ""))

    def program(self, *words: str) -> int:
        """Run one of our other commands on this terminal; give its exit code."""
        say(f"\n$ {' '.join(words)}")
        mine = Path(sys.argv[0]).with_name(words[0])
        done = process.hand_over([str(mine), *words[1:]])
        if done.code:
            self.failed.append(" ".join(words))
        return done.code

    def headline(self, text: str) -> None:
        """Begin a part of the conversation; without a terminal there is none."""
        if self.asks:
            say("")
            heading(text, err=True)

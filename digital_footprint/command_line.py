"""What all our commands share: --json, the way to the home, and how an error ends the process."""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from digital_footprint import __version__
from digital_footprint.config import (
    DEFAULT_INTERVAL_DAYS,
    Config,
    Paths,
    load_config,
    resolve_paths,
)
from digital_footprint.database import Database, explain
from digital_footprint.errors import FootprintError, UsageError
from digital_footprint.scheduler.interruptions import die_by

if TYPE_CHECKING:
    from digital_footprint.brokers import Broker

LARGEST_INTEGER = 2**63 - 1  # of SQLite


class Number(click.IntRange):
    """A whole number from 1 on, in the digits 0 to 9 and nothing else; of something, as an id."""

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - click passes it
        ctx: click.Context | None,
    ) -> Any:
        """Read the digits. Raises UsageError."""
        text = str(value)
        if text.isascii() and text.isdecimal() and 1 <= int(text[:20]) <= LARGEST_INTEGER:
            return int(text)
        where = ctx.command_path if ctx else "footprint"
        told = text if text.isprintable() else "that"
        raise UsageError(f"{told[:40]} is not a number from 1 on", hint=_numbers_from(ctx, where))


def _numbers_from(context: click.Context | None, where: str) -> str:
    """Give the command that shows the ids of a group, else the help."""
    group = context.parent if context else None
    if group and isinstance(group.command, click.Group) and "list" in group.command.commands:
        return f"see the ids: {group.command_path} list"
    return f"{where} --help"


ID = Number(min=1, max=LARGEST_INTEGER)

EXIT_CODES = """\b
Exit codes:
  0   done
  1   failed
  2   the command was given wrong words
  69  no scheduler can be reached
  75  temporary: it is running already, or the network or a service was away
  78  configuration: a file, a key or a directory has to be changed first
"""

SENTENCE = 500  # characters, more than any first sentence of ours has


class Group(click.Group):
    """Commands, each with its whole first sentence: a summary that is cut says nothing."""

    group_class = type

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write them; a long sentence is wrapped."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, one.get_short_help_str(SENTENCE))
                    for name, one in commands
                    if one and not one.hidden
                ]
            )


class LazyGroup(Group):
    """Commands that lie in modules of their own, each loaded when it is asked for.

    `modules`: by name of the command; there it is called as it is typed, with _ for -, or as it
    says after a colon.
    """

    def __init__(self, *args: Any, modules: Mapping[str, str], **others: Any) -> None:
        super().__init__(*args, **others)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give all names, in order."""
        return sorted({*self.modules, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command; its module is loaded now."""
        if cmd_name in self.modules:
            module, _, name = self.modules[cmd_name].partition(":")
            found = getattr(import_module(module), name or cmd_name.replace("-", "_"))
            self.add_command(found, cmd_name)
        return super().get_command(ctx, cmd_name)


Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Home:
    """The program's places with its open database."""

    paths: Paths
    db: Database

    def config(self) -> Config:
        """Read config.toml. Raises ConfigurationError."""
        return load_config(self.paths)

    def brokers(self) -> Mapping[str, "Broker"]:
        """Read the broker files, the person's own included. Raises ConfigurationError."""
        from digital_footprint.brokers import load_brokers

        return load_brokers(self.paths.brokers)


@contextmanager
def open_home(paths: Paths | None = None) -> Iterator[Home]:
    """Find the program's places and open the database, made where there is none yet.

    `paths`: the places, where they were found already.
    """
    found = paths or resolve_paths()
    with Database.open(found.database) as db:
        yield Home(found, db)


def complete_job(
    context: click.Context,  # noqa: ARG001 - click passes it
    parameter: click.Parameter,  # noqa: ARG001 - click passes it
    begun: str,
) -> list[str]:
    """Give the names of jobs that begin so, for the Tab key."""
    return [name for name in DEFAULT_INTERVAL_DAYS if name.startswith(begun)]


def json_option(function: Function) -> Function:
    """Add --json to a command, as the argument `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document on stdout."
    )(function)


def limit_option(function: Function) -> Function:
    """Add --limit to a command that shows the newest of something."""
    kind = ID
    return click.option(
        "--limit", type=kind, default=20, show_default=True, help="At most so many, the newest."
    )(function)


def yes_option(function: Function) -> Function:
    """Add --yes to a command, as the argument `yes`."""
    return click.option("--yes", "-y", is_flag=True, help="Do not ask.")(function)


def version_option(function: Function) -> Function:
    """Add --version to a group."""
    return click.version_option(__version__, "--version", message="%(prog)s %(version)s")(function)


def confirm(question: str, *, yes: bool) -> None:
    """Ask on the terminal; anything but a yes ends the command with nothing changed."""
    if not yes:
        click.confirm(question, abort=True, err=True)


def main_of(group: click.Group, program: str) -> NoReturn:
    """Run a group of commands as a process: every end has its exit code and its sentence."""
    _open_streams()
    sys.exit(_run(group, program))


def _open_streams() -> None:
    """Put the null device where a stream came closed.

    Otherwise the next file that is opened, say the database, would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _run(group: click.Group, program: str) -> int:
    try:
        code = group.main(prog_name=program, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return UsageError.exit_code
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else program
        return _report(program, UsageError(error.format_message(), hint=f"{where} --help"))
    except click.Abort as abort:
        # click makes one of Ctrl-C as well as of a question that got no yes.
        if isinstance(abort.__cause__, KeyboardInterrupt):
            die_by(signal.SIGINT)
        return _report(
            program, FootprintError("not confirmed; nothing was changed", hint=f"{program} --help")
        )
    except FootprintError as error:
        return _report(program, error)
    except sqlite3.Error as error:
        return _report(program, explain(error, resolve_paths().database))
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _report(program, FootprintError(f"input or output failed: {error.strerror}"))
    return code if isinstance(code, int) else 0


def _report(program: str, error: FootprintError) -> int:
    if "--json" in sys.argv[1:]:
        click.echo(json.dumps(error.document(), indent=2))
    else:
        click.echo(f"{program}: {error.message}", err=True)
        if error.hint:
            click.echo(f"  next: {error.hint}", err=True)
    return error.exit_code

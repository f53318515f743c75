"""The reference pages, printed from the program itself.

    python -m tests.reference

writes docs/commands.md, docs/configuration.md and docs/sources.md anew; the suite compares them.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from digital_footprint.cli import footprint
from digital_footprint.command_line import EXIT_CODES
from digital_footprint.settings import (
    AlertsSettings,
    ChannelSettings,
    JobSettings,
    JobsSettings,
    McpSettings,
    ScheduleSettings,
    Settings,
    SourceSettings,
    SourcesSettings,
    problems,
)
from digital_footprint.sources import Profile, profiles
from footprint_timers.cli import footprint_timers
from footprint_timers.job_cli import footprint_job

DOCS = Path(__file__).parents[1] / "docs"
WIDTH = 78
SPANS = {
    timedelta(minutes=1): "a minute",
    timedelta(hours=1): "an hour",
    timedelta(days=1): "a day",
}
PRINTED = "<!-- Printed from the program: python -m tests.reference -->\n"
PROGRAMS: Mapping[str, click.Group] = {
    "footprint": footprint,
    "footprint-job": footprint_job,
    "footprint-timers": footprint_timers,
}
# Of every key that has a range a value outside of it: what is said of that is what is allowed.
WRONG = Settings(
    schedule=ScheduleSettings(window="?"),
    jobs=JobsSettings(breach_recheck=JobSettings(interval_days=0, timeout_minutes=0)),
    sources=SourcesSettings(hibp=SourceSettings(base_url="?")),
    alerts=AlertsSettings(
        quiet_hours="?",
        failures=0,
        blind_intervals=0,
        channels={"NAME": ChannelSettings("?", detail="?", digest="?")},
    ),
)


def commands() -> str:
    """Every command's help, as 78 columns show it."""
    codes = EXIT_CODES.partition("\n")[2]
    parts = ["# Commands\n", PRINTED, f"```text\n{codes}```\n"]
    for name, group in PROGRAMS.items():
        parts += [f"## {path}\n\n```text\n{text}\n```\n" for path, text in _helps(group, name)]
    return "\n".join(parts)


def _helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    yield from _below(
        click.Context(command, info_name=name, terminal_width=WIDTH, **command.context_settings)
    )


def _below(context: click.Context) -> Iterator[tuple[str, str]]:
    # The exit codes stand at the head of the page.
    yield context.command_path, context.get_help().partition("\n\n  Exit codes:")[0].rstrip()
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            if not command.hidden:
                yield from _below(click.Context(command, info_name=name, parent=context))


def configuration() -> str:
    """Every key of config.toml with its default and what it may be."""
    allowed = {problem.key: problem.allowed for problem in problems(WRONG)}
    sections: list[tuple[str, Any, str, str]] = [
        ("schedule", ScheduleSettings(), "schedule", ""),
        ("jobs.NAME", JobSettings(), "jobs.breach_recheck", _names(JobsSettings())),
        ("sources.NAME", SourceSettings(), "sources.hibp", _names(SourcesSettings())),
        ("alerts", AlertsSettings(), "alerts", ""),
        ("alerts.channels.NAME", ChannelSettings("apprise"), "alerts.channels.NAME", ""),
        ("mcp", McpSettings(), "mcp", ""),
    ]
    assert {"schedule", "jobs", "sources", "alerts", "mcp"} == {
        one.name for one in fields(Settings)
    }
    parts = [
        "# config.toml\n",
        PRINTED,
        (
            "Without the file the defaults hold. An unknown key or a value that makes no sense stops a"
            " command with 78 and the path of the key. `footprint source enable`, `alert add` and"
            " others write into it and keep what else stands there.\n"
        ),
    ]
    parts += [_section(*one, allowed) for one in sections]
    return "\n".join(parts)


def _names(sections: Any) -> str:
    return f"NAME: {', '.join(f'`{one.name}`' for one in fields(sections))}.\n"


def _section(title: str, values: Any, path: str, names: str, allowed: Mapping[str, str]) -> str:
    rows = [
        f"| `{one.name}` | {_default(one, values)} | {_allowed(one, f'{path}.{one.name}', allowed)} |"
        for one in fields(values)
        if not (one.default_factory is not MISSING or is_dataclass(getattr(values, one.name)))
    ]
    told = inspect.getdoc(type(values)) or ""
    head = "| key | default | may be |\n|---|---|---|"
    return "\n".join([f"## [{title}]\n", f"{told}\n", *([names] if names else []), head, *rows, ""])


def _default(field: Any, values: Any) -> str:
    if field.default is MISSING:
        return "must be given"
    default = getattr(values, field.name)
    match default:
        case None:
            return "absent"
        case bool():
            return f"`{str(default).lower()}`"
        case str():
            return f'`"{default}"`'
        case _:
            return f"`{default}`"


def _allowed(field: Any, path: str, allowed: Mapping[str, str]) -> str:
    if path in allowed:
        return allowed[path]
    assert "bool" in str(field.type), f"{path} is never refused"
    return "`true`, `false`"


def sources() -> str:
    """What every source is told, and what it costs."""
    parts = [
        "# Sources: what is sent to whom\n",
        PRINTED,
        (
            "Nothing is sent to a source that is off, nor of a person who did not agree to its present"
            " wording. Each request that carried somebody's datum stands in `footprint disclosures`.\n"
        ),
    ]
    return "\n".join([*parts, *map(_source, profiles())])


def _source(one: Profile) -> str:
    facts = {
        "asked by": f"`{one.job}`",
        "sends": one.sends,
        "to": one.recipient,
        "on by": f"its key, `footprint secret set {one.secret}`, from {one.key_from}"
        if one.secret and one.section == one.service
        else f"`footprint source enable {one.name}`",
        "clean means": one.clean_means if one.says_clean else "it never says clean",
        "limits": ", ".join(map(_limit, one.limits)) or "its own pace",
        "price": one.price,
        "terms": one.terms,
        "attribution": one.attribution,
        "know this": one.before_consent,
    }
    rows = [f"| {key} | {_cell(value)} |" for key, value in facts.items() if value]
    return "\n".join([f"## {one.name}\n", "| | |", "|---|---|", *rows, ""])


def _limit(limit: tuple[int, timedelta]) -> str:
    count, period = limit
    return f"{count} in {SPANS.get(period, f'{period.total_seconds():g} s')}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "configuration.md": configuration,
    "sources.md": sources,
}


def main() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

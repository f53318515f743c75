"""`footprint broker`: the data brokers that are known, and what is wrong in a file about one."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digital_footprint.command_line import Group, json_option
from digital_footprint.config import nearest, resolve_paths
from digital_footprint.errors import ConfigurationError, UsageError
from digital_footprint.output import Result, Table, emit

if TYPE_CHECKING:
    from digital_footprint.brokers import Broker
    from digital_footprint.brokers.loading import Problem


@click.group(cls=Group)
def broker() -> None:
    """Show the data brokers, and check the files that describe them.

    A file of your own, CONFIG/brokers/SLUG.yaml, overrides a shipped one or adds to them.
    """


@broker.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Show every broker: where to opt out, and which other's opt-out covers it."""
    brokers = _brokers()
    rows = [(one.slug, one.parent, one.opt_out.url) for one in brokers]
    headings = ("slug", "covered by", "opt out at")
    documents = [_document(one) for one in brokers]
    more = "All that is known of one: footprint broker show SLUG"
    emit(Result(documents, (Table(headings, rows, "no broker is known"), more)), as_json=as_json)


@broker.command("show")
@click.argument("slug")
@json_option
def show(slug: str, *, as_json: bool) -> None:
    """Show one broker: opt-out, demands, days, dead ends, source of the facts."""
    brokers = {one.slug: one for one in _brokers()}
    if slug not in brokers:
        raise UsageError(
            f"no broker has that slug{nearest(slug, list(brokers))}",
            hint="see which there are: footprint broker list",
        )
    one = brokers[slug]
    emit(Result(_document(one), tuple(_described(one, list(brokers.values())))), as_json=as_json)


@broker.command("lint")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
@click.pass_context
def lint(context: click.Context, file: Path | None, *, as_json: bool) -> None:
    """Check one broker file, or all of them: the shipped ones and your own.

    Every problem is told with file and key path; then the exit code is 78.
    """
    from digital_footprint.brokers.loading import broker_files, read_all

    files = [one for one in broker_files(_own()) if not (file and one.resolve() == file.resolve())]
    _, problems = read_all([*files, file] if file else files)
    if file:
        problems = [one for one in problems if one.file == file]
    checked = 1 if file else len(files)
    document = {"files": checked, "problems": [_problem(one) for one in problems]}
    rows = [(one.file, one.key, one.text) for one in problems]
    fine = f"nothing is wrong in {checked} {'file' if checked == 1 else 'files'}"
    emit(Result(document, (Table(("file", "key", "problem"), rows, fine),)), as_json=as_json)
    if problems:
        context.exit(ConfigurationError.exit_code)


def _own() -> Path:
    return resolve_paths().brokers


def _brokers() -> "list[Broker]":
    from digital_footprint.brokers import load_brokers

    brokers = load_brokers(_own())
    return [brokers[slug] for slug in sorted(brokers)]


def _document(one: "Broker") -> dict[str, Any]:
    return {**asdict(one), "rule_name": one.rule_name}


def _problem(one: "Problem") -> dict[str, str]:
    return {"file": str(one.file), "key": one.key, "problem": one.text}


def _described(one: "Broker", everybody: "list[Broker]") -> list[str | Table]:
    covered = [other.slug for other in everybody if other.parent == one.slug]
    facts = {
        "domains": ", ".join(one.domains),
        "opt out": f"{one.opt_out.url} ({one.opt_out.method})",
        "by e-mail": one.opt_out.email,
        "demands": ", ".join(one.opt_out.demands),
        "covered by": one.parent,
        "covers": ", ".join(covered),
        "takes": f"{_takes(one)}; look again every {one.recheck_days} days",
        "dead end": ", ".join(one.dead_ends),
        "notes": one.notes,
        "page rule": one.rule_name,
        "verified": one.last_verified,
        "source": one.source,
    }
    return [
        f"{one.slug}: {one.name}",
        *(f"  {key:<10} {value}" for key, value in facts.items() if value),
    ]


def _takes(one: "Broker") -> str:
    if one.processing_days is None:
        return "not known: as long as the law allows"
    return f"{one.processing_days} days"

"""Gives what stands at the end of every report: its words, and how sources want to be named."""

import re
from functools import cache
from pathlib import Path

from digital_footprint.report.facts import Attribution, Term
from digital_footprint.report.scope import Scope, only
from digital_footprint.sources import profiles

GLOSSARY = Path(__file__).parent / "glossary.toml"
ADDRESS = re.compile(r",? ?(https://\S+)")


@cache
def glossary() -> tuple[Term, ...]:
    """Give the words of the report."""
    import tomllib

    content = tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))
    return tuple(Term(word=one["word"], meaning=one["meaning"]) for one in content["terms"])


def attributions(scope: Scope) -> tuple[Attribution, ...]:
    """Give how each source wants to be named whose data stand in the report: finds and answers."""
    condition, person = only(scope, "i.person_id")
    rows = scope.db.query(
        f"""
        SELECT DISTINCT w.source FROM witnesses AS w
        JOIN findings AS f ON f.id = w.finding
        JOIN identifiers AS i ON i.id = f.identifier_id WHERE {condition}
        UNION
        SELECT DISTINCT o.source FROM observations AS o
        JOIN identifiers AS i ON i.id = o.identifier_id
        WHERE o.verdict IN ('found', 'clean') AND {condition}
        """,  # noqa: S608 - a condition of ours
        person,
    )
    told = {row["source"] for row in rows}
    # Two sources of one service ask for the same words: once is enough.
    wanted = {one.attribution: one.name for one in reversed(profiles()) if one.name in told}
    return tuple(_attribution(name, text) for text, name in reversed(wanted.items()))


def _attribution(source: str, text: str) -> Attribution:
    address = ADDRESS.search(text)
    return Attribution(
        source=source,
        text=ADDRESS.sub("", text),
        url=address.group(1) if address else None,
    )

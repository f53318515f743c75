"""What holds whatever sources answer and persons decide, in the real database."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from digital_footprint import findings, people
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.decisions import decide
from digital_footprint.life import OPEN_STATES, Resolve
from digital_footprint.model import IdentifierKind
from digital_footprint.verdicts import Clean, Reason
from tests.conftest import add
from tests.spoken import HIBP, JANE, XON, breach, enter, everything, found, one


@contextmanager
def household() -> Iterator[tuple[Database, Config]]:
    """A home of its own for each example: Jane, with two addresses."""
    with tempfile.TemporaryDirectory() as directory:
        paths = Paths(Path(directory), Path(directory), Path(directory))
        with Database.open(paths.database) as db:
            add(db, "Jane Doe", JANE, WORK)
            yield db, load_config(paths)


WORK = "j.doe@work.example"
FACTORS = ("level", "freshness", "confidence", "control")
CLASSES = ["Names", "Passwords", "Dates of birth", "Physical addresses", "Phone numbers"]
sightings = st.builds(
    breach,
    st.sampled_from(["Adobe", "Shop"]),
    *[st.sampled_from(CLASSES)] * 2,
    day=st.sampled_from([None, "2012-01-01", "2026-10-01"]),
    flags=st.sampled_from([(), ("verified",), ("stealer_log",)]),
    modified=st.none(),
)
answers = st.lists(sightings, max_size=2, unique_by=lambda sighting: sighting.key).map(
    lambda seen: found(*seen) if seen else Clean()
)
rounds = st.fixed_dictionaries(
    {HIBP: st.fixed_dictionaries({JANE: answers, WORK: answers}),
     XON: st.fixed_dictionaries({JANE: answers, WORK: answers})}
)  # fmt: skip
in_database = settings(max_examples=40, deadline=None)

RANKS = ["nothing to do", "when convenient", "this week", "act today"]


def worst(db: Database) -> int:
    persons = findings.worst_open(db)
    return max((RANKS.index(each["urgency"]) for each in persons.values()), default=0)


@in_database
@given(st.lists(rounds, max_size=3), st.sampled_from(list(Reason)), st.integers(1, 3))
def test_no_failed_check_lowers_a_level_or_closes_a_finding(
    lived: list[Any], reason: Reason, times: int
) -> None:
    with household() as (db, config):
        for each in lived:
            enter(db, config, each)
        before, listed = everything(db), findings.list_findings(db)

        for _ in range(times):
            enter(db, config, {source: {JANE: reason, WORK: reason} for source in (HIBP, XON)})

        assert before == everything(db)
        assert listed == findings.list_findings(db)


@in_database
@given(st.lists(rounds, min_size=1, max_size=2), st.sampled_from(CLASSES), st.booleans())
def test_resolving_raises_nothing(lived: list[Any], name: str, whole: bool) -> None:
    with household() as (db, config):
        for each in lived:
            enter(db, config, each)
        for known in findings.list_findings(db):
            if not whole and name not in known["data_classes"]:
                continue
            before = {each["id"]: each for each in findings.list_findings(db)}
            decide(db, known["id"], Resolve(None if whole else frozenset({name})))
            for now in findings.list_findings(db):
                was = before[now["id"]]
                assert RANKS.index(now["urgency"]) <= RANKS.index(was["urgency"])
                assert was["state"] in OPEN_STATES or now["state"] not in OPEN_STATES


@in_database
@given(rounds, answers)
def test_a_further_address_never_lowers_the_worst(lived: Any, more: Any) -> None:
    with household() as (db, config):
        enter(db, config, lived)
        before = worst(db)
        (person,) = people.list_persons(db)

        people.add_identifier(db, person, IdentifierKind.EMAIL, "jane@third.example")
        assert before == worst(db)
        enter(db, config, {HIBP: {**lived[HIBP], "jane@third.example": more}})

        assert before <= worst(db)


def shape(db: Database) -> list[Any]:
    """Everything that is shown of the findings but when, in which order and by which numbers."""
    kept = ("identifier", "key", "title", "tier", "data_classes", "occurred_on", "state", "urgency")
    return sorted(
        (
            *(str(each[name]) for name in kept),
            str(sorted(each["witnesses"])),
            *(shown["assessment"][name]["word"] for name in FACTORS),
        )
        for each in findings.list_findings(db)
        for shown in [one(db, each["id"])]
    )


@in_database
@given(rounds, st.permutations([(source, who) for source in (HIBP, XON) for who in (JANE, WORK)]))
def test_the_order_of_answers_and_witnesses_makes_no_difference(
    told: Any, order: list[tuple[str, str]]
) -> None:
    with household() as (db, config):
        enter(db, config, told)
        expected = shape(db)
    with household() as (db, config):
        for source, address in order:
            others = dict.fromkeys((JANE, WORK), Reason.TIMEOUT)
            enter(db, config, {source: {**others, address: told[source][address]}})

        assert expected == shape(db)


@in_database
@given(rounds)
def test_the_same_input_gives_the_same_text(told: Any) -> None:
    texts = []
    for _ in range(2):
        with household() as (db, config):
            enter(db, config, told)
            shown = [
                one(db, each["id"]) for each in findings.list_findings(db, on=date(2026, 11, 22))
            ]
            texts.append([(each["assessment"], each["actions"]) for each in shown])

    assert texts[0] == texts[1]

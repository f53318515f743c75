"""A stealer log in the report: marking one thing as done says nothing of the others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from digital_footprint import people
from digital_footprint.life import Resolve
from digital_footprint.report.build import build
from digital_footprint.report.facts import Report, Task
from digital_footprint.verdicts import Found, Sighting
from tests.households import NOW, STEALER, Household, all_clean, breach

CLEAN, CHANGE = "Clean the device that was read", "Change the password"
LOG = replace(STEALER, data_classes=("Passwords",))
LOGS = breach("Logs", "2026-06-17", "Email addresses", "Passwords", flags=("stealer_log",))


def report_of(house: Household, **how: Any) -> Report:
    return build(house.db, house.config, now=NOW, **how)


def tasks(house: Household) -> dict[str, Task]:
    return {one.title: one for one in report_of(house).do_now}


def found(home: Path, source: str, sighting: Sighting) -> Household:
    house = all_clean(home)
    (jane,) = people.list_persons(house.db)
    with house.run("breach_recheck", 1) as run_id:
        house.answer(run_id, jane.identifiers[0], source, Found((sighting,)), 1)
    return house


def test_its_passwords_are_marked_by_themselves_and_the_device_stays(home: Path) -> None:
    house = found(home, "hibp_breaches", LOGS)

    assert ("footprint finding resolve 1 --reason password_changed --class passwords",) == tasks(
        house
    )[CHANGE].commands

    house.decide(1, Resolve(frozenset({"passwords"})), 0)

    assert CHANGE not in tasks(house), "what is marked is marked"
    assert CLEAN in tasks(house), "the device comes first"


def test_a_log_of_passwords_alone_is_closed_by_the_device_alone(home: Path) -> None:
    house = found(home, "hudsonrock", LOG)

    assert () == tasks(house)[CHANGE].commands
    assert ("footprint finding resolve 1 --reason device_cleaned",) == tasks(house)[CLEAN].commands


def test_the_device_is_done_only_with_its_passwords(home: Path) -> None:
    house = found(home, "hudsonrock", LOG)

    # Its command closes all that the log held.
    assert "every password typed there is new" in tasks(house)[CLEAN].done_when

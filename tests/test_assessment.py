"""How urgent a finding is: four factors, each with its words, and no number for people."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.assessment import (
    Assessment,
    Exposure,
    Urgency,
    assess,
    held_by,
)
from digital_footprint.life import OPEN_STATES, State
from digital_footprint.severity import slug
from digital_footprint.verdicts import FindingKind

TODAY = date(2026, 11, 22)
FRESH, OLD = "2026-10-01", "2012-05-05"
NAMES = [
    "Names", "Email addresses", "Passwords", "Dates of birth", "Physical addresses",
    "Phone numbers", "Telecommunications carriers", "Credit cards", "IP addresses", "Photos",
    "Government issued IDs", "Security questions and answers", "Password hints",
    "Latitude and longitude pairs", "Something new in 2031",
]  # fmt: skip


def exposure(*classes: str, number: int = 1, **changes: Any) -> Exposure:
    one = Exposure(
        id=number,
        kind=FindingKind.BREACH,
        state=State.OPEN,
        data_classes=classes,
        occurred_on=FRESH,
        detailed=True,
        flags=frozenset({"verified"}),
    )
    return replace(one, **changes)


def assessed(one: Exposure, *others: Exposure) -> Assessment:
    return assess(one, held_by([one, *others]), TODAY)


# fmt: off
CASES: list[tuple[Exposure, str]] = [
    (exposure("Passwords"),                                        "act today"),
    (exposure("Passwords", occurred_on=None),                      "act today"),
    (exposure("Passwords", occurred_on=OLD),                       "this week"),
    (exposure("Passwords", flags=frozenset()),                     "this week"),
    (exposure("Passwords", flags=frozenset(), witnesses=2),        "act today"),
    (exposure("Passwords", flags=frozenset({"fabricated"}), witnesses=2), "this week"),
    (exposure("Credit cards", occurred_on=OLD),                    "when convenient"),
    (exposure("Dates of birth", occurred_on=OLD),                  "this week"),
    (exposure("Dates of birth", flags=frozenset()),                "when convenient"),
    (exposure("Email addresses", "Names"),                         "when convenient"),
    (exposure("Email addresses", flags=frozenset({"stealer_log"}), occurred_on=OLD), "act today"),
    (exposure(kind=FindingKind.STEALER, occurred_on=OLD, flags=frozenset()), "act today"),
    (exposure(kind=FindingKind.ACCOUNT, flags=frozenset()),        "when convenient"),
    (exposure(kind=FindingKind.MENTION, flags=frozenset()),        "when convenient"),
    (exposure(kind=FindingKind.PASTE, flags=frozenset(), detailed=False), "this week"),
    (exposure(detailed=False, flags=frozenset()),                  "this week"),
    (exposure("Passwords", state=State.RESOLVED),                  "nothing to do"),
    (exposure("Passwords", state=State.NOT_ME),                    "nothing to do"),
    (exposure("Passwords", state=State.ACCEPTED),                  "nothing to do"),
    (exposure("Passwords", state=State.SNOOZED, until=TODAY),      "nothing to do"),
    (exposure("Passwords", state=State.WITHDRAWN),                 "nothing to do"),
    (exposure("Passwords", "Names", state=State.IN_PROGRESS, done=frozenset({"passwords"})), "when convenient"),
    (exposure("Passwords", "Names", state=State.IN_PROGRESS, done=frozenset({"names"})), "act today"),
    (exposure("Passwords", "Names", state=State.RESURFACED, done=frozenset({"passwords"})), "act today"),
    (exposure("Passwords", flags=frozenset({"stealer_log"}), state=State.IN_PROGRESS, done=frozenset({"passwords"})), "act today"),
]
# fmt: on


@pytest.mark.parametrize(("one", "expected"), CASES, ids=str)
def test_a_finding_has_its_urgency(one: Exposure, expected: str) -> None:
    assert expected == assessed(one).urgency


@pytest.mark.parametrize(
    ("mine", "theirs", "raised_to"),
    [
        (["Dates of birth"], [["Names"], ["Physical addresses"]], "tier 1"),
        (["Physical addresses"], [["Names", "Dates of birth"]], "tier 1"),
        (["Names", "Dates of birth", "Physical addresses"], [], "tier 1"),
        (["Phone numbers"], [["Telecommunications carriers"]], "tier 2"),
        (["Password hints"], [["Security questions and answers", "Email addresses"]], "tier 1"),
        (["Photos"], [["Government issued IDs"]], "tier 1"),
        (["Physical addresses"], [["Latitude and longitude pairs"]], "tier 2"),
        (["Names"], [["Dates of birth", "Physical addresses"]], "tier 4"),
        (["Email addresses"], [["Password hints", "Security questions and answers"]], "tier 4"),
        (["Dates of birth"], [["Names"]], "tier 2"),
    ],
)
def test_data_of_different_breaches_raise_each_other(
    mine: list[str], theirs: list[list[str]], raised_to: str
) -> None:
    others = [exposure(*one, number=n) for n, one in enumerate(theirs, start=2)]

    level = assessed(exposure(*mine), *others).level

    assert raised_to == level.word
    # What another finding adds is named with it.
    assert ("raised" not in level.why) or all(str(one.id) in level.why for one in others)


@pytest.mark.parametrize("state", sorted(set(State) - OPEN_STATES))
def test_what_is_closed_raises_nothing(state: State) -> None:
    other = exposure("Names", "Physical addresses", number=2, state=state)

    assert "tier 2" == assessed(exposure("Dates of birth"), other).level.word


def test_what_is_dealt_with_raises_nothing() -> None:
    other = exposure("Names", "Physical addresses", number=2, done=frozenset({"names"}))

    assert "tier 2" == assessed(exposure("Dates of birth"), other).level.word


def exposures(number: int) -> st.SearchStrategy[Exposure]:
    return st.builds(
        exposure,
        *[st.sampled_from(NAMES)] * 3,
        number=st.just(number),
        state=st.sampled_from(list(State)),
        until=st.just(TODAY),
        occurred_on=st.sampled_from([None, FRESH, OLD, "2999-01-01"]),
        flags=st.frozensets(st.sampled_from(["verified", "fabricated", "stealer_log"])),
        witnesses=st.integers(1, 3),
        done=st.frozensets(st.sampled_from(NAMES).map(slug)),
        kind=st.sampled_from(list(FindingKind)),
    )


several = st.integers(1, 4).flatmap(
    lambda count: st.tuples(*(exposures(number) for number in range(1, count + 1)))
)


def worst(found: tuple[Exposure, ...]) -> int:
    """Give what the worst open finding of a person amounts to; 0 where nothing is open."""
    held = held_by(found)
    return max((assess(one, held, TODAY).product for one in found if one.is_open), default=0)


@given(several, exposures(9))
def test_a_further_finding_never_lowers_the_worst_nor_any_other(
    found: tuple[Exposure, ...], more: Exposure
) -> None:
    before, now = held_by(found), held_by([*found, more])

    assert worst(found) <= worst((*found, more))
    for one in found:
        assert assess(one, before, TODAY).product <= assess(one, now, TODAY).product


@given(several, st.sampled_from(NAMES), st.booleans())
def test_resolving_never_raises_any_finding(
    found: tuple[Exposure, ...], name: str, whole: bool
) -> None:
    first, *others = found
    # As the life of a finding has it: where it came back, saying one kind again closes the rest.
    if first.state not in OPEN_STATES:
        return
    done = first.done | {slug(name)}
    state = State.RESOLVED if whole else State.IN_PROGRESS
    after = (replace(first, done=done, state=state), *others)

    assert worst(after) <= worst(found)
    for one, same in zip(found, after, strict=True):
        assert (
            assess(same, held_by(after), TODAY).product
            <= assess(one, held_by(found), TODAY).product
        )


@given(several, st.randoms(use_true_random=False))
def test_order_makes_no_difference_not_even_to_the_words(
    found: tuple[Exposure, ...], random: Any
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    turned = [replace(one, data_classes=one.data_classes[::-1]) for one in shuffled]
    before = {one.id: assess(one, held_by(found), TODAY) for one in found}

    assert before == {one.id: assess(one, held_by(turned), TODAY) for one in turned}


@given(exposures(1), st.sampled_from(NAMES))
def test_more_data_never_make_it_less_urgent(one: Exposure, name: str) -> None:
    more = replace(one, data_classes=(*one.data_classes, name))

    assert assessed(one).product <= assessed(more).product


@given(several)
def test_every_factor_has_its_words_and_closed_means_nothing_to_do(
    found: tuple[Exposure, ...],
) -> None:
    for one in found:
        result = assessed(one, *found)
        for factor in (result.level, result.freshness, result.confidence, result.control):
            assert factor.word
            assert factor.why
        assert one.is_open or result.urgency is Urgency.NOTHING


def test_a_thousand_findings_are_not_listed_in_a_reason() -> None:
    others = [exposure("Names", "Physical addresses", number=n) for n in range(2, 1000)]

    why = assessed(exposure("Dates of birth"), *others).level.why

    assert "with finding 2, 3, 4, 5, 6 and others" in why

"""What a breach held decides how soon somebody has to act."""

import tomllib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.severity import DATA_CLASSES, slug, tier, tiers

ALL = [
    name
    for names in tomllib.loads(DATA_CLASSES.read_text(encoding="utf-8")).values()
    for name in names
]


def test_every_class_of_hibp_has_one_tier() -> None:
    assert 168 == len(ALL) == len(tiers())
    assert {1: 16, 2: 42, 3: 56, 4: 54} == Counter(tiers().values())


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["Passwords", "Email addresses"], 1),
        (["Dates of birth"], 2),
        (["Phone numbers"], 3),
        (["Email addresses", "Usernames"], 4),
        (["Something HIBP invents in 2031"], 2),
        (["Email addresses", "Something HIBP invents in 2031"], 2),
        ([], 2),
        (["Driver\u2019s licenses"], 1),
        (["Driver's licenses"], 1),
        (["Names", "Dates of birth", "Physical addresses"], 1),
        (["Names", "Physical addresses"], 3),
        (["Phone numbers", "Telecommunications carriers"], 2),
    ],
)
def test_the_most_urgent_class_or_combination_decides(classes: list[str], expected: int) -> None:
    assert expected == tier(classes)


@given(st.lists(st.sampled_from(ALL)))
def test_a_stealer_log_stands_above_all(classes: list[str]) -> None:
    assert tier(classes, stealer_log=True) < tier(classes)


@given(st.lists(st.sampled_from(ALL), min_size=1), st.sampled_from(ALL))
def test_more_data_never_makes_it_less_urgent(classes: list[str], more: str) -> None:
    assert tier([*classes, more]) <= tier(classes)
    assert tier(classes) == tier(list(reversed(classes)))


@given(st.sampled_from(ALL))
def test_spelling_makes_no_difference(name: str) -> None:
    assert slug(name) == slug(name.upper().replace("'", "\u2019").replace(" ", "  "))

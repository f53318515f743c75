"""Each source's word is kept; what is shown of all words does not depend on who spoke first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.severity import tier
from digital_footprint.testimony import Facts, from_columns, heard, merged, to_columns, told
from digital_footprint.verdicts import Sighting
from tests.spoken import MOMENT, breach

CLASSES = ["Passwords", "Names", "Driver's licenses", "Driver\u2019s licenses", "Phone numbers"]
ORDER = ["hibp_breaches", "xposedornot"]
SOURCES = [*ORDER, "broker:example", "zzz"]


def spoken(sighting: Sighting) -> Facts:
    return told(sighting, MOMENT)


texts = st.text(max_size=8)
facts = st.builds(
    lambda classes, day, title, flags, modified, detailed: spoken(
        breach(
            "Adobe",
            *classes,
            day=day,
            title=title,
            flags=tuple(flags),
            modified=modified,
            detailed=detailed,
        )
    ),
    st.lists(st.sampled_from(CLASSES), max_size=4),
    st.sampled_from([None, "2019-01-01", "2020-05-05", "soon", "2014-03-04T19:14:54Z"]),
    texts,
    st.lists(st.sampled_from(["verified", "sensitive", "stealer_log"]), max_size=2),
    st.sampled_from([None, "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]),
    st.booleans(),
)
words = st.dictionaries(st.sampled_from(SOURCES), facts, min_size=1)


def urgency(one: Facts) -> int:
    return tier(one.data_classes, stealer_log="stealer_log" in one.flags)


@given(words, st.randoms(use_true_random=False))
def test_the_order_in_which_witnesses_spoke_makes_no_difference(
    told_by: dict[str, Facts], random: object
) -> None:
    names = list(told_by)
    random.shuffle(names)  # type: ignore[attr-defined]

    assert merged(told_by, ORDER) == merged({name: told_by[name] for name in names}, ORDER)


@given(words)
def test_all_witnesses_together_hold_all_that_each_of_them_tells(told_by: dict[str, Facts]) -> None:
    shown = merged(told_by, ORDER)

    assert frozenset().union(*(one.slugs for one in told_by.values())) == shown.slugs
    assert len(shown.slugs) == len(shown.data_classes), "two spellings are one class"
    days = [one.occurred_on for one in told_by.values() if one.occurred_on]
    assert min(days, default=None) == shown.occurred_on


@given(words, st.sampled_from(SOURCES), facts)
def test_a_further_witness_never_makes_it_less_urgent_than_what_was_known(
    told_by: dict[str, Facts], source: str, more: Facts
) -> None:
    before = merged(told_by, ORDER)
    now = merged({**told_by, source: heard(told_by.get(source), more)}, ORDER)

    if before.data_classes and not edits(told_by.get(source), more):
        assert urgency(now) <= urgency(before)
        assert before.slugs <= now.slugs


def edits(before: Facts | None, now: Facts) -> bool:
    if before is None or before.details is None or now.details is None:
        return False
    return (before.details.modified_at or "9") < (now.details.modified_at or "")


@given(facts, facts)
def test_without_an_edit_a_witness_takes_nothing_back(before: Facts, now: Facts) -> None:
    word = heard(before, now)

    if edits(before, now):
        assert now == word
    else:
        assert before.slugs | now.slugs == word.slugs
        assert before.flags | now.flags == word.flags
        assert word.details is not None or before.details is None
        assert word.occurred_on is not None or before.occurred_on is None


@given(facts)
def test_the_same_word_said_again_changes_nothing(one: Facts) -> None:
    assert one == heard(one, one)


@given(facts)
def test_facts_survive_the_database(one: Facts) -> None:
    assert one == from_columns(to_columns(one))


def test_title_and_details_are_those_of_the_first_source_that_has_details() -> None:
    hibp = spoken(breach("Adobe", "Passwords", title="Adobe Systems", flags=("verified",)))
    other = spoken(breach("adobe", "Names", title="ADOBE!", flags=("sensitive",), day="2013-10-04"))
    undetailed = spoken(breach("Adobe", title="Adobe", detailed=False))

    shown = merged({"xposedornot": other, "hibp_breaches": hibp}, ORDER)

    assert "Adobe Systems" == shown.title
    assert ("Passwords", "Names") == shown.data_classes
    assert "2013-10-04" == shown.occurred_on
    assert {"verified", "sensitive"} == shown.flags
    assert "ADOBE!" == merged({"hibp_breaches": undetailed, "xposedornot": other}, ORDER).title


def test_an_older_copy_of_an_entry_is_no_edit() -> None:
    new = spoken(breach("Adobe", "Passwords", modified="2022-05-15T23:52:49Z"))
    old = spoken(breach("Adobe", "Names", modified="2013-12-04T00:00:00Z"))

    assert {"passwords", "names"} == heard(new, old).slugs


NO_MOMENTS = [
    "zzzz",
    "2026-13-01T00:00:00Z",
    "1026-11-01T00:00:00Z",
    "2126-11-01T00:00:00Z",
    "2026-11-25T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "٢٠٢٦-11-01",
]


@pytest.mark.parametrize("modified", NO_MOMENTS)
def test_what_is_no_past_moment_is_no_edit_and_hides_no_later_one(modified: str) -> None:
    first = spoken(breach("Adobe", "Passwords", modified="2022-05-15T23:52:49Z"))
    odd = spoken(breach("Adobe", "Names", modified=modified))
    real = spoken(breach("Adobe", "Names", modified="2026-11-01T00:00:00Z"))

    between = heard(first, odd)

    assert {"passwords", "names"} == between.slugs
    assert between.details is not None
    assert "2022-05-15T23:52:49Z" == between.details.modified_at
    assert {"names"} == heard(between, real).slugs


def test_moments_are_compared_not_their_spellings() -> None:
    first = spoken(breach("Adobe", "Passwords", modified="2026-11-01T09:00:00+09:00"))
    older = spoken(breach("Adobe", "Names", modified="2026-11-01"))
    newer = spoken(breach("Adobe", "Names", modified="2026-11-01 00:00:01.2500000"))

    assert {"passwords", "names"} == heard(first, older).slugs
    assert {"names"} == heard(first, newer).slugs


def test_nothing_invisible_is_kept_whoever_wrote_the_source() -> None:
    hostile = "\x1b[31mred\u202e\u200b"

    one = spoken(breach("Adobe", hostile, title=hostile, day=hostile, description=hostile))

    assert ("[31mred", ("[31mred",), None) == (one.title, one.data_classes, one.occurred_on)
    assert one.details is not None
    assert "[31mred" == one.details.description

"""The state of a finding: what the person said, what the sources see, and what day it is."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.life import (
    OPEN_STATES,
    Accept,
    Deed,
    Disown,
    Lacking,
    Life,
    News,
    Reopen,
    Resolve,
    Sighted,
    Snooze,
    State,
    after,
    state,
)

TODAY = date(2026, 11, 22)
TOMORROW = TODAY + timedelta(days=1)
CLASSES = frozenset({"passwords", "names"})
NEW = Life(classes=CLASSES)
SEEN = Sighted(CLASSES)
MORE = Sighted(CLASSES | {"phone-numbers"}, graver=True)


def lived(*story: Deed | News, until: Life = NEW) -> Life:
    for what in story:
        until = after(until, what)
    return until


# fmt: off
STORIES: list[tuple[list[Deed | News], str]] = [
        ([],                                                          "open"),
        ([Resolve()],                                                 "resolved"),
        ([Resolve(frozenset({"names"}))],                             "in_progress"),
        ([Resolve(frozenset({"names"})), Resolve(frozenset({"passwords"}))], "resolved"),
        ([Snooze(TODAY)],                                             "snoozed"),
        ([Snooze(TODAY - timedelta(days=1))],                         "open"),
        ([Resolve(frozenset({"names"})), Snooze(TODAY - timedelta(days=1))], "in_progress"),
        ([Accept()],                                                  "accepted"),
        ([Accept(TOMORROW)],                                          "accepted"),
        ([Accept(TODAY - timedelta(days=1))],                         "open"),
        ([Disown()],                                                  "not_me"),
        ([Snooze(TODAY), Resolve(frozenset({"names"}))],              "snoozed"),
        ([Accept(), Resolve(frozenset({"names"}))],                   "accepted"),
        ([Lacking()],                                                 "withdrawn"),
        ([Resolve(frozenset({"names"})), Lacking()],                  "withdrawn"),
        ([Lacking(), SEEN],                                           "resurfaced"),
        ([Lacking(), SEEN, SEEN],                                     "resurfaced"),
        ([Lacking(), SEEN, Lacking()],                                "withdrawn"),
        ([Lacking(), SEEN, Resolve(frozenset({"names"}))],            "in_progress"),
        ([Resolve(), Lacking()],                                      "resolved"),
        ([Resolve(), SEEN],                                           "resolved"),
        ([Resolve(), Lacking(), SEEN],                                "resurfaced"),
        ([Resolve(frozenset({"passwords"})), Lacking(), SEEN, Resolve(frozenset({"names"}))],
                                                                      "in_progress"),
        ([Accept(), Lacking(), SEEN],                                 "resurfaced"),
        ([Snooze(TOMORROW), Lacking(), SEEN],                         "resurfaced"),
        ([Snooze(TODAY - timedelta(days=1)), Lacking()],              "withdrawn"),
        ([Resolve(), MORE],                                           "in_progress"),
        ([Accept(), MORE],                                            "open"),
        ([Snooze(TOMORROW), MORE],                                    "open"),
        ([MORE],                                                      "open"),
        ([Disown(), MORE],                                            "not_me"),
        ([Disown(), Lacking(), SEEN],                                 "not_me"),
        ([Disown(), Lacking(), SEEN, Reopen()],                       "open"),
        ([Resolve(), Reopen()],                                       "open"),
        ([Resolve(), Lacking(), Reopen()],                            "withdrawn"),
]
# fmt: on


@pytest.mark.parametrize(("story", "expected"), STORIES)
def test_a_story_ends_in_its_state(story: list[Deed | News], expected: str) -> None:
    assert expected == state(lived(*story), TODAY)


classes = st.frozensets(st.sampled_from(sorted(CLASSES | {"phone-numbers"})), min_size=1)
days = st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3))
deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(Resolve, st.none() | classes),
    st.builds(Snooze, days),
    st.builds(Accept, st.none() | days),
    st.just(Disown()),
    st.just(Reopen()),
)
news: st.SearchStrategy[News] = st.one_of(
    st.builds(Sighted, classes, st.booleans()), st.just(Lacking())
)
lives = st.lists(deeds | news, max_size=8).map(lambda story: lived(*story))


@given(lives, st.none() | classes)
def test_resolving_never_opens_what_was_closed(life: Life, some: frozenset[str] | None) -> None:
    closed = state(life, TODAY) not in OPEN_STATES

    # Of somebody else's nothing can be resolved: the command refuses it.
    if state(life, TODAY) is not State.NOT_ME:
        now = state(after(life, Resolve(some)), TODAY)
        assert not (closed and now in OPEN_STATES)
        assert some is not None or now is State.RESOLVED


@given(lives)
def test_reopening_undoes_whatever_the_person_said(life: Life) -> None:
    now = state(after(life, Reopen()), TODAY)

    assert now is (State.WITHDRAWN if life.gone else State.OPEN)


@given(lives, st.lists(news, max_size=6))
def test_nothing_is_heard_again_of_somebody_else(life: Life, more: list[News]) -> None:
    assert State.NOT_ME is state(lived(Disown(), *more, until=life), TODAY)


@given(lives, news)
def test_news_closes_nothing_but_what_every_source_lacks(life: Life, what: News) -> None:
    before, now = state(life, TODAY), state(after(life, what), TODAY)

    if before in OPEN_STATES and now not in OPEN_STATES:
        assert (Lacking(), State.WITHDRAWN) == (what, now)


@given(lives, classes)
def test_what_becomes_graver_is_open_again_unless_it_is_somebody_else(
    life: Life, now_known: frozenset[str]
) -> None:
    now = after(life, Sighted(now_known, graver=True))

    assert state(now, TODAY) in OPEN_STATES | {State.NOT_ME}
    done = frozenset() if life.gone else life.done
    assert done == now.done, "what is done stays, but for what had gone"

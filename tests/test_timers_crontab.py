"""Our region in a crontab: put in, replaced and taken out, with every other byte as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.errors import ConfigurationError
from footprint_timers import crontab
from footprint_timers.crontab import BEGIN, END, Before

OURS = "17 4 * * * /bin/footprint-job run breach_recheck\n"
OTHER = "50 * * * * /bin/footprint-job run-overdue\n"
FOREIGN = b"MAILTO=jane@example.com\n# \xe4\xff\r\n\n*/5 * * * * echo \\%d\t \n"


def test_the_first_region_follows_what_stands_there() -> None:
    assert f"# mine\n{BEGIN}\n{OURS}{END}\n" == crontab.put("# mine\n", OURS)


def test_another_region_takes_the_place_of_the_one_before() -> None:
    first = f"# above\n{BEGIN}\n{OURS}{END}\n# below"

    assert f"# above\n{BEGIN}\n{OTHER}{END}\n# below" == crontab.put(first, OTHER)


crontabs = st.one_of(
    st.none(),
    st.just(FOREIGN),
    st.binary(),
    # Lines of every kind of end, also a last one without.
    st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"\r", b"\x00\xff", b"# BEGIN", b" "])).map(
        b"".join
    ),
)


@given(crontabs)
def test_what_is_put_in_and_replaced_is_taken_out_without_a_trace(content: bytes | None) -> None:
    before = None if content is None else crontab.decoded(content)

    once = crontab.put(before, OURS)
    twice = crontab.put(once, OTHER)

    region = crontab.find(twice)
    assert region is not None
    assert OTHER == region.text
    assert crontab.put(twice, OURS) == once
    assert crontab.encoded(twice).startswith(content or b"")
    assert before == crontab.taken_out(twice)


@given(crontabs, st.sampled_from(["x\n", "x", "\n", "x\r\ny"]))
def test_what_a_person_adds_below_stays_when_the_region_goes(
    content: bytes | None, added: str
) -> None:
    before = "" if content is None else crontab.decoded(content)
    complete = before if not before or before.endswith("\n") else f"{before}\n"

    left = crontab.taken_out(crontab.put(before, OURS) + added)

    assert f"{complete}{added}" == left


def test_no_crontab_and_an_empty_one_are_told_apart() -> None:
    assert crontab.taken_out(crontab.put(None, OURS)) is None
    assert "" == crontab.taken_out(crontab.put("", OURS))


def test_without_a_region_nothing_is_taken_out() -> None:
    assert "# mine\n" == crontab.taken_out("# mine\n")
    assert crontab.find("# mine\n") is None


REGION = f"{BEGIN}\n{OURS}{END}\n"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{REGION}# mine\n{REGION}", "1 (BEGIN), 5 (BEGIN), 3 (END), 7 (END)"),
        (f"# mine\n{BEGIN}\n{OURS}", "2 (BEGIN)"),
        (f"{OURS}{END}\n", "2 (END)"),
        (f"{END}\n{BEGIN}\n", "2 (BEGIN), 1 (END)"),
        (f"{BEGIN}{Before.NO_CRONTAB}\n{BEGIN}\n{END}\n", "1 (BEGIN), 2 (BEGIN), 3 (END)"),
        (f"{BEGIN}\r\n{OURS}", "1 (BEGIN)"),
    ],
)
def test_what_is_not_one_whole_region_is_refused_with_the_lines(text: str, where: str) -> None:
    for act in (crontab.find, crontab.taken_out, lambda text: crontab.put(text, OURS)):
        with pytest.raises(ConfigurationError) as refused:
            act(text)

        assert f"in line {where}; nothing was changed" in refused.value.message
        assert "crontab -e" in refused.value.hint


def test_a_region_that_an_editor_gave_other_line_ends_is_still_found() -> None:
    text = f"# mine\r\n{REGION}".replace("\n", "\r\n").replace("\r\r", "\r")

    region = crontab.find(text)

    assert region is not None
    assert OURS.replace("\n", "\r\n") == region.text
    assert "# mine\r\n" == crontab.taken_out(text)

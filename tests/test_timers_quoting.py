"""What is written into a unit is read back the same, by the rules of systemd.syntax(7)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.errors import ConfigurationError
from footprint_timers import quoting

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}


def read_word(word: str) -> str:
    """Read one double-quoted word as systemd does: C escapes, then specifiers."""
    assert word[0] == word[-1] == '"'
    assert "\n" not in word

    def unescaped(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if code[0] == "x" else ESCAPES[code]

    inside = word[1:-1]
    assert re.fullmatch(r'(?:[^"\\]|\\.)*', inside, re.DOTALL)
    plain = re.sub(r"\\(x[0-9a-f]{2}|.)", unescaped, inside)
    assert "%" not in plain.replace("%%", "")
    return plain.replace("%%", "%")


@given(texts)
def test_an_assignment_comes_back_and_its_dollars_stay(text: str) -> None:
    assert read_word(quoting.systemd_assignment("NAME", text)) == f"NAME={text}"


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="'\"\\")))
def test_a_program_comes_back_and_its_dollars_stay(text: str) -> None:
    assert read_word(quoting.systemd_program(f"/{text}")) == f"/{text}"


@pytest.mark.parametrize("path", ["bin/true", "/it's", '/a"b', "/a\\b", "/a\nb", "/a\x7fb", ""])
def test_a_program_that_systemd_would_not_start_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot start"):
        quoting.systemd_program(path)


def test_a_name_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="UTF-8"):
        quoting.systemd_program("/home/\udcff/footprint-job")


@given(st.text(st.characters(exclude_categories=["C"])))
def test_a_path_to_bind_comes_back(text: str) -> None:
    assert read_word(quoting.systemd_path(f"/{text}")) == f"/{text}"


def test_a_path_that_cannot_be_bound_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot bind"):
        quoting.systemd_path("/home/jane/a\nb")


@given(texts)
def test_a_description_stays_on_one_line_and_has_no_specifier(text: str) -> None:
    written = quoting.systemd_text(text)

    assert len(written.splitlines()) <= 1
    assert "%" not in written.replace("%%", "")
    assert not written.endswith("\\")

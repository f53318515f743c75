"""What is written into a unit is read back the same, by the rules of systemd.syntax(7)."""

import plistlib
import re
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_footprint.errors import ConfigurationError
from footprint_timers import quoting

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', ":": ":"}


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


lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n"))
xml = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        include_characters="\t\n",
        exclude_characters="\ufffe\uffff",
    )
)


@given(texts)
def test_an_argument_comes_back_and_no_variable_is_put_in(text: str) -> None:
    written = quoting.systemd_argument(text)

    if not written.startswith('"'):
        assert written == text
        assert not set(text) & set("%$;\\'\" \t\n")
        return
    read = read_word(written)
    assert "$" not in read.replace("$$", "")
    assert text == read.replace("$$", "$")


@pytest.mark.parametrize("text", ["", ";", "-", "@x", "+x", "!x", ":x", "%h", "$HOME", "a b", "#"])
def test_an_argument_that_would_mean_something_bare_is_quoted(text: str) -> None:
    assert quoting.systemd_argument(text).startswith('"')


@pytest.mark.parametrize("write", [quoting.systemd_argument, quoting.crontab_word])
@pytest.mark.parametrize("text", ["a\0b", "\udcff"])
def test_what_no_program_can_be_given_is_refused(write: Callable[[str], str], text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot hold|UTF-8"):
        write(text)


def test_what_is_too_long_for_a_program_is_refused() -> None:
    quoting.systemd_argument("é" * 65535)
    with pytest.raises(ConfigurationError, match="longer than"):
        quoting.systemd_argument("é" * 65536)


@pytest.mark.parametrize("value", ["a\0b", "\udcff", "x" * 131_072])
def test_an_assignment_that_no_program_can_be_given_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot hold|UTF-8|longer than"):
        quoting.systemd_assignment("NAME", value)


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B"])
def test_a_name_that_is_none_of_a_variable_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="no name"):
        quoting.systemd_assignment(name, "")


def read_by_cron(command: str, *, halves_backslashes: bool) -> str:
    """Read a command as cron does: up to the first bare %, of which there must be none."""
    if halves_backslashes:
        command = re.sub(r"\\([%\\])", lambda match: match[1], command)
    else:
        assert not re.search(r"(?<!\\)%", command)
        command = command.replace("\\%", "%")
    return command


@settings(max_examples=60, deadline=None)
@given(words=st.lists(lines, min_size=1, max_size=40), halves=st.booleans())
def test_words_come_back_through_every_cron_and_the_real_sh(
    words: list[str], *, halves: bool
) -> None:
    command = " ".join(map(quoting.crontab_word, words))
    assert "\n" not in command

    script = read_by_cron(f"printf '\\%s\\0' {command}", halves_backslashes=halves)
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout

    assert words == told.decode().split("\0")[:-1]


def test_a_line_break_is_refused_in_a_crontab() -> None:
    with pytest.raises(ConfigurationError, match="crontab line"):
        quoting.crontab_word("a\nb")


@given(text=xml)
def test_a_text_of_a_property_list_comes_back(text: str) -> None:
    document = f"<plist><string>{quoting.plist_text(text)}</string></plist>"

    assert text == plistlib.loads(document.encode(), fmt=plistlib.FMT_XML)


@pytest.mark.parametrize("text", ["\0", "\x1b", "\uffff", "\udcff"])
def test_what_xml_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"property list|UTF-8"):
        quoting.plist_text(text)


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


@given(st.text(st.characters(exclude_categories=["C"])))
def test_no_colon_of_a_path_to_bind_is_left_to_divide(text: str) -> None:
    bound = quoting.systemd_bound(f"/{text}")

    assert f"/{text}" == read_word(bound)
    assert not re.search(r"(?<!\\)(?:\\\\)*:", bound), "it would divide"


def test_a_path_that_cannot_be_bound_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot bind"):
        quoting.systemd_path("/home/jane/a\nb")


@given(texts)
def test_a_description_stays_on_one_line_and_has_no_specifier(text: str) -> None:
    written = quoting.systemd_text(text)

    assert len(written.splitlines()) <= 1
    assert "%" not in written.replace("%%", "")
    assert not written.endswith("\\")

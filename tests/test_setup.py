"""The first questions, asked on a real terminal: every answer is kept as soon as it is given."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import CommandLine

KEY = "0123456789abcdef0123456789abcdef"
CTRL_C = "\x03"
# What is asked of somebody who begins, in order, and what they answer.
BEGINNING = (
    ("Your name", "Jane Doe"),
    ("An e-mail address of Jane Doe", "jane@example.com"),
    ("One more e-mail address", ""),
    ("Country, for letters", "US-CA"),
    ("Watch somebody else too", "partner"),
    ("Their name", "John Doe"),
    ("An e-mail address of John Doe", ""),
    ("Country, for letters", ""),
    ("Watch somebody else too", ""),
    ("Do you agree, for Jane Doe, John Doe", "y"),
    ("Look at them", "y"),
    ("Do you agree, for Jane Doe, John Doe", "n"),  # the probes, one after the other
    ("Do you agree, for Jane Doe, John Doe", "n"),
    ("Do you agree, for Jane Doe, John Doe", "n"),
    ("Do you agree, for Jane Doe, John Doe", "y"),
    ("Do you agree, for Jane Doe, John Doe", "n"),
    ("Do you agree, for Jane Doe, John Doe", "n"),
    ("Key, not shown", KEY),
    ("A notice on this desktop", "none"),
    ("Let the operating system start them", "n"),
    ("Check now, and show the report", "n"),
)


class Terminal:
    """Somebody at a terminal of 80 columns who answers what they are asked."""

    def __init__(self, run: CommandLine) -> None:
        program = Path(sys.executable).with_name("footprint")
        environment: Any = {**run.environment(), "TERM": "dumb", "NO_COLOR": "1"}
        self.child: pexpect.spawn[str] = pexpect.spawn(
            str(program), ["setup"], env=environment, encoding="utf-8", timeout=60
        )
        self.child.setwinsize(24, 80)

    def asked(self, words: str) -> None:
        self.child.expect_exact(words)
        # A prompt ends with a colon and a blank; before it nobody reads what is typed.
        self.child.expect_exact(": ")

    def answer(self, *answers: tuple[str, str]) -> None:
        for question, answer in answers:
            self.asked(question)
            self.child.sendline(answer)

    def ended(self) -> tuple[int | None, str]:
        """Give the exit code and what was said last."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus, str(self.child.before)


def test_it_goes_from_nothing_to_what_a_first_check_needs(run: CommandLine) -> None:
    terminal = Terminal(run)
    terminal.answer(*BEGINNING)

    code, last = terminal.ended()

    assert 0 == code, last
    jane, john = run("footprint", "person", "list", "--json").json
    assert ("Jane Doe", "self", "self", "US-CA") == tuple(
        jane[key] for key in ("name", "relation", "consent", "region")
    )
    assert ["jane@example.com"] == [one["value"] for one in jane["identifiers"]]
    assert ("John Doe", "partner", "given", None) == tuple(
        john[key] for key in ("name", "relation", "consent", "region")
    )
    secrets = run("footprint", "secret", "list", "--json").json
    assert [True] == [one["set"] for one in secrets if one["name"] == "hibp_api_key"]
    sources = run("footprint", "source", "list", "--json").json
    assert {"hibp_breaches", "hibp_pastes", "ahmia"} == {
        one["name"] for one in sources if one["state"] == "on"
    }
    assert KEY not in last
    assert "Where it stands" in last
    assert "\x1b" not in last, "that terminal shows it as rubbish"


@pytest.mark.parametrize("number", range(len(BEGINNING)))
def test_what_was_answered_before_ctrl_c_is_kept_and_not_asked_again(
    run: CommandLine, number: int
) -> None:
    terminal = Terminal(run)
    terminal.answer(*BEGINNING[:number])
    terminal.asked(BEGINNING[number][0])
    terminal.child.send(CTRL_C)

    _, last = terminal.ended()

    assert "What was answered is kept. Go on with: footprint setup" in last
    assert signal.SIGINT == terminal.child.signalstatus
    before = run("footprint", "person", "list", "--json").json
    names = [answer for question, answer in BEGINNING[:number] if question.endswith("ame")]
    assert names == [one["name"] for one in before]
    if number > 1:
        assert "jane@example.com" == before[0]["identifiers"][0]["value"]


def test_what_stands_is_shown_and_not_asked_again(run: CommandLine) -> None:
    first = Terminal(run)
    first.answer(*BEGINNING[:4])
    first.asked(BEGINNING[4][0])
    first.child.send(CTRL_C)
    first.ended()

    again = Terminal(run)
    again.child.expect_exact("Jane Doe: jane@example.com")
    again.answer(*BEGINNING[2:3], *BEGINNING[4:])

    assert 0 == again.ended()[0]
    assert ["Jane Doe", "John Doe"] == [
        one["name"] for one in run("footprint", "person", "list", "--json").json
    ]


def test_a_wrong_answer_is_explained_and_asked_again(run: CommandLine) -> None:
    terminal = Terminal(run)
    terminal.answer(("Your name", "Jane Doe"), ("An e-mail", "jane at example"))
    terminal.child.expect_exact("that is not an e-mail address")
    terminal.answer(("An e-mail address", "jane@example.com"), ("One more", ""))
    terminal.answer(("Country", "California"))
    terminal.child.expect_exact("is not a region")
    terminal.answer(("Country", "US-CA"), ("Watch somebody", "cat"))
    terminal.child.expect_exact("'cat' is not one of")
    terminal.answer(("Watch somebody", ""), ("Do you agree", "y"), ("Look at them", "n"))
    terminal.answer(("Key, not shown", "too short"))
    terminal.child.expect_exact("that is no hibp_api_key")
    terminal.answer(("Key, not shown", KEY), ("A notice", "address"), ("address (not", ""))
    terminal.child.expect_exact("no address came")
    terminal.answer(("A notice", "address"), ("address (not", "my phone"))
    terminal.child.expect_exact("apprise cannot use")
    terminal.answer(("A notice", "none"), ("Let the", "n"), ("Check now", "n"))

    assert 0 == terminal.ended()[0]


def test_every_answer_is_an_option_too(run: CommandLine, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(f"{KEY}\n", encoding="utf-8")
    words = ["setup", "--no-input", "--name", "Jane Doe", "--email", "jane@example.com"]
    words += [
        "--email",
        "J@work.example",
        "--email",
        "j@work.example",
        "--region",
        "de",
        "--consent",
        "--key-file",
        str(key),
    ]

    done = run("footprint", *words, "--source", "hudsonrock", "--alert", "none", "--no-run")

    assert 0 == done.code, done.err
    (jane,) = run("footprint", "person", "list", "--json").json
    assert ["jane@example.com", "j@work.example"] == [one["value"] for one in jane["identifiers"]]
    assert ("DE", "self") == (jane["region"], jane["consent"])
    assert 0 == run("footprint", *words).code, "and again"
    assert [jane["id"]] == [one["id"] for one in run("footprint", "person", "list", "--json").json]


def test_one_wrong_option_stops_none_of_the_others_and_is_named(run: CommandLine) -> None:
    done = run("footprint", "setup", "--no-input", "--name", "Jane Doe", "--email", "no",
               "--email", "jane@example.com")  # fmt: skip

    assert 1 == done.code
    assert "did not succeed: --email" in done.err
    assert "an @-sign; give it as name@example.com" in done.err
    (jane,) = run("footprint", "person", "list", "--json").json
    assert ["jane@example.com"] == [one["value"] for one in jane["identifiers"]]


def test_it_ends_with_a_first_run_and_the_report(run: CommandLine) -> None:
    done = run("footprint", "setup", "--no-input", "--name", "Jane Doe",
               "--email", "jane@example.com", "--run")  # fmt: skip

    assert 0 == done.code, done.err
    assert [1, 1, 1] == [
        len(run("footprint-job", "history", "--job", name, "--json").json)
        for name in ("breach_recheck", "dark_web_monitor", "generate_report")
    ]
    assert "Nothing was checked" in (run.home / "reports" / "latest.md").read_text(encoding="utf-8")
    assert "Nothing was checked" in done.out


def test_without_a_terminal_and_options_it_says_what_to_do(run: CommandLine) -> None:
    done = run("footprint", "setup")

    assert 2 == done.code
    assert "footprint setup --help has an option for each answer" in done.err


def test_what_nobody_is_there_to_agree_to_is_named(run: CommandLine) -> None:
    done = run("footprint", "setup", "--no-input", "--consent", "--source", "hudsonrock")

    assert 1 == done.code
    assert "did not succeed: --consent, for nobody" in done.err
    assert "did not succeed: --source hudsonrock, for nobody" in done.err


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [("<&-", "setup", 2), (">&-", "person list", 0), ("<&- >&- 2>&-", "person list --json", 0)],
)
def test_a_closed_stream_is_no_traceback(
    run: CommandLine, closed: str, words: str, code: int
) -> None:
    program = Path(sys.executable).with_name("footprint")

    done = subprocess.run(
        ["sh", "-c", f'exec "$0" {words} {closed}', program],
        env=run.environment(), capture_output=True, encoding="utf-8", check=False, timeout=60,
    )  # fmt: skip

    assert code == done.returncode
    assert "Traceback" not in done.stderr

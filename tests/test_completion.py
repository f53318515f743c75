"""The Tab key, pressed in real shells; and files that lie among a person's own."""

import os
import shlex
import shutil
import sys
from pathlib import Path

import pexpect
import pytest

from digital_footprint.completions import MARK, PROGRAMS, SHELLS
from tests.conftest import CommandLine
from tests.test_imports import HEAVY, loaded_by

BIN = Path(sys.executable).parent
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
PACKAGES = {"bash": "bash-completion", "zsh": "zsh", "fish": "fish"}

PLAIN = {
    "bash": "bash --norc --noprofile -i",
    "zsh": "zsh -f -i",
    "fish": "fish --no-config -i",
}
# What a person's own rc files have: Debian's .bashrc, and the line that we tell them for zsh.
PREPARE = {
    "bash": f". {BASH_COMPLETION}",
    "zsh": "fpath=(~/.local/share/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u",
    "fish": "set fish_complete_path ~/.config/fish/completions",
}


EVERY_SHELL = pytest.mark.parametrize("shell", SHELLS)


@pytest.fixture
def person(run: CommandLine, tmp_path: Path) -> Path:
    """Somebody's home, with every shell on PATH."""
    home = tmp_path / "person"
    home.mkdir()
    run.environ["HOME"] = str(home)
    programs = tmp_path / "bin"
    programs.mkdir()
    for shell in SHELLS:
        (programs / shell).write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / shell).chmod(0o755)
    # Last: where the real one is, it is found first.
    run.environ["PATH"] = f"{BIN}:/usr/bin:/bin:{programs}"
    return home


def here(shell: str) -> None:
    if shutil.which(shell) and (shell != "bash" or BASH_COMPLETION.exists()):
        return
    # What a hosted machine lacks is no fault of ours; .ci/run installs it.
    if os.environ.get("CI") and not os.environ.get("GITHUB_ACTIONS"):
        pytest.fail("in CI the packages bring every shell")
    pytest.skip(f"there is none here: apt-get install {PACKAGES[shell]}")


def typed(run: CommandLine, shell: str, keys: str) -> str:
    """What a terminal shows after these keys; the shell ends by itself."""
    environment = {**run.environment(), "TERM": "dumb", "PS1": "> "}
    program, *arguments = shlex.split(PLAIN[shell])
    child = pexpect.spawn(
        program, arguments, env=environment, encoding="utf-8", timeout=60, dimensions=(50, 250)
    )
    child.sendline(PREPARE[shell])
    child.send(keys)
    child.sendline("\nexit")
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)


@EVERY_SHELL
def test_tab_completes_commands_options_and_jobs(
    run: CommandLine, person: Path, shell: str
) -> None:
    here(shell)
    run("footprint", "completion", "install")

    # More than once: a shell reads the file at the first Tab, and calls it at each after that.
    listed = typed(run, shell, "footprint-job hist\t--li\t3 --js\t\n")
    done = typed(run, shell, "footprint-job run verify_r\t--json\n")
    known = typed(run, shell, "footprint source show hibp_p\t--json\n")
    late = typed(run, shell, "footprint-timers expl\tgenerate_\t--json\n")

    assert "\n[]" in listed.replace("\r", "")
    assert '"job_name": "verify_removals"' in done
    assert '"name": "hibp_pastes"' in known
    assert '"name": "generate_report"' in late


@EVERY_SHELL
def test_without_the_files_tab_knows_nothing_of_it(
    run: CommandLine, person: Path, shell: str
) -> None:
    here(shell)

    assert "No such command" in typed(run, shell, "footprint-job hist\t --json\n")


@EVERY_SHELL
def test_what_is_shown_does_the_same_for_a_shell_that_reads_it_itself(
    run: CommandLine, person: Path, shell: str
) -> None:
    here(shell)
    reads = {
        "bash": 'eval "$(footprint completion show bash)"\n',
        "zsh": 'eval "$(footprint completion show zsh)"\n',
        "fish": "footprint completion show fish | source\n",
    }

    listed = typed(run, shell, f"{reads[shell]}footprint-job hist\t--li\t3 --json\n")

    assert "\n[]" in listed.replace("\r", "")


def test_a_tab_press_makes_no_home_and_no_database(run: CommandLine, person: Path) -> None:
    run.environ |= {
        "_FOOTPRINT_JOB_COMPLETE": "bash_complete",
        "COMP_WORDS": "footprint-job run ",
        "COMP_CWORD": "2",
    }

    assert "plain,breach_recheck" in run("footprint-job").out.splitlines()
    assert not run.home.exists()


def test_a_tab_press_loads_nothing_heavy(run: CommandLine) -> None:
    run.environ |= {
        "_FOOTPRINT_JOB_COMPLETE": "bash_complete",
        "COMP_WORDS": "footprint-job run ",
        "COMP_CWORD": "2",
    }

    assert set() == HEAVY & loaded_by(run, "footprint-job")


def test_what_is_written_is_told_once_and_removed_without_a_trace(
    run: CommandLine, person: Path
) -> None:
    first = run("footprint", "completion", "install").out
    written = {path for path in person.rglob("*") if path.is_file()}
    stamps = [path.stat().st_mtime_ns for path in sorted(written)]

    again = run("footprint", "completion", "install")

    data, config = person / ".local" / "share", person / ".config"
    assert {
        *(data / "bash-completion" / "completions" / name for name in PROGRAMS),
        *(data / "zsh" / "site-functions" / f"_{name}" for name in PROGRAMS),
        *(config / "fish" / "completions" / f"{name}.fish" for name in PROGRAMS),
    } == written
    assert f"fpath=({data / 'zsh' / 'site-functions'} $fpath)" in first
    assert "completion is as it should be\n" == again.out
    assert stamps == [path.stat().st_mtime_ns for path in sorted(written)]
    removed = run("footprint", "completion", "remove")
    assert 0 == removed.code
    assert 3 == len(removed.out.splitlines())
    assert {data.parent, data, config} == set(person.rglob("*"))
    assert "there is none\n" == run("footprint", "completion", "remove").out


def test_only_shells_that_are_here_get_a_file(run: CommandLine, person: Path) -> None:
    run.environ["PATH"] = str(person)
    (person / "fish").write_text("#!/bin/sh\n", encoding="utf-8")
    (person / "fish").chmod(0o755)

    found = run("footprint", "completion", "install", "footprint-job", "--json").json

    place = person / ".config" / "fish" / "completions" / "footprint-job.fish"
    assert [
        {
            "program": "footprint-job",
            "shell": "fish",
            "path": str(place),
            "state": "written",
            "reason": None,
        }
    ] == found


def test_an_older_one_of_ours_is_replaced(run: CommandLine, person: Path) -> None:
    run("footprint", "completion", "install")
    place = person / ".config" / "fish" / "completions" / "footprint.fish"
    place.write_text(MARK.sign("of last year\n"), encoding="utf-8")

    assert 0 == run("footprint", "completion", "install").code
    assert "of last year" not in place.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["install", "remove"])
@pytest.mark.parametrize("kind", ["foreign", "edited", "link", "directory"])
def test_what_is_somebody_s_own_stays_and_the_rest_is_done(
    run: CommandLine, person: Path, kind: str, command: str
) -> None:
    place = person / ".config" / "fish" / "completions" / "footprint.fish"
    elsewhere = person / "dotfiles.fish"
    elsewhere.write_text(MARK.sign("mine\n"), encoding="utf-8")
    run("footprint", "completion", "install")
    written = place.read_text(encoding="utf-8")
    place.unlink()
    match kind:
        case "foreign":
            place.write_text("mine\n", encoding="utf-8")
        case "edited":
            place.write_text(f"mine\n{written}", encoding="utf-8")
        case "link":
            place.symlink_to(elsewhere)
        case _:
            place.mkdir()
    other = person / ".local" / "share" / "zsh" / "site-functions" / "_footprint"
    if command == "install":
        other.unlink()

    ended = run("footprint", "completion", command)

    assert 78 == ended.code
    assert f"{place} " in ended.out
    assert "stays as it is" in ended.out
    assert place.is_dir() or "mine\n" == place.read_text(encoding="utf-8")[:5]
    assert (command == "install") == other.exists()


def test_a_directory_that_cannot_be_written_is_named(
    run: CommandLine, person: Path, unprivileged: None
) -> None:
    (person / ".config").mkdir(mode=0o500)

    ended = run("footprint", "completion", "install")

    assert 78 == ended.code
    assert "cannot be written: Permission denied" in ended.out
    assert (person / ".local" / "share" / "bash-completion").exists()

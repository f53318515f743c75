"""The skill for assistants: of the published format, true in every command, and never in the way."""

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.templating import templates
from tests.conftest import CommandLine, Ended

SKILL = templates() / "skills" / "schedule" / "SKILL.md"
TEXT = SKILL.read_text(encoding="utf-8")
# Agent Skills specification (agentskills.io, read August 2026).
FIELDS = {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}


def parts(text: str) -> tuple[dict[str, Any], str]:
    """Split a skill into its frontmatter and its body, as a host does."""
    match = re.fullmatch(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    assert match
    return yaml.safe_load(match[1]), match[2]


def test_the_skill_keeps_to_the_published_format() -> None:
    front, body = parts(TEXT)

    assert set(front) <= FIELDS
    assert SKILL.parent.name == front["name"]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", front["name"])
    assert len(front["name"]) <= 64
    assert 1 <= len(front["description"]) <= 1024
    assert "Use it when" in front["description"], "it says what it does, and when"
    assert len(front["compatibility"]) <= 500
    assert all(isinstance(value, str) for value in front["metadata"].values())
    assert len(body.splitlines()) < 500


def test_it_tells_every_job_and_every_matter() -> None:
    _, body = parts(TEXT)

    assert all(f"`{job}`" in body for job in JOBS)
    for heading in ("Overview", "What is late, and why", "Run a job by hand",
                    "Change an interval", "Set up timers"):  # fmt: skip
        assert f"\n## {heading}\n" in body
    for system in ("Linux with systemd", "macOS", "cron"):
        assert system in body


def commands() -> list[str]:
    """Give every command of ours that stands in the skill, without its options and names."""
    code = " ".join(re.findall(r"```.*?```|`[^`\n]+`", parts(TEXT)[1], re.DOTALL))
    found = re.findall(r"\b(footprint(?:-job|-timers)?) ([a-z-]+)(?: ([a-z-]+))?", code)
    groups = {"source", "secret", "person", "finding"}
    return sorted(
        {
            f"{program} {name} {sub}" if name in groups else f"{program} {name}"
            for program, name, sub in found
        }
    )


@pytest.mark.parametrize("command", commands())
def test_every_command_in_it_exists(run: CommandLine, command: str) -> None:
    ended = run(*shlex.split(command), "--help")

    assert 0 == ended.code, ended.err


# --- installing -------------------------------------------------------------------------------


@pytest.fixture
def skill(run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call `footprint skill` with a home and a project of the test."""
    (tmp_path / "user").mkdir()
    (tmp_path / "project").mkdir()
    run.environ["HOME"] = str(tmp_path / "user")
    monkeypatch.chdir(tmp_path / "project")
    return lambda *words: run("footprint", "skill", *words)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "user" / ".claude" / "skills" / "schedule" / "SKILL.md"


def refused(ended: Ended, *words: str) -> None:
    assert 78 == ended.code
    for word in (*words, "nothing was changed", "--force"):
        assert word in ended.err


@pytest.mark.parametrize("scope", ["user", "project"])
def test_it_is_installed_read_as_a_skill_and_removed(
    skill: Any, tmp_path: Path, scope: str
) -> None:
    file = tmp_path / scope / ".claude" / "skills" / "schedule" / "SKILL.md"

    first = skill("install", "--scope", scope, "--json")
    again = skill("install", "--scope", scope, "--json")

    assert ({"path": str(file), "changed": True}, False) == (first.json, again.json["changed"])
    front, body = parts(file.read_text(encoding="utf-8"))
    assert "schedule" == front["name"]
    assert TEXT == file.read_text(encoding="utf-8").rpartition("<!-- ")[0]
    assert body.splitlines()[-1].startswith("<!-- footprint-timers skill, sha256 ")
    assert skill("remove", "--scope", scope, "--json").json["changed"]
    assert not file.parent.exists()
    assert file.parent.parent.exists(), "other skills may lie there"
    assert not skill("remove", "--scope", scope, "--json").json["changed"]


@pytest.mark.parametrize("command", ["install", "remove"])
@pytest.mark.parametrize("edited", [True, False])
def test_a_file_that_is_somebody_s_own_stays_unless_forced(
    skill: Any, place: Path, command: str, edited: bool
) -> None:
    if edited:
        skill("install")
        own = place.read_text(encoding="utf-8").replace("# The schedule", "# My schedule")
    else:
        place.parent.mkdir(parents=True)
        own = "---\nname: schedule\ndescription: mine\n---\nMine.\n"
    place.write_text(own, encoding="utf-8")

    refused(skill(command), "was edited by hand" if edited else "is not ours")

    assert own == place.read_text(encoding="utf-8")
    assert 0 == skill(command, "--force").code
    assert place.exists() == (command == "install")
    assert not place.exists() or own != place.read_text(encoding="utf-8")


def test_an_older_one_of_ours_is_replaced(skill: Any, place: Path) -> None:
    from digital_footprint.skills import MARK

    place.parent.mkdir(parents=True)
    place.write_text(MARK.sign("---\nname: schedule\n---\nof last year\n"), encoding="utf-8")

    assert 0 == skill("install").code
    assert "of last year" not in place.read_text(encoding="utf-8")


def test_what_else_lies_there_stays(skill: Any, place: Path) -> None:
    skill("install")
    notes = place.with_name("notes.md")
    notes.write_text("mine", encoding="utf-8")

    assert 0 == skill("remove").code
    assert [notes] == list(place.parent.iterdir())


def test_a_link_is_not_replaced_by_a_file(skill: Any, place: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles.md"
    elsewhere.write_text("mine", encoding="utf-8")
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere)

    refused_link = skill("install", "--force")

    assert 78 == refused_link.code
    assert "is a link" in refused_link.err
    assert "mine" == elsewhere.read_text(encoding="utf-8")


def test_a_pipe_in_its_place_is_not_waited_for(skill: Any, place: Path) -> None:
    place.parent.mkdir(parents=True)
    os.mkfifo(place)

    ended = skill("install")

    assert 78 == ended.code
    assert "is no ordinary file" in ended.err


def test_a_place_that_cannot_be_written_is_not_moved_by_footprint_home(
    skill: Any, tmp_path: Path
) -> None:
    (tmp_path / "user" / ".claude").symlink_to(tmp_path / "nowhere" / "at all")

    ended = skill("install")

    assert 78 == ended.code
    assert "cannot be written" in ended.err
    assert "FOOTPRINT_HOME" not in ended.err

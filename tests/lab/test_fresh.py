"""README's commands on a machine with nothing prepared, as root and as a user, on a newer Python."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import tree_of
from tests.lab.plain import PlainMachine
from tests.lab.trees import USER, fresh

# Another Python runs the whole suite in .github/workflows, and the check that calls the lab has run
# it as a user: here is what depends most on Python, on the machine, and on who runs it.
TESTS = "tests/test_database.py tests/test_packaging.py tests/test_runs.py tests/test_imports.py"


@pytest.fixture
def plain(wheels: Path) -> Iterator[PlainMachine]:
    with PlainMachine([tree_of(fresh("trixie"))], wheels) as machine:
        yield machine


@pytest.mark.parametrize("owner", ["root", USER])
def test_without_a_scheduler_all_is_installed_but_timers_and_the_demo_runs(
    plain: PlainMachine, owner: str
) -> None:
    source = plain.put_checkout(owner)

    shown = plain.run(owner, f"{source}/install.sh --demo")
    assert shown.status == 0, shown
    assert "All that should be found was found." in shown.out

    said = plain.run(owner, f"{source}/install.sh && .local/bin/footprint-job list")
    assert said.status == 0, said
    assert "systemd" in said.err
    assert "breach_recheck" in said.out
    completions = ".local/share/bash-completion/completions"
    assert len(plain.run(owner, f"ls {completions}").out.split()) == 3
    again = plain.run(owner, f"{source}/install.sh --uninstall")
    assert again.status == 0, again
    assert plain.run(owner, "ls .local/bin").out == ""
    assert plain.run(owner, f"ls {completions} .local/share/bash-completion").out == ""


def test_the_tests_pass_by_one_command(plain: PlainMachine) -> None:
    source = plain.put_checkout("root")

    said = plain.run("root", f"{source}/install.sh --test -q {TESTS}")

    assert said.status == 0, said.out[-8000:] + said.err
    assert " passed" in said.out

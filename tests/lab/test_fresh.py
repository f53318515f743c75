"""README's two commands on a machine with nothing prepared, as root and as a user."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import tree_of
from tests.lab.plain import PlainMachine
from tests.lab.trees import USER, fresh

SLOW = (
    "alerts", "bad_input", "bench", "broker_farm", "completion", "delivery", "docs", "fault_matrix",
    "install_sh", "mcp", "mcp_faults", "mcp_hostile", "mcp_inspector", "pictures", "ping", "probes",
    "probes_real", "removal_commands", "setup", "timers_calendars",
)  # fmt: skip
QUICK = " ".join(f"--ignore tests/test_{name}.py" for name in SLOW)


@pytest.fixture
def plain(suite: str, wheels: Path) -> Iterator[PlainMachine]:
    with PlainMachine([tree_of(fresh(suite))], wheels) as machine:
        yield machine


@pytest.mark.parametrize("owner", ["root", USER])
def test_the_demo_runs_by_one_command(plain: PlainMachine, owner: str) -> None:
    source = plain.put_checkout(owner)

    said = plain.run(owner, f"{source}/install.sh --demo")

    assert said.status == 0, said
    assert "All that should be found was found." in said.out


# The whole suite takes minutes, and the check that calls the lab has run it as a user already: here
# what depends most on Python and on the machine runs once more, on the other Python and as root.
@pytest.mark.parametrize(
    ("release", "owner", "words"),
    [
        ("bookworm", "root", "tests/test_database.py tests/test_packaging.py tests/test_runs.py"),
        ("trixie", USER, f"-n auto --dist loadfile {QUICK}"),
    ],
)
def test_the_tests_pass_by_one_command(release: str, owner: str, words: str, wheels: Path) -> None:
    with PlainMachine([tree_of(fresh(release))], wheels) as plain:
        source = plain.put_checkout(owner)

        said = plain.run(owner, f"{source}/install.sh --test -q {words}")

    assert said.status == 0, said.out[-8000:] + said.err
    assert " passed" in said.out


@pytest.mark.parametrize("owner", ["root", USER])
def test_without_a_scheduler_the_software_is_installed_and_the_reason_told(
    plain: PlainMachine, owner: str
) -> None:
    source = plain.put_checkout(owner)

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

"""What install.sh refuses, on machines that really are as bad as that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import once, tree_of
from tests.lab.machine import SOURCE, Machine
from tests.lab.plain import PlainMachine
from tests.lab.trees import OLDEST, USER, booted, fresh

OUTSIDE = f"find /home/{USER} -not -path '{SOURCE}/*' | sort"


@pytest.fixture
def plain(wheels: Path) -> Iterator[PlainMachine]:
    with PlainMachine([tree_of(fresh("trixie"))], wheels) as machine:
        machine.put_checkout(USER)
        yield machine


def refused(machine: PlainMachine, prepare: str, *, words: str = "", before: str = "") -> str:
    """Give the one sentence of a refusal; root prepares, the user installs in the same container."""
    user = f"setpriv --reuid={USER} --regid={USER} --init-groups env HOME=/home/{USER} USER={USER}"
    script = f"""
        {OUTSIDE} >/before
        {prepare}
        cd / && {user} sh -c '{before} {SOURCE}/install.sh {words}' 2>/said >/dev/null
        echo $? >/status
        {OUTSIDE} >/after
        cmp /before /after >&2 && cat /status /said
    """
    answer = machine.run("root", script)
    status, sentence = answer.out.splitlines()
    assert status == "78", answer
    assert "; mend it with: " in sentence
    return sentence


def test_a_read_only_home(plain: PlainMachine) -> None:
    prepare = "mount --bind /home /home && mount -o remount,ro,bind /home"

    sentence = refused(plain, prepare)

    assert "is on a read-only file system" in sentence
    assert "mount -o remount,rw '/home'" in sentence


def test_a_full_disk(plain: PlainMachine) -> None:
    prepare = (
        f"mkdir /home/{USER}/.local && chown {USER}: /home/{USER}/.local && {OUTSIDE} >/before;"
        f"mount -t tmpfs -o nr_inodes=1,mode=777 full /home/{USER}/.local"
    )

    assert "is on a full disk" in refused(plain, prepare)


def test_no_venv_module(plain: PlainMachine) -> None:
    sentence = refused(plain, "dpkg --purge --force-all $(dpkg -l | awk '/venv/ {print $2}') >&2")

    assert "lacks its venv module" in sentence
    assert "sudo apt-get install python3-venv" in sentence


def test_no_python_at_all(plain: PlainMachine) -> None:
    sentence = refused(plain, "rm /usr/bin/python3*")

    assert "python3 is not here" in sentence
    assert "sudo apt-get install python3 python3-venv" in sentence


def test_no_network(plain: PlainMachine) -> None:
    sentence = refused(plain, "", before="unset PIP_NO_INDEX PIP_FIND_LINKS; PIP_RETRIES=1")

    assert "the package index cannot be reached" in sentence


def test_sudo(plain: PlainMachine) -> None:
    assert f"instead of {USER}" in refused(plain, "", before=f"SUDO_USER={USER}")


def test_a_system_whose_python_is_too_old(wheels: Path) -> None:
    with PlainMachine([tree_of(booted(OLDEST))], wheels) as machine:
        machine.put_checkout(USER)

        assert "python3 is Python 3.9.2, and 3.11 or newer is needed" in refused(
            machine, "rm /usr/local/bin/python3"
        )


@once("trixie")
def test_a_configuration_that_means_nothing_leaves_nothing_half_made(machine: Machine) -> None:
    machine.ok(
        "mkdir -p .config/digital-footprint && echo x >.config/digital-footprint/config.toml"
    )
    before = machine.ok(OUTSIDE)

    said = machine.user(f"{SOURCE}/install.sh")

    assert said.status == 78
    assert "config.toml is not valid TOML" in said.err
    assert machine.ok(OUTSIDE) == before

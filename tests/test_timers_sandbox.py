"""Which level a job gets is decided by what a probe proves, and a proof is kept while it holds."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from footprint_timers import attempts, installation, levels, probe, sandbox
from footprint_timers.installation import Installation
from footprint_timers.levels import settle, strongest
from footprint_timers.model import Host, Job, Level, Proof, Slot
from tests.conftest import CommandLine
from tests.fake_systemd import FakeSystemd

SLOT = Slot(interval_days=7, phase=1, hour=4, minute=17)
SCAN = Job(name="breach_recheck", summary="asks", slot=SLOT, timeout_minutes=60)
REPORT = replace(SCAN, name="generate_report", needs_network=False)
HOST = Host(program=Path("/bin/true"), failures=Path("/failures"), environment={})


class Machine:
    """A machine on which the levels named hold, and which counts how often it was asked."""

    def __init__(self, *holding: Level) -> None:
        self.holding = holding
        self.asked: list[tuple[str, Level]] = []

    def prove(self, jobs: Sequence[Job]) -> Mapping[str, Proof]:
        self.asked += [(job.name, job.sandbox) for job in jobs]
        return {job.name: self._proof(job.sandbox) for job in jobs}

    def _proof(self, level: Level) -> Proof:
        if level in self.holding:
            return Proof(level=level, proved=("runs its selftest",))
        return Proof(level=level, because=f"{level} stops the unit with 226/NAMESPACE")


@pytest.fixture
def manager(tmp_path: Path) -> FakeSystemd:
    return FakeSystemd(tmp_path)


def settled(
    manager: FakeSystemd,
    machine: Machine,
    choice: str = "auto",
    *,
    known: Mapping[str, Proof] | None = None,
    host: Host = HOST,
) -> dict[str, Proof]:
    connected = manager.connect()
    return settle(connected, [SCAN], host, choice, known=known or {}, prove=machine.prove)


@pytest.mark.parametrize(
    ("holding", "level", "because"),
    [
        (("strong", "basic", "off"), "strong", ""),
        (("basic", "off"), "basic", "strong stops the unit with 226/NAMESPACE"),
        (("off",), "off", "strong stops the unit with 226/NAMESPACE"),
        ((), "basic", "strong stops the unit with 226/NAMESPACE"),
    ],
)
def test_the_strongest_level_that_is_proved_is_taken(
    holding: tuple[Level, ...], level: Level, because: str
) -> None:
    proof = strongest([SCAN], Machine(*holding).prove)["breach_recheck"]

    assert (level, because) == (proof.level, proof.because)


def test_only_what_is_not_proved_yet_is_tried_at_a_weaker_level() -> None:
    asked = []

    def prove(jobs: Sequence[Job]) -> Mapping[str, Proof]:
        asked.append([(job.name, job.sandbox) for job in jobs])
        holds = {job.name: job.sandbox == "basic" or job.name == REPORT.name for job in jobs}
        return {
            job.name: Proof(level=job.sandbox, proved=("all",) if holds[job.name] else ())
            for job in jobs
        }

    strongest([SCAN, REPORT], prove)

    both = [(SCAN.name, "strong"), (REPORT.name, "strong")]
    assert [both, [(SCAN.name, "basic")]] == asked


def test_what_cannot_be_rendered_is_a_reason_and_no_end() -> None:
    def refuse(jobs: Sequence[Job]) -> Mapping[str, Proof]:
        raise ConfigurationError(f"{jobs[0].sandbox} cannot be written")

    assert (
        Proof(level="basic", because="strong cannot be written")
        == strongest([SCAN], refuse)["breach_recheck"]
    )


@pytest.mark.parametrize("choice", ["off", "basic"])
def test_a_level_that_was_asked_for_needs_no_probe(manager: FakeSystemd, choice: str) -> None:
    machine = Machine("strong")

    assert choice == settled(manager, machine, choice)["breach_recheck"].level
    assert [] == machine.asked


def test_strong_that_was_asked_for_and_does_not_hold_is_refused(manager: FakeSystemd) -> None:
    with pytest.raises(ConfigurationError, match="226/NAMESPACE"):
        settled(manager, Machine("basic"), "strong")

    assert "strong" == settled(manager, Machine("strong"), "strong")["breach_recheck"].level


def test_a_proof_is_kept_while_nothing_it_depends_on_has_changed(manager: FakeSystemd) -> None:
    machine = Machine("basic")
    known = settled(manager, machine)
    before = list(machine.asked)

    assert known == settled(manager, machine, known=known)
    assert before == machine.asked


def test_a_proof_ends_with_what_it_depends_on(manager: FakeSystemd) -> None:
    known = settled(manager, Machine("strong"))
    place = manager.units / "footprint-breach_recheck.service.d"

    other_program, other_systemd, drop_in = Machine("off"), Machine("off"), Machine("off")
    host = replace(HOST, program=Path("/bin/false"))
    assert "off" == settled(manager, other_program, known=known, host=host)["breach_recheck"].level
    place.mkdir(parents=True)
    (place / "mine.conf").write_text("[Service]\nPrivateUsers=no\n", encoding="utf-8")
    assert "off" == settled(manager, drop_in, known=known)["breach_recheck"].level
    (place / "mine.conf").unlink()
    manager.version = 257
    assert "off" == settled(manager, other_systemd, known=known)["breach_recheck"].level


def test_a_weaker_proof_is_not_enough_once_strong_is_asked_for(manager: FakeSystemd) -> None:
    known = settled(manager, Machine("basic"))

    assert (
        "strong"
        == settled(manager, Machine("strong"), "strong", known=known)["breach_recheck"].level
    )


def test_without_a_probe_each_job_keeps_its_level() -> None:
    known = {"breach_recheck": Proof(level="strong", proved=("all",))}

    found = levels.remembered([SCAN, REPORT], "auto", known=known)

    assert ["strong", "basic"] == [one.level for one in found.values()]


def test_the_record_keeps_choice_and_proofs_and_reads_older_ones(paths: Paths) -> None:
    proofs = {"breach_recheck": Proof(level="basic", proved=("a", "b"), because="c", key="d")}
    kept = Installation(
        backend="systemd", scope="user", units="/u", stamps="/s", sandbox="off", proofs=proofs
    )
    installation.write(paths, kept)
    assert kept == installation.read(paths)

    old = '{"backend": "systemd", "scope": "user", "units": "/u", "stamps": "/s", "jobs": {}}'
    installation.file_of(paths).write_text(old, encoding="utf-8")
    found = installation.read(paths)
    assert found is not None
    assert ("auto", {}) == (found.sandbox, found.proofs)


def test_a_job_is_given_what_it_works_with_and_nothing_else(tmp_path: Path) -> None:
    home, dotfiles = tmp_path / "home", tmp_path / "home/dotfiles/config.toml"
    config, data = home / ".config/fp", home / ".local/share/fp"
    config.mkdir(parents=True)
    (config / "config.toml").symlink_to(dotfiles)
    program = (data / "env/bin/footprint-job", data / "env-1", home / "python", Path("/usr"))

    room = sandbox.room_of(
        Paths(config, data, home / "state"),
        home=home,
        stamps=data / "stamps",
        program=program,
        linked=sandbox.linked_from(config),
    )

    assert (data, home / "state") == room.writable
    assert (config, dotfiles, home / "python") == room.readable
    assert (data / "env", home / "state/probes") == room.fixed


def test_a_level_is_told_with_its_proof_or_its_reason() -> None:
    strong = Proof(level="strong", proved=("cannot write the home", "runs its selftest"))
    basic = Proof(level="basic", because="strong stops the unit with 226/NAMESPACE")

    assert "scan: strong (proved: cannot write the home, runs its selftest)" == sandbox.told(
        "scan", strong
    )
    assert "scan: basic, because strong stops the unit with 226/NAMESPACE" == sandbox.told(
        "scan", basic
    )
    assert "scan: off, as asked" == sandbox.told("scan", Proof(level="off", because=sandbox.ASKED))


def test_what_a_unit_may_do_is_tried_for_real(tmp_path: Path) -> None:
    import socket

    from digital_footprint.process import run

    (tmp_path / "planted").write_text("secret", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        task = {
            "forbidden": str(tmp_path / "written"),
            "planted": str(tmp_path / "planted"),
            "needed": [str(tmp_path), str(tmp_path / "absent")],
            "port": listener.getsockname()[1],
        }
        tried = attempts.attempt(task, run)
        listener.accept()[0].close()

    assert "secret" == tried["read"]
    assert (tmp_path / "written").exists()
    assert [str(tmp_path / "absent")] == tried["unwritable"]
    assert ["planted", "written"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_probe_outside_of_a_unit_says_who_starts_it(run: CommandLine) -> None:
    ended = run("footprint-job", "probe")

    assert 2 == ended.code
    assert "footprint-timers doctor" in ended.err


@pytest.mark.parametrize(
    ("words", "level"), [("", "basic"), ("--sandbox auto", "basic"), ("--sandbox strong", "strong")]
)
def test_rendering_proves_nothing_and_says_so(
    run: CommandLine, tmp_path: Path, words: str, level: str
) -> None:
    ended = run("footprint-timers", "render", "--output", str(tmp_path / "out"), *words.split())

    assert 0 == ended.code
    assert f"sandbox: {level}; no manager was asked" in ended.err
    unit = (tmp_path / "out/footprint-breach_recheck.service").read_text(encoding="utf-8")
    assert (level == "strong") is ("PrivateUsers=yes" in unit)
    assert "NoNewPrivileges=yes" in unit


def test_a_drop_in_that_cannot_be_read_is_named(manager: FakeSystemd) -> None:
    connected = manager.connect()
    place = connected.units / "footprint-breach_recheck.service.d/mine.conf"
    place.mkdir(parents=True)

    with pytest.raises(ConfigurationError, match=r"mine\.conf cannot be read: Is a directory"):
        connected.drop_ins("footprint-breach_recheck.service")


def test_what_a_killed_probe_has_left_goes_and_what_is_under_way_stays(
    manager: FakeSystemd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTPRINT_HOME", str(tmp_path / "fp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    connected = replace(manager.connect(), environment={"HOME": str(tmp_path)})
    units = tmp_path / "systemd/user"
    directory = units / "footprint-probe-1-0.service.d"
    directory.mkdir(parents=True)
    left = (
        tmp_path / ".footprint-probe-1.planted",
        tmp_path / "footprint-probe-1-0.service.json",
        units / "footprint-probe-1-0.service",
        directory / "mine.conf",
    )
    fresh = tmp_path / ".footprint-probe-2.planted", units / "footprint-probe-2-0.service"
    for file in (*left, *fresh):
        file.touch()
    for old in (*left, directory):
        os.utime(old, (0, 0))

    assert {} == probe.prove(connected, [], HOST)

    assert [] == [str(path) for path in (*left, directory) if path.exists()]
    assert all(path.exists() for path in fresh)

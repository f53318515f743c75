"""What many sites say of an address, and the little of it that is believed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.errors import ConfigurationError
from digital_footprint.model import Identifier, IdentifierKind
from digital_footprint.probes import environments
from digital_footprint.process import NOT_FOUND, TIMED_OUT, Completed
from digital_footprint.sources.holehe import Holehe
from digital_footprint.sources.probes import Row, accounts, invented
from digital_footprint.verdicts import FindingKind, Found, Reason, Unanswered

JANE = Identifier(
    id=1,
    person_id=1,
    person="Jane Doe",
    kind=IdentifierKind.EMAIL,
    value="jane@example.com",
    added_at="2026-11-22T03:17:00Z",
)
YES, NO, DUNNO, MISSING = "registered", "not_registered", "unknown", "missing"


def row(site: str, answer: str) -> dict[str, str]:
    return {"site": site, "domain": f"{site}.example", "answer": answer}


@dataclass
class Programs:
    """The line of a probe to programs that say what they are told to, without starting any."""

    tools: Path
    says: Callable[[str, str], str] = lambda _address, _site: NO
    sites: tuple[str, ...] = ("alpha", "beta", "gamma")
    written: Completed | None = None
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    entered: list[Identifier] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    data: list[str | None] = field(default_factory=list)
    refusal: Unanswered | None = None

    def __post_init__(self) -> None:
        """Make it look as if holehe was installed."""
        python = self.tools / "holehe" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        packages = self.tools / "holehe" / "lib" / "python3" / "site-packages"
        (packages / "holehe-1.61.dist-info").mkdir(parents=True)

    def enter(self, about: Identifier, *, recipient: str, datum: str | None = None) -> None:
        if self.refusal:
            raise self.refusal
        self.entered.append(about)
        self.recipients.append(recipient)
        self.data.append(datum)

    def run(self, argv: Sequence[str], *, stdin: str, seconds: float) -> Completed:
        assert seconds > 0
        assert "@" not in " ".join(argv)
        if self.written:
            return self.written
        question = json.loads(stdin)
        sites = self.sites if question["sites"] is None else tuple(question["sites"])
        self.asked.append((question["address"], sites))
        rows = [
            row(site, said)
            for site in sites
            if (said := self.says(question["address"], site)) != MISSING
        ]
        document = {"responses": 7, "sites": rows}
        return Completed(tuple(argv), 0, stdout=json.dumps(document))

    def probe(self) -> Holehe:
        return Holehe(self)  # type: ignore[arg-type]


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)


def checked(programs: Programs) -> Found | Unanswered:
    probe = programs.probe()
    try:
        probe.canary()
        return probe.check(JANE)
    except Unanswered as unanswered:
        return unanswered


def told_in_turn(
    control: str, address: str, second_control: str, second_address: str
) -> Callable[[str, str], str]:
    """Say these to the four questions about alpha that follow the canary."""
    controls = iter([NO, control, second_control])
    addresses = iter([address, second_address])

    def says(asked: str, site: str) -> str:
        if site != "alpha":
            return NO
        return next(addresses) if asked == JANE.value else next(controls)

    return says


@pytest.mark.parametrize(
    "answers", list(product([YES, NO, DUNNO, MISSING], repeat=4)), ids="-".join
)
def test_only_what_a_site_says_twice_after_denying_an_invention_is_an_account(
    programs: Programs, answers: tuple[str, str, str, str]
) -> None:
    programs.says = told_in_turn(*answers)

    match checked(programs):
        case Found((sighting,)):
            assert (NO, YES, NO, YES) == answers
            assert (FindingKind.ACCOUNT, "alpha.example") == (sighting.kind, sighting.key)
            assert ("alpha.example", "alpha") == (sighting.title, sighting.source_key)
        case Unanswered() as unanswered:
            assert (NO, YES, NO, YES) != answers
            assert Reason.SOURCE_CHANGED is unanswered.verdict.reason
            assert unanswered.verdict.note.startswith("no site of 3 says registered")


def test_a_site_that_does_not_deny_an_invention_never_hears_of_the_person(
    programs: Programs,
) -> None:
    programs.says = lambda _, site: {"alpha": YES, "beta": DUNNO}.get(site, NO)

    checked(programs)

    assert [("gamma",)] == [sites for address, sites in programs.asked if address == JANE.value]


def test_a_site_that_denies_the_canary_alone_never_hears_of_the_person(
    programs: Programs,
) -> None:
    programs.says = lambda address, site: (
        YES if site == "alpha" and not address.endswith("@gmail.com") else NO
    )

    checked(programs)

    asked = [sites for address, sites in programs.asked if address == JANE.value]
    assert [("beta", "gamma")] == asked


def test_a_site_that_was_not_asked_says_nothing() -> None:
    def rows(**answers: str) -> dict[str, Row]:
        return {site: Row(site, site, answer) for site, answer in answers.items()}  # type: ignore[arg-type]

    known = accounts(rows(alpha=NO, beta=YES, gamma=DUNNO), rows(alpha=YES, beta=YES, delta=YES))

    assert {"alpha"} == known.keys()


def test_where_every_site_fails_the_canary_nobody_hears_of_the_person(programs: Programs) -> None:
    programs.says = lambda *_: DUNNO

    verdict = checked(programs)

    assert isinstance(verdict, Unanswered)
    assert Reason.SOURCE_CHANGED is verdict.verdict.reason
    assert [] == programs.entered
    assert [] == [address for address, _ in programs.asked if address == JANE.value]


def test_the_address_stands_on_the_ledger_before_every_question_about_it(
    programs: Programs,
) -> None:
    ledger: list[tuple[str | None, ...]] = []
    domain = "its domain, in an invented address"

    def says(address: str, _: str) -> str:
        if address.endswith("@example.com"):
            ledger.append(tuple(programs.data))
        return YES if address == JANE.value else NO

    programs.says = says

    assert isinstance(checked(programs), Found)
    entered = (domain, None, domain, None)
    assert [entered[: asking // 3 + 1] for asking in range(12)] == ledger
    assert ["by holehe to: alpha, beta, gamma"] * 4 == programs.recipients


def test_a_consent_that_was_withdrawn_stops_the_address(programs: Programs) -> None:
    programs.refusal = Unanswered(Reason.NO_CONSENT)

    assert programs.refusal is checked(programs)
    assert [] == [address for address, _ in programs.asked if "@example.com" in address]


def test_a_site_with_two_rows_says_nothing(programs: Programs) -> None:
    rows = [row("alpha", NO), row("alpha", NO), row("beta", NO)]
    document = json.dumps({"responses": 1, "sites": rows})
    programs.written = Completed((), 0, stdout=document)
    probe = programs.probe()
    probe.canary()
    programs.written = None

    with pytest.raises(Unanswered):
        probe.check(JANE)

    assert {("beta",)} == {sites for _, sites in programs.asked}


def test_inventions_are_all_different_and_at_the_domain_asked_about(programs: Programs) -> None:
    programs.says = lambda address, _: YES if address == JANE.value else NO

    checked(programs)

    inventions = [address for address, _ in programs.asked if address != JANE.value]
    assert ["gmail.com", "example.com", "example.com"] == [
        address.partition("@")[2] for address in inventions
    ]
    assert 3 == len(set(inventions))
    assert invented("example.com") != invented("example.com")


NOBODY = json.dumps({"responses": 0, "sites": [row("alpha", NO)]})


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (Completed((), 0, stdout=NOBODY), Reason.NETWORK),
        (Completed((), TIMED_OUT), Reason.TIMEOUT),
        (Completed((), NOT_FOUND), Reason.NOT_CONFIGURED),
        (Completed((), 1, stdout=NOBODY, stderr="jane@example.com"), Reason.SOURCE_CHANGED),
        (Completed((), -9), Reason.SOURCE_CHANGED),
        (Completed((), 0, stdout=""), Reason.SOURCE_CHANGED),
        (Completed((), 0, stdout="Holehe has just been updated"), Reason.SOURCE_CHANGED),
        (Completed((), 0, stdout='{"responses": 1}'), Reason.SOURCE_CHANGED),
        (Completed((), 0, stdout='{"responses": 1, "sites": [{}]}'), Reason.SOURCE_CHANGED),
        (
            Completed((), 0, stdout=json.dumps({"responses": 1, "sites": [row("a", "maybe")]})),
            Reason.SOURCE_CHANGED,
        ),
    ],
)
def test_a_program_that_fails_has_said_nothing(
    programs: Programs, written: Completed, reason: Reason
) -> None:
    programs.written = written

    verdict = checked(programs)

    assert isinstance(verdict, Unanswered)
    assert reason is verdict.verdict.reason
    assert "jane" not in verdict.verdict.note


@given(stdout=st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(str))
def test_whatever_a_program_writes_is_no_account(
    stdout: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    programs = Programs(tmp_path_factory.mktemp("tools"))
    programs.written = Completed((), 0, stdout=stdout)

    assert isinstance(checked(programs), Unanswered)


def test_a_program_that_is_not_installed_asks_nobody(programs: Programs) -> None:
    environments.remove("holehe", programs.tools)

    verdict = checked(programs)

    assert isinstance(verdict, Unanswered)
    assert Reason.NOT_CONFIGURED is verdict.verdict.reason
    assert "footprint source enable holehe" in verdict.verdict.note
    assert [] == programs.asked


def test_a_program_of_another_version_asks_nobody(programs: Programs) -> None:
    (packages,) = (programs.tools / "holehe" / "lib").glob("python*/site-packages")
    (packages / "holehe-1.61.dist-info").rename(packages / "holehe-1.60.dist-info")

    verdict = checked(programs)

    assert isinstance(verdict, Unanswered)
    assert Reason.NOT_CONFIGURED is verdict.verdict.reason


@pytest.mark.parametrize("program", environments.PROGRAMS.values(), ids=lambda one: one.script)
def test_what_is_installed_is_the_version_whose_sites_were_looked_at(
    program: environments.Program,
) -> None:
    pins = (environments.HERE / "requirements" / program.requirements[-1]).read_text("utf-8")

    pin = f"{program.distribution.replace('_', '-')}=={program.version} "
    assert pin in pins
    assert program.version in (environments.HERE / program.script).read_text("utf-8")
    assert "://" not in pins


def test_an_environment_whose_python_is_gone_is_not_installed(programs: Programs) -> None:
    assert "1.61" == environments.installed("holehe", programs.tools)

    python = programs.tools / "holehe" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")

    assert environments.installed("holehe", programs.tools) is None


@dataclass
class Installer:
    """A runner under which venv and pip do in a moment what they do in a minute."""

    version: str = "1.61"
    argv: list[list[str]] = field(default_factory=list)

    def __call__(self, argv: Sequence[str], **_: object) -> Completed:
        self.argv.append(list(argv))
        if "venv" in argv:
            made = Path(argv[-1])
            (made / "bin").mkdir(parents=True)
            (made / "bin" / "python").symlink_to(sys.executable)
        else:
            made = Path(argv[0]).parent.parent
            packages = made / "lib" / "python3" / "site-packages"
            (packages / f"holehe-{self.version}.dist-info").mkdir(parents=True, exist_ok=True)
        return Completed(tuple(argv), 0)


def test_what_is_set_up_again_replaces_what_was_there_and_what_is_removed_is_gone(
    tmp_path: Path,
) -> None:
    environments.set_up("holehe", tmp_path, Installer(version="1.60"))
    assert ("1.60", False) == (
        environments.installed("holehe", tmp_path),
        environments.is_ready("holehe", tmp_path),
    )

    environments.set_up("holehe", tmp_path, Installer())
    assert environments.is_ready("holehe", tmp_path)
    assert ["holehe"] == [path.name for path in tmp_path.iterdir()]

    environments.remove("holehe", tmp_path)
    assert environments.installed("holehe", tmp_path) is None
    assert [] == list(tmp_path.iterdir())
    environments.remove("holehe", tmp_path)


def test_every_byte_that_is_fetched_is_one_that_was_named(tmp_path: Path) -> None:
    installer = Installer()
    environments.set_up("holehe", tmp_path, installer)

    pips = [argv for argv in installer.argv if "pip" in argv]
    assert ["build.txt", "holehe.txt"] == [Path(argv[-1]).name for argv in pips]
    for argv in pips:
        assert {"--require-hashes", "--no-build-isolation"} <= set(argv)


def test_an_interrupted_set_up_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted(argv: Sequence[str], **_: object) -> Completed:
        if "pip" in argv:
            raise KeyboardInterrupt
        return Installer()(argv)

    with pytest.raises(KeyboardInterrupt):
        environments.set_up("holehe", tmp_path, interrupted)

    assert [] == list(tmp_path.iterdir())


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    def broken(argv: Sequence[str], **_: object) -> Completed:
        Path(argv[-1]).mkdir()
        told = "The virtual environment was not created successfully: ensurepip is not available"
        return Completed(tuple(argv), 1, stdout=told)

    with pytest.raises(ConfigurationError, match="ensurepip is not available") as raised:
        environments.set_up("holehe", tmp_path / "probes", broken)

    assert "apt install python3-venv" in raised.value.hint
    assert "footprint source enable holehe" in raised.value.hint
    assert [] == list((tmp_path / "probes").iterdir())


SITES_OF_A_TEST = """
import asyncio, os, sys, time
sys.path.append(sys.argv[1])
from asking import answer_question, heard

def site(answer, *statuses):
    async def ask(address):
        for status in statuses:
            heard(status)
        return answer(address) if callable(answer) else answer
    return ask

def shout(address):
    print("registered:", address)
    print(address, file=sys.stderr)
    os.write(1, address.encode())
    return "registered", "shouts.example"

def keep(address):
    with open("kept", "w") as file:
        file.write(address)

async def hang(address):
    heard(200)
    await asyncio.sleep(1000)

async def hang_in_a_thread(address):
    heard(200)
    await asyncio.to_thread(time.sleep, 1000)

SITES = {
    "knows": site(("registered", "knows.example"), 200),
    "denies": site(("not_registered", ""), 403, 404),
    "refuses": site(("not_registered", ""), 403, 429, 503),
    "silent": site(("not_registered", "")),
    "shouts": site(shout, 200),
    "keeps": site(keep, 200),
    "raises": site(lambda address: 1 / 0, 200),
    "exits": site(lambda address: sys.exit(address), 200),
    "hangs": hang,
    "hangs in a thread": hang_in_a_thread,
    "environment": site(lambda address: ("registered", " ".join(sorted(os.environ))), 200),
}
answer_question(lambda: SITES)
"""


def asked_for_real(
    tmp_path: Path, environment: Mapping[str, str], **changed: object
) -> tuple[dict[str, Any], str]:
    script = tmp_path / "sites.py"
    script.write_text(SITES_OF_A_TEST, encoding="utf-8")
    question = {
        "address": "jane@example.com",
        "sites": None,
        "concurrency": 12,
        "site_seconds": 1,
        "seconds": 30,
    } | changed
    done = subprocess.run(
        [sys.executable, "-I", script, environments.HERE],
        input=json.dumps(question),
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=environment,
        timeout=60,
    )
    return json.loads(done.stdout), done.stderr


def test_what_a_sites_code_does_reaches_nobody_but_as_its_answer(tmp_path: Path) -> None:
    kept = tmp_path / "temporary"
    kept.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HIBP_API_KEY": "0123456789abcdef0123456789abcdef",
        "HOME": str(tmp_path),
        "TMPDIR": str(kept),
        "https_proxy": "http://127.0.0.1:1",
    }

    document, errors = asked_for_real(tmp_path, environment)

    answers = {each["site"]: each["answer"] for each in document["sites"]}
    domains = {each["site"]: each["domain"] for each in document["sites"]}
    told = ("knows", "shouts", "environment")
    assert {YES} == {answers.pop(site) for site in told}
    assert NO == answers.pop("denies")
    assert {DUNNO} == set(answers.values())
    assert "HOME PATH https_proxy" == domains["environment"]
    assert ("knows.example", "denies") == (domains["knows"], domains["denies"])
    assert "" == errors
    assert [] == list(kept.iterdir())
    assert 13 == document["responses"]


def test_only_the_sites_that_are_named_are_asked(tmp_path: Path) -> None:
    document, _ = asked_for_real(tmp_path, {}, sites=["knows", "nobody knows that one"])

    assert ["knows"] == [each["site"] for each in document["sites"]]


def test_the_end_of_the_time_leaves_the_rest_unknown(tmp_path: Path) -> None:
    document, _ = asked_for_real(
        tmp_path, {}, sites=["hangs", "knows"], site_seconds=1000, seconds=1
    )

    assert {"hangs": DUNNO, "knows": YES} == {
        each["site"]: each["answer"] for each in document["sites"]
    }

"""holehe and user-scanner themselves, installed, against sites that all fail in the same way."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import disclosures, findings, process
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from digital_footprint.files import make_directory
from digital_footprint.model import Identifier
from digital_footprint.probes import environments
from digital_footprint.process import Completed
from digital_footprint.sources import holehe, user_scanner
from digital_footprint.sources.holehe import Holehe
from digital_footprint.sources.probes import Probe
from digital_footprint.sources.user_scanner import UserScanner
from digital_footprint.verdicts import Reason, Unanswered
from tests.conftest import CommandLine
from tests.proxy import Asked, Proxy
from tests.test_probes import JANE
from tests.wire import Reply, json_response, reset, response

CHALLENGE = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>'
    b"<noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)
HTML = "text/html; charset=UTF-8"

# fmt: off
FAULTS: dict[str, Reply] = {
    "403 challenge": response("403 Forbidden", CHALLENGE, "cf-mitigated: challenge", media_type=HTML),
    "429":           response("429 Too Many Requests", b"slow down", media_type="text/plain"),
    "404":           response("404 Not Found", b"<h1>Not Found</h1>", media_type=HTML),
    "500":           response("500 Internal Server Error", b"oops", media_type="text/plain"),
    "200 HTML":      response("200 OK", b"<html><body>hello</body></html>", media_type=HTML),
    "200 {}":        json_response({}),
    "reset":         reset,
}
# fmt: on

# With these statuses nobody has said anything; the rest looks like an answer to some.
REFUSALS = {"403 challenge", "429", "500", "reset"}

SITES = {Holehe: holehe.SITES, UserScanner: user_scanner.SITES}
PROBES = pytest.mark.parametrize("probe", SITES, ids=lambda probe: probe.profile.name)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both programs, installed as `footprint source enable` does it."""
    directory = tmp_path_factory.mktemp("probes")
    try:
        for name in environments.PROGRAMS:
            environments.set_up(name, directory, process.run)
    except FootprintError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"pip reaches no package index: {error}")
    assert all(environments.is_ready(name, directory) for name in environments.PROGRAMS)
    return directory


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to every site, also for what this process starts."""
    (tmp_path / "certificates").mkdir()
    proxy = Proxy(tmp_path / "certificates")
    for name, value in proxy.environment.items():
        monkeypatch.setenv(name, value)
    yield proxy
    proxy.close()


@dataclass
class Way:
    """The line of a probe: starts the programs for real, and keeps what they wrote."""

    tools: Path
    wrote: list[dict[str, Any]] = field(default_factory=list)
    entered: list[Identifier] = field(default_factory=list)

    def enter(self, about: Identifier, **_: object) -> None:
        self.entered.append(about)

    def run(self, argv: list[str], *, stdin: str, seconds: float) -> Completed:
        done = process.run(argv, stdin=stdin, seconds=seconds)
        self.wrote.append(json.loads(done.require()))
        return done

    def answers(self) -> set[str]:
        return {row["answer"] for document in self.wrote for row in document["sites"]}


def verdict_of(probe: type[Probe], way: Way) -> Any:
    asking = probe(way)  # type: ignore[arg-type]
    try:
        asking.canary()
        return asking.check(JANE)
    except Unanswered as unanswered:
        return unanswered.verdict


@PROBES
@pytest.mark.parametrize("fault", FAULTS)
def test_where_every_site_fails_alike_nothing_is_found_and_nothing_is_clean(
    tools: Path, proxy: Proxy, probe: type[Probe], fault: str
) -> None:
    proxy.answer = lambda _: FAULTS[fault]
    way = Way(tools)

    verdict = verdict_of(probe, way)

    expected = Reason.NETWORK if fault == "reset" else Reason.SOURCE_CHANGED
    assert expected is verdict.reason
    assert SITES[probe] == len(way.wrote[0]["sites"])
    assert SITES[probe] <= len(proxy.asked), "the others took another way"
    assert all(asked.tls for asked in proxy.asked)
    heard = sum(document["responses"] for document in way.wrote)
    # A module that gave up waiting on a busy machine has heard less than was said, nobody more.
    assert (0 if fault == "reset" else SITES[probe]) <= heard + 5
    assert heard <= (0 if fault == "reset" else len(proxy.asked))
    if fault in REFUSALS:
        assert {"unknown"} == way.answers()
        assert [] == way.entered
        assert not any(JANE.value in asked.text for asked in proxy.asked)


def firefox(knows: Callable[[str], bool]) -> Callable[[Asked], Reply]:
    """Every site is broken but one, which says of each address whether it is known."""

    def answer(asked: Asked) -> Reply:
        if asked.host != "api.accounts.firefox.com":
            return FAULTS["404"]
        return json_response({"exists": knows(asked.text.replace("%40", "@"))})

    return answer


@PROBES
def test_an_account_at_one_site_is_found_among_all_that_are_broken(
    tools: Path, proxy: Proxy, probe: type[Probe]
) -> None:
    proxy.answer = firefox(lambda text: JANE.value in text)

    (sighting,) = verdict_of(probe, Way(tools)).sightings

    assert ("firefox.com", "firefox.com") == (sighting.key, sighting.title)


def test_a_run_enters_what_it_sends_and_keeps_what_it_found(
    tools: Path, proxy: Proxy, run: CommandLine
) -> None:
    proxy.answer = firefox(lambda text: JANE.value in text)
    run.environ |= proxy.environment
    probes = make_directory(run.home / "probes")
    (probes / "holehe").symlink_to(tools / "holehe")
    assert 0 == run("footprint", "person", "add", "Jane Doe", "--email", JANE.value).code
    assert 0 == run("footprint", "source", "enable", "holehe", "--yes").code

    done = run("footprint-job", "run", "dark_web_monitor", "--json")

    assert (0, "success", 1) == (done.code, done.json["status"], done.json["details"]["new"])
    with Database.open(run.home / "footprint.db") as db:
        (finding,) = findings.list_findings(db)
        sent = disclosures.list_disclosures(db)
    assert ("account", "firefox.com") == (finding["kind"], finding["key"])
    domain = "email: its domain, in an invented address"
    assert ["email", domain, "email", domain] == [one["datum"] for one in sent]
    assert "by holehe to: firefox" == sent[0]["recipient"] == sent[1]["recipient"]
    assert "firefox" in sent[2]["recipient"].removeprefix("by holehe to: ").split(", ")


@PROBES
def test_asking_leaves_nothing_behind(
    tools: Path,
    proxy: Proxy,
    probe: type[Probe],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: Callable[[Path], dict[str, bytes]],
) -> None:
    proxy.answer = lambda _: FAULTS["429"]
    for place in ("here", "home", "temporary"):
        (tmp_path / place).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    before = snapshot(tools)

    with pytest.raises(Unanswered):
        probe(Way(tools)).canary()  # type: ignore[arg-type]

    assert before == snapshot(tools)
    assert [] == [
        path for place in ("here", "home", "temporary") for path in (tmp_path / place).iterdir()
    ]


LOUD = """
import json
from user_scanner.core import helpers
print(json.dumps([
    helpers.get_site_name(module)
    for path in helpers.load_categories(is_email=True).values()
    for module in helpers.load_modules(path)
    if helpers.is_loud(helpers.get_site_name(module), is_email=True)
    or "ResetPassword" in open(module.__file__, encoding="utf-8").read()
]))
"""


def test_nobody_who_writes_to_the_owner_is_asked(tools: Path, proxy: Proxy) -> None:
    python = environments.python_of(tools / "user_scanner")
    loud = set(json.loads(process.run([str(python), "-I", "-B", "-c", LOUD]).require()))
    proxy.answer = lambda _: FAULTS["429"]
    way = Way(tools)

    verdict_of(UserScanner, way)
    verdict_of(Holehe, way)

    asked = {row["site"] for document in way.wrote for row in document["sites"]}
    assert 52 == len(loud)
    assert set() == asked & (loud | {"adobe", "mail_ru", "odnoklassniki", "samsung"})


def pip_of_this_machine() -> dict[str, str]:
    """What pip needs to find its index here, as whoever runs the tests has it."""
    kept = ("HOME", "SSL_CERT_FILE")
    return {
        name: value for name, value in os.environ.items() if name in kept or name.startswith("PIP_")
    }


def test_turning_the_source_on_installs_it_and_turning_it_off_removes_it(
    tools: Path, run: CommandLine
) -> None:
    run.environ |= pip_of_this_machine()
    assert tools.exists(), "pip reaches an index here"
    probes = run.home / "probes"

    enabled = run("footprint", "source", "enable", "holehe", "--yes", "--json")

    assert (0, "on") == (enabled.code, enabled.json["state"]), enabled.err
    assert "111 companies" in enabled.err
    assert "pretends to be a browser" in enabled.err
    assert "installing holehe" in enabled.err
    assert environments.is_ready("holehe", probes)
    assert 0o700 == probes.stat().st_mode & 0o777

    again = run("footprint", "source", "enable", "holehe", "--yes")
    assert "installing" not in again.err

    assert 0 == run("footprint", "source", "disable", "holehe").code
    assert [] == list(probes.iterdir())


def test_a_source_that_could_not_be_installed_stays_off(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    run.environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    assert 0 == run("footprint", "person", "add", "Jane Doe", "--email", "jane@example.com").code

    enabled = run("footprint", "source", "enable", "holehe", "--yes", "--json")

    assert (1, "failed") == (enabled.code, enabled.json["error"]["kind"])
    assert "pip could not install holehe" in enabled.json["error"]["message"]
    assert "footprint source enable holehe" in enabled.json["error"]["hint"]
    (holehe_,) = (
        one for one in run("footprint", "source", "list", "--json").json if one["name"] == "holehe"
    )
    assert ("off", [None]) == (
        holehe_["state"],
        [consent["basis"] for consent in holehe_["consents"]],
    )
    assert [] == list((run.home / "probes").iterdir())

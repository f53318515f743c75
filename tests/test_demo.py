"""The demo: what a stranger runs first."""

import shutil
from pathlib import Path

import pytest

from digital_footprint.demo import household, show
from tests.conftest import CommandLine


@pytest.fixture
def tell(run: CommandLine, tmp_path: Path) -> CommandLine:
    run.environ["TMPDIR"] = str(tmp_path)
    return run


def test_it_finds_what_should_be_found_and_keeps_its_home(tell: CommandLine, home: Path) -> None:
    ended = tell("footprint", "demo", "--json")

    assert 0 == ended.code, ended.err
    document = ended.json
    assert [] == document["mismatches"]
    assert [3, 1] == [run["details"]["new"] for run in document["runs"]]
    kept = Path(document["home"])
    assert (kept / "footprint.db").exists()
    tell.home = kept
    assert document["findings"] == tell("footprint", "findings", "--json").json
    assert not home.exists(), "the person's own home is not touched"


def test_it_tells_a_stranger_where_to_look(tell: CommandLine) -> None:
    ended = tell("footprint", "demo")

    assert 0 == ended.code
    for words in (
        "3 new and 0 known",
        "1 new and 3 known",
        "Example Stealer Logs",
        "inconclusive (source_changed",
        "skipped (no_consent)",
        "To remove it: rm -r",
        "All that should be found was found.",
    ):
        assert words in ended.out
    assert "" == ended.err


def test_keys_of_the_person_stay_out_of_it(tell: CommandLine) -> None:
    tell.environ |= {"HIBP_API_KEY": "not to be sent anywhere", "HTTP_PROXY": "http://127.0.0.1:9"}

    assert 0 == tell("footprint", "demo", "--json").code


def test_it_fails_when_something_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(household.ACCOUNTS, "john@example.com", [])

    shown = show.run_demo()
    shutil.rmtree(shown.home)

    assert any("john@example.com" in mismatch for mismatch in shown.mismatches)

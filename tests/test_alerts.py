"""What is told, to whom, in which words; and the commands that say so."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import disclosures, people, process, secrets
from digital_footprint.alerts import channels, delivery, outbox
from digital_footprint.alerts.desktop import Desktop
from digital_footprint.alerts.sending import Letter, Refused
from digital_footprint.clock import Clock, to_text
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.demo.farm import CHALLENGE, GONE, BrokerFarm
from digital_footprint.errors import ConfigurationError
from digital_footprint.model import IdentifierKind, Person
from tests.conftest import CommandLine, HandClock, add
from tests.receiver import Receiver
from tests.test_removals import JANE, Watch, write_broker
from tests.wire import Gate, Loopback, Wire, json_response, names, response

PHONE = '[alerts.channels.phone]\nkind = "apprise"\n'
FULL = PHONE + 'detail = "full"\n'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@dataclass
class House:
    """A household with HIBP at the wire, and the commands that a person types."""

    run: CommandLine
    paths: Paths
    wire: Wire
    receiver: Receiver

    def configure(self, text: str) -> None:
        """Add to config.toml by hand."""
        with self.paths.config_file.open("a", encoding="utf-8") as file:
            file.write(text)
        secrets.set_secret(self.paths, "alert_phone", self.receiver.url)

    def recheck(self) -> str:
        """Run the job; give what it says on stderr."""
        ended = self.run("footprint-job", "run", "breach_recheck")
        assert 0 == ended.code, ended.err
        return ended.err

    def finds(self, *breaches: dict[str, Any]) -> None:
        """Let the next run find these in Jane's answers."""
        self.wire.accounts["jane@example.com"] = names(*(one["Name"] for one in breaches))
        self.wire.catalogue = json_response(list(breaches))


@pytest.fixture
def house(
    run: CommandLine, paths: Paths, config: Config, wire: Wire, receiver: Receiver, jane: Person
) -> House:
    return House(run, paths, wire, receiver)


def breach(name: str, **more: object) -> dict[str, Any]:
    return {"Name": name, "Title": name, "DataClasses": ["Email addresses"], **more}


SECRET_BREACH = breach("Affairs", IsSensitive=True)
GRAVE = breach("Adobe", DataClasses=["Passwords"])
STEALER = breach("Logs", IsStealerLog=True)


def test_a_message_of_counts_holds_nothing_of_anybody(house: House) -> None:
    house.configure(PHONE)
    house.recheck()
    house.finds(GRAVE, STEALER, SECRET_BREACH)

    house.recheck()

    assert {
        "version": "1.0",
        "title": "Footprint: 3 new findings",
        "message": "3 new findings, 2 to act on today (1 stealer log). 3 open of 3.\n"
        "See: footprint findings",
        "attachments": [],
        "type": "info",
    } == house.receiver.messages[-1]


def test_a_first_answer_is_one_summary_whose_first_line_says_what_cannot_wait(
    house: House, db: Database
) -> None:
    house.configure(PHONE)
    house.recheck()
    add(db, "John Doe", "john@example.com")
    house.finds(breach("Canva"), GRAVE, STEALER)
    house.wire.accounts["john@example.com"] = house.wire.accounts.pop("jane@example.com")

    house.recheck()

    (text,) = house.receiver.texts[1:]
    assert (
        "3 findings in first answers, 2 to act on today (1 stealer log). 3 open of 3."
        == text.splitlines()[0]
    )


def test_more_data_than_known_is_told_and_what_is_not_theirs_is_not(house: House) -> None:
    house.configure(PHONE)
    house.finds(breach("Canva"), breach("Adobe"))
    house.recheck()
    house.run("footprint", "finding", "not-me", "1")
    house.run("footprint", "finding", "accept", "2", "--reason", "old")
    house.finds(
        breach("Canva", DataClasses=["Email addresses", "Passwords"]),
        breach("Adobe", DataClasses=["Email addresses", "Passwords"]),
    )

    house.recheck()

    (text,) = house.receiver.texts[1:]
    assert "1 finding is graver than it was, 1 to act on today. 1 open of 2." in text


def test_what_was_accepted_or_put_off_is_not_told_of_for_another_word_on_it(house: House) -> None:
    house.configure(PHONE)
    house.finds(breach("Canva"), breach("Adobe"))
    house.recheck()
    house.run("footprint", "finding", "snooze", "1", "--until", "2099-12-31")
    house.run("footprint", "finding", "accept", "2", "--reason", "old")
    house.finds(breach("Canva", Title="Canva 2"), breach("Adobe", Title="Adobe 2"))

    house.recheck()

    assert 1 == len(house.receiver.messages)


def test_an_event_stands_once_for_each_channel_for_ever(house: House, db: Database) -> None:
    house.configure(PHONE + '[alerts.channels.screen]\nkind = "desktop"\n')
    config = load_config(house.paths)
    for name in ("phone", "screen"):
        db.insert("channels", {"name": name, "known_since": "2026-11-22T03:17:00Z"})

    def enqueue(event: outbox.Event, subject: str) -> int:
        return outbox.enqueue(
            db, config, event=event, subject=subject, at="2026-11-22T03:17:00Z", run_id=None
        )

    assert 2 == enqueue(outbox.Event.LATE, "breach_recheck:never")
    assert 0 == enqueue(outbox.Event.LATE, "breach_recheck:never")
    assert 2 == enqueue(outbox.Event.FAILING, "breach_recheck:never")
    assert 2 == enqueue(outbox.Event.LATE, "breach_recheck:2026-11-22T03:17:00Z")


def test_a_channel_that_names_asks_for_consent_first_and_names_who_gave_it(
    house: House, db: Database
) -> None:
    add(db, "John Doe", "john@example.com")
    house.wire.accounts["john@example.com"] = names("Canva")

    refused = house.run(
        "footprint", "alert", "add", "phone", "--kind", "apprise", "--detail", "full",
        stdin=f"n\n{house.receiver.url}\n",
    )  # fmt: skip
    assert 1 == refused.code
    assert "the name of each person who agreed" in refused.err
    assert [] == house.run("footprint", "alert", "list", "--json").json

    added = house.run(
        "footprint", "alert", "add", "phone", "--kind", "apprise", "--detail", "full",
        "--person", "jane doe", "--yes", "--json", stdin=f"{house.receiver.url}\n",
    )  # fmt: skip
    assert ["Jane Doe"] == added.json["named"]
    house.finds(GRAVE, SECRET_BREACH)
    house.recheck()

    assert [
        "3 findings in first answers, 1 to act on today. 3 open of 3.",
        "Jane Doe: Adobe (breach, act today) (footprint finding show 1)",
        "See: footprint findings",
    ] == house.receiver.texts[-1].splitlines()
    house.run("footprint", "alert", "agree", "phone", "--person", "jane doe", "--withdraw")
    house.finds(GRAVE, SECRET_BREACH, breach("Dropbox"))
    house.recheck()
    assert "Jane" not in house.receiver.texts[-1], "withdrawn"


def test_full_written_by_hand_is_taken_as_consent_once_and_said(house: House, db: Database) -> None:
    house.configure(FULL)

    first, second = house.recheck(), house.recheck()

    assert '`detail = "full"` of phone in' in first
    assert "was taken as the consent of 1 to be named there" in first
    assert "" == second
    add(db, "John Doe", "john@example.com")
    house.recheck()
    assert ["Jane Doe"] == house.run("footprint", "alert", "list", "--json").json[0]["named"]


@pytest.mark.parametrize("away", ["", PHONE + "enabled = false\n"], ids=["taken out", "off"])
def test_what_a_channel_missed_while_it_was_away_is_in_one_summary(
    house: House, db: Database, away: str
) -> None:
    before = house.paths.config_file.read_text("utf-8")
    house.configure(PHONE)
    house.recheck()
    house.paths.config_file.write_text(before + away, "utf-8")
    house.finds(breach("Adobe"))
    house.recheck()
    house.paths.config_file.write_text(before + PHONE, "utf-8")

    house.recheck()

    assert "1 open of 1 finding." == house.receiver.texts[-1].splitlines()[0]
    assert 2 == len(house.receiver.messages)


def test_what_waited_for_a_channel_taken_out_by_hand_goes_to_no_other_of_its_name(
    house: House, db: Database
) -> None:
    before = house.paths.config_file.read_text("utf-8")
    house.configure(FULL)
    house.recheck()
    house.receiver.status = 503
    house.finds(breach("Adobe"))
    house.recheck()
    house.receiver.status = 200
    house.paths.config_file.write_text(before, "utf-8")

    added = house.run(
        "footprint", "alert", "add", "phone", "--kind", "apprise", "--json",
        stdin=f"{house.receiver.url}/other\n",
    )  # fmt: skip

    assert (1, 0) == (added.json["sent"] - 1, added.json["waiting"])
    assert "1 open of 1 finding." == house.receiver.texts[-1].splitlines()[0]
    assert [] == db.query(
        "SELECT 1 FROM consents WHERE source LIKE 'channel:%' AND withdrawn_at IS NULL"
    )


def test_a_channel_that_was_removed_takes_its_consents_along(house: House) -> None:
    """Another of that name may go to somebody else."""
    argv = ("footprint", "alert", "add", "phone", "--kind", "apprise", "--detail", "full", "--yes")
    assert 0 == house.run(*argv, stdin=f"{house.receiver.url}\n").code
    house.run("footprint", "alert", "remove", "phone", "--yes")

    house.configure(FULL)
    house.recheck()

    assert [] == house.run("footprint", "alert", "list", "--json").json[0]["named"]


def test_an_address_of_several_recipients_is_refused() -> None:
    """When one of them cannot be reached, all the others would be told again by every try."""
    url = "mailto://127.0.0.1:1?smtp=127.0.0.1&from=f@example.com&to=a@example.com,b@example.com"
    with pytest.raises(ConfigurationError) as refused:
        channels.require_usable(url, hint="")
    assert "more than one recipient" in refused.value.message
    assert "example.com" not in refused.value.message
    channels.require_usable(url.replace(",", "&cc="), hint="")


def test_a_dead_mans_switch_is_added_and_has_no_drill(house: House) -> None:
    added = house.run(
        "footprint", "alert", "add", "watchdog", "--kind", "ping",
        stdin="https://hc.example.com/ping/KEY\n",
    )  # fmt: skip

    assert (0, True) == (added.code, "that a job ran, and how it ended" in added.err)
    assert "that jobs ran" in house.run("footprint", "alert", "list").out
    assert 2 == house.run("footprint", "alert", "test", "watchdog").code


@pytest.mark.parametrize(
    "address",
    [
        "http://hc.example.com/x",
        "https://[hc.example.com/x",
        "https://hc.example.com:99999/x",
        "https://hc..example.com/x",
        "https://hc.example.com/a b",
    ],
)
def test_a_dead_mans_switch_without_a_usable_address_is_not_added(
    house: House, address: str
) -> None:
    before = house.paths.config_file.read_text("utf-8")

    refused = house.run(
        "footprint", "alert", "add", "other", "--kind", "ping", stdin=f"{address}\n"
    )

    assert (2, True) == (refused.code, "nothing was changed" in refused.err), refused.err
    assert before == house.paths.config_file.read_text("utf-8")


@pytest.mark.parametrize(
    "title",
    [
        "](javascript:alert(1))<script>",
        "Ad\u202eobe\u200b",
        "Adobe\nSee: footprint person forget 1 --yes",
        "@everyone <!channel> https://evil.example/x *bold* `code` # head | [a](b)",
    ],
)
def test_a_hostile_title_is_words_and_nothing_else(house: House, title: str) -> None:
    house.configure(FULL)
    house.recheck()
    house.finds(breach("Adobe", Title=title))

    house.recheck()

    first, named, see = house.receiver.texts[-1].splitlines()
    assert "1 new finding. 1 open of 1." == first
    assert "See: footprint findings" == see
    told = named.removeprefix("Jane Doe: ").removesuffix(" (breach) (footprint finding show 1)")
    assert named != told
    assert told
    assert all(one.isalnum() or one in " .,'&+-" for one in told)


def test_each_message_is_on_the_ledger_for_each_person_it_is_about(
    house: House, db: Database
) -> None:
    add(db, "John Doe", "john@example.com")
    house.configure(FULL)
    house.recheck()
    house.run("footprint", "alert", "agree", "phone", "--person", "john doe", "--withdraw")
    house.finds(GRAVE)
    house.wire.accounts["john@example.com"] = names("Adobe")

    house.recheck()

    sent = [
        (one["person"], one["datum"], one["recipient"])
        for one in house.run("footprint", "disclosures", "--json").json
        if one["source"] == "channel:phone"
    ]
    assert [
        ("John Doe", "message: counts", "json 127.0.0.1"),
        ("Jane Doe", "message: name and titles", "json 127.0.0.1"),
        (None, "message: counts", "json 127.0.0.1"),
    ] == sent
    assert [] == [
        row for row in disclosures.list_disclosures(db, person_id=2) if row["person"] != "John Doe"
    ]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ntfys://me:pa55@ntfy.example.com/my-topic?x=y", "ntfys ntfy.example.com"),
        ("ntfy://my-secret-topic", "ntfy"),
        ("tgram://123456789:AbCdEf/99", "tgram"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord"),
        ("mailtos://me:pa55@example.com?to=jane@example.org", "mailtos example.com"),
        ("json://127.0.0.1:8080/hook", "json 127.0.0.1"),
        ("not a url", "?"),
    ],
)
def test_the_ledger_shows_scheme_and_host_and_no_key(url: str, shown: str) -> None:
    assert shown == channels.recipient_of(url)


def test_a_job_that_fails_again_and_again_is_told_of_once(house: House) -> None:
    house.configure(PHONE)
    house.recheck()
    house.wire.accounts["jane@example.com"] = response("503 Service Unavailable")
    for _ in range(3):
        assert 75 == house.run("footprint-job", "run", "breach_recheck").code

    (text,) = house.receiver.texts[1:]

    first, see = text.splitlines()
    assert first.startswith("breach_recheck fails since 20")
    assert "See: footprint-job history --job breach_recheck" == see


@pytest.fixture
def screen(tmp_path: Path, run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notify-send on the PATH that writes down how it was called, one line of JSON each."""
    program, record = tmp_path / "bin" / "notify-send", tmp_path / "notices"
    program.parent.mkdir()
    program.write_text(
        "#!/usr/bin/python3\nimport json, sys\n"
        f"print(json.dumps(sys.argv[1:]), file=open({str(record)!r}, 'a'))\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    record.touch()
    return record


def test_a_notice_on_the_desktop_is_counts_and_no_word_of_it_is_an_option(
    house: House, screen: Path
) -> None:
    assert 0 == house.run("footprint", "alert", "add", "screen", "--kind", "desktop").code
    house.finds(breach("--help"))
    house.recheck()

    _, argv = map(json.loads, screen.read_text("utf-8").splitlines())

    assert [
        "--app-name=footprint",
        "--",
        "Footprint: 1 finding in a first answer",
        "1 finding in a first answer. 1 open of 1.\nSee: footprint findings",
    ] == argv
    assert [] == [
        one
        for one in house.run("footprint", "disclosures", "--json").json
        if one["source"].startswith("channel:")
    ], "it stays on this machine"


def test_a_desktop_without_its_program_says_so(house: House) -> None:
    house.run.environ["PATH"] = "/nonexistent"

    added = house.run("footprint", "alert", "add", "screen", "--kind", "desktop")

    assert 0 == added.code
    assert "the channel screen did not take a message: notify-send is not installed" in added.err


def test_on_macos_the_words_are_arguments_of_the_script() -> None:
    called: list[list[str]] = []

    def record(argv: Any, *, stdin: str, seconds: float) -> process.Completed:
        called.append(list(argv))
        return process.Completed(tuple(argv), 0)

    Desktop(record, "darwin").send(Letter("title", 'body" & "x'))

    ((program, option, script, title, body),) = called
    assert ("osascript", "-e", "title", 'body" & "x') == (program, option, title, body)
    assert "body" not in script


def test_names_on_a_desktop_are_refused(house: House) -> None:
    ended = house.run(
        "footprint", "alert", "add", "screen", "--kind", "desktop", "--detail", "full"
    )

    assert 2 == ended.code
    assert "every program of the machine can read" in ended.err


def test_adding_keeps_every_comment_and_tells_what_is_open_at_once(house: House) -> None:
    house.paths.config_file.write_text(
        f'# mine\n[alerts]  # quiet\nquiet_hours = "02:00-02:00"\n\n'
        f'[sources.hibp]\nbase_url = "{house.wire.base_url}"  # local\n',
        encoding="utf-8",
    )
    before = house.paths.config_file.read_text("utf-8")

    added = house.run(
        "footprint", "alert", "add", "phone", "--kind", "apprise", "--digest", "weekly",
        "--json", stdin=f"{house.receiver.url}\n",
    )  # fmt: skip

    assert (0, "weekly", 1) == (added.code, added.json["digest"], added.json["sent"]), added.err
    assert ["No finding yet."] == [text.splitlines()[0] for text in house.receiver.texts]
    after = house.paths.config_file.read_text("utf-8")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert 0o600 == stat.S_IMODE(house.paths.secrets_file.stat().st_mode)
    assert house.receiver.url not in after
    again = house.run("footprint", "alert", "add", "phone", "--kind", "desktop")
    assert (2, True) == (again.code, "there is a channel phone already" in again.err)
    removed = house.run("footprint", "alert", "remove", "phone", "--yes", "--json")
    assert {"name": "phone", "dropped": 0} == removed.json
    assert "phone" not in house.paths.config_file.read_text("utf-8")
    assert "alert_phone" not in house.paths.secrets_file.read_text("utf-8")
    assert [] == house.run("footprint", "alert", "list", "--json").json


@pytest.mark.parametrize(
    "text",
    [
        'alerts = { quiet_hours = "22:00-07:00" }\n',
        '[alerts]\nchannels = { a = { kind = "desktop" } }\n',
        "[alerts.channels]\n# none yet\n\n[jobs.breach_recheck]\ninterval_days = 3\n",
        '[alerts.channels.a]\nkind = "desktop"\n[sources.ahmia]\n[alerts.channels.b]\nkind = "desktop"\n',
    ],
)
def test_a_channel_fits_into_a_file_however_it_is_written(
    house: House, screen: Path, text: str
) -> None:
    house.paths.config_file.write_text(text, encoding="utf-8")
    before = load_config(house.paths).settings

    assert 0 == house.run("footprint", "alert", "add", "screen", "--kind", "desktop").code

    assert {*before.alerts.channels, "screen"} == {
        one["name"] for one in house.run("footprint", "alert", "list", "--json").json
    }
    assert 0 == house.run("footprint", "alert", "remove", "screen", "--yes").code
    assert before == load_config(house.paths).settings


def test_a_file_that_cannot_be_edited_is_left_as_it_was(house: House) -> None:
    text = '[alerts]\nchannels.a.kind = "desktop"\n[sources.ahmia]\n'
    house.paths.config_file.write_text(text, encoding="utf-8")

    ended = house.run("footprint", "alert", "add", "screen", "--kind", "desktop")

    assert (78, True) == (ended.code, "by hand" in ended.err)
    assert text == house.paths.config_file.read_text("utf-8")


@pytest.mark.parametrize(
    "url", ["nonsense://TOKEN", "", "json://127.0.0.1:1/a,json://127.0.0.1:2/TOKEN"]
)
def test_an_address_that_cannot_be_used_changes_nothing_and_is_not_repeated(
    house: House, url: str
) -> None:
    before = house.paths.config_file.read_bytes()

    ended = house.run("footprint", "alert", "add", "phone", "--kind", "apprise", stdin=f"{url}\n")

    assert ended.code in (2, 78)
    assert "next:" in ended.err
    assert "TOKEN" not in ended.err + ended.out
    assert before == house.paths.config_file.read_bytes()


def test_the_secret_of_a_channel_is_known_by_its_name(house: House) -> None:
    house.configure(PHONE)

    listed = {
        one["name"]: one["set"] for one in house.run("footprint", "secret", "list", "--json").json
    }

    assert {"hibp_api_key": True, "alert_phone": True} == listed
    assert (
        0
        == house.run("footprint", "secret", "set", "alert_phone", stdin="json://127.0.0.1/x\n").code
    )
    unknown = house.run("footprint", "secret", "set", "alert_phon", stdin="json://127.0.0.1/x\n")
    assert (2, True) == (unknown.code, "did you mean 'alert_phone'?" in unknown.err)


def test_a_drill_goes_the_whole_way_also_in_quiet_hours_and_is_recorded(house: House) -> None:
    house.configure('[alerts]\nquiet_hours = "00:00-23:59"\n' + PHONE)
    never = house.run("footprint", "alert", "list").out

    done = house.run("footprint", "alert", "test")

    assert 0 == done.code, done.err
    assert 'look for "Footprint: a drill" there' in done.out
    assert ["Footprint: a drill"] == [one["title"] for one in house.receiver.messages]
    assert "never: footprint alert test phone" in never
    (listed,) = house.run("footprint", "alert", "list", "--json").json
    assert listed["last_drill_at"] == listed["last_sent_at"] is not None


def test_a_drill_that_does_not_come_through_fails_and_is_not_sent_later(house: House) -> None:
    house.configure(PHONE)
    house.receiver.status = 500

    failed = house.run("footprint", "alert", "test", "phone")

    assert 1 == failed.code
    assert "refused with HTTP status 500" in failed.err
    told = (
        "next: mend the address: footprint secret set alert_phone; then: footprint alert test phone"
    )
    assert told in failed.err
    house.receiver.status = 200
    house.recheck()
    assert ["Footprint: no finding yet"] == [one["title"] for one in house.receiver.messages]
    assert "drill" not in json.dumps(house.run("footprint", "alert", "show", "--json").json)


@pytest.mark.parametrize(
    "decision",
    [("not-me",), ("resolve", "--reason", "password_changed"), ("accept", "--reason", "old")],
)
def test_what_was_settled_while_it_waited_is_not_told(
    house: House, decision: tuple[str, ...]
) -> None:
    house.configure(PHONE)
    house.recheck()
    house.run("footprint", "alert", "mute", "phone", "--until", "2098-01-01")
    house.finds(breach("Adobe"), breach("Canva"))
    house.recheck()
    settled = house.run("footprint", "finding", decision[0], "1", *decision[1:])
    assert 0 == settled.code, settled.err
    house.run("footprint", "alert", "unmute", "phone")

    house.run("footprint", "alert", "deliver")

    assert "1 new finding. 1 open of 2." == house.receiver.texts[-1].splitlines()[0]


def test_nobody_is_muted_for_ever(house: House) -> None:
    house.configure(PHONE)
    refused = house.run("footprint", "alert", "mute", "phone", "--until", "9999-12-31")
    assert (2, True) == (refused.code, "that is for ever" in refused.err), refused.err


def test_a_muted_channel_is_told_all_of_it_afterwards(house: House) -> None:
    house.configure(PHONE)
    house.recheck()
    muted = house.run("footprint", "alert", "mute", "--all", "--until", "2099-12-31", "--json")
    assert muted.json[0]["muted_until"].startswith(("2099-12-31", "2100-01-01"))
    house.finds(GRAVE)
    house.recheck()
    assert 1 == len(house.receiver.messages)
    assert "1 new finding" in house.run("footprint", "alert", "show").out
    assert 0 == house.run("footprint", "alert", "deliver").code, "nothing is due"

    house.run("footprint", "alert", "unmute", "phone")

    assert 1 == house.run("footprint", "alert", "deliver", "--json").json["sent"]
    assert 2 == len(house.receiver.messages)
    late = house.run("footprint", "alert", "mute", "phone", "--until", "2020-01-01")
    assert (2, True) == (late.code, "that day is over" in late.err)


def test_delivering_says_by_its_exit_code_what_is_left(house: House) -> None:
    assert 0 == house.run("footprint", "alert", "deliver").code, "no channel"
    house.configure(PHONE)
    house.receiver.status = 503

    assert 75 == house.run("footprint", "alert", "deliver").code
    house.receiver.status = 200
    by_unit = house.run("footprint-job", "deliver", "--json")
    assert (0, {"sent": 0, "left": 0, "given_up": 0, "trouble": []}) == (by_unit.code, by_unit.json)
    assert 0 == house.run("footprint", "alert", "deliver").code, "it is not due again yet"
    secrets.drop_secret(house.paths, "alert_phone")
    house.run("footprint", "alert", "unmute", "phone")
    ended = house.run("footprint", "alert", "deliver")
    assert (78, True) == (ended.code, "footprint secret set alert_phone" in ended.err)


def test_every_list_is_a_list_and_an_unknown_channel_is_a_usage_error(run: CommandLine) -> None:
    assert [] == run("footprint", "alert", "list", "--json").json
    assert [] == run("footprint", "alert", "show", "--json").json
    assert "nobody is told anything" in run("footprint", "alert", "list").out
    for argv in (
        ("test", "phone"),
        ("remove", "phone"),
        ("mute", "phone", "--until", "2099-01-01"),
    ):
        ended = run("footprint", "alert", *argv, "--json")
        assert (2, "usage") == (ended.code, ended.json["error"]["kind"])
    assert 78 == run("footprint", "alert", "test").code


def test_what_apprise_logs_never_reaches_stderr(
    paths: Paths, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError):
        channels.require_usable("tgram://TOKEN", hint="")
    channels.Outside("json://127.0.0.1:1/TOKEN").send(Letter("a", "b"))

    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect"])
def test_a_message_is_not_carried_on_to_where_a_service_points(status: str) -> None:
    """Whoever is there is on no ledger; and what became an empty GET would count as arrived."""
    elsewhere = Loopback(lambda _path: response("200 OK", b"welcome", media_type="text/html"))
    there = f"location: {elsewhere.base_url}/login"
    service = Loopback(lambda _path: response(status, b"", there))

    ended = channels.Outside(service.base_url.replace("http", "json") + "/x").send(Letter("a", "b"))

    assert [] == elsewhere.requests
    assert Refused(f"refused with HTTP status {status[:3]}") == ended


def test_nobody_waits_for_the_end_of_an_answer_that_has_none() -> None:
    answer = Gate(b"", first=b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n")
    service = Loopback(lambda _path: answer)
    url = service.base_url.replace("http", "json") + "/x"
    program = (
        "from digital_footprint.alerts.channels import Outside\n"
        "from digital_footprint.alerts.sending import Letter\n"
        f"print(Outside({url!r}, seconds=2).send(Letter('a', 'b')))"
    )

    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        timeout=15,
        check=False,
    )

    answer.open.set()
    assert answer.reached.is_set()
    assert ("Unseen(error='no answer within 2 s')", "") == (said.stdout.strip(), said.stderr)


def test_what_never_connected_was_never_taken() -> None:
    letter = Letter("a", "b")

    for url in ("json://127.0.0.1:1/x", "jsons://127.0.0.1:1/x",
                "mailto://127.0.0.1:1?smtp=127.0.0.1&mode=insecure&from=a@example.com&to=b@example.com"):  # fmt: skip
        match channels.Outside(url).send(letter):
            case Refused(error):
                assert "not reached" in error
            case other:
                pytest.fail(f"{url}: {other}")


def test_whoever_is_forgotten_while_a_message_waits_is_in_no_message(
    house: House, db: Database
) -> None:
    house.configure(FULL)
    house.recheck()
    house.receiver.status = 503
    house.finds(GRAVE)
    house.recheck()
    assert "Jane Doe: Adobe" in house.run("footprint", "alert", "show").out

    house.run("footprint", "person", "forget", "jane doe", "--yes")

    house.receiver.status = 200
    config = load_config(house.paths)
    house.run("footprint", "alert", "unmute", "--all")
    assert [] == delivery.deliver(db, config, clock=Clock(), run=process.run).sent
    assert 1 == len(house.receiver.messages)
    assert [{"state": "sent"}, {"state": "dropped"}] == db.query("SELECT state FROM messages")


@pytest.fixture
def farm() -> Iterator[BrokerFarm]:
    with BrokerFarm() as one:
        yield one


def test_a_listing_that_is_gone_for_sure_and_one_that_is_back_are_told(
    house: House, farm: BrokerFarm, db: Database, hand_clock: HandClock
) -> None:
    write_broker(house.paths.config, "one")
    house.configure(FULL)
    house.configure(
        "[jobs]\nbreach_recheck.enabled = false\ndark_web_monitor.enabled = false\n"
        "generate_report.enabled = false\n"
    )
    config = load_config(house.paths)
    people.add_identifier(db, people.get_person(db, "1"), IdentifierKind.CITY, "Springfield")
    watch = Watch(db, config, farm, hand_clock, people.get_person(db, "1"))
    farm.pages["/7-jane"] = JANE
    watch.save("/7-jane", asked=True)
    watch.look(1)
    farm.pages["/7-jane"] = GONE
    for days in (2, 3):
        watch.look(days)
    farm.pages["/7-jane"] = JANE
    for _ in range(2):
        watch.look(30)

    assert [
        ["1 listing is gone for sure.", "Jane Doe: one, gone for sure (footprint removal show 1)"],
        ["1 listing is back.", "Jane Doe: one, listed again (footprint removal show 1)"],
    ] == [text.splitlines()[:2] for text in house.receiver.texts[1:]]
    assert "See: footprint removal list" == house.receiver.texts[-1].splitlines()[-1]


def test_a_job_that_tells_nobody_loads_no_apprise(house: House) -> None:
    loaded = "import sys; from footprint_timers.job_cli import footprint_job as job; "
    program = loaded + (
        "job.main(['run', 'breach_recheck', '--json'], standalone_mode=False); "
        "sys.exit('apprise' in sys.modules)"
    )
    argv = [sys.executable, "-c", program]

    def apprise_is_loaded() -> int:
        environment = house.run.environment()
        return subprocess.run(argv, env=environment, capture_output=True, check=False).returncode

    assert 0 == apprise_is_loaded(), "no channel"
    house.configure(PHONE)
    assert 1 == apprise_is_loaded(), "the guard sees what is loaded"
    assert 0 == apprise_is_loaded(), "nothing to tell"


def test_what_a_run_takes_back_is_not_told(
    house: House, farm: BrokerFarm, db: Database, hand_clock: HandClock
) -> None:
    """A listing is gone for sure, until the broker's own page shows that nothing can be seen."""
    write_broker(house.paths.config, "one")
    house.configure(PHONE)
    watch = Watch(db, load_config(house.paths), farm, hand_clock, people.get_person(db, "1"))
    with BrokerFarm() as elsewhere:
        gone = watch.save(elsewhere.url("/7-gone"))
        watch.look()
        farm.pages["/"] = CHALLENGE
        watch.save("/7-gone")
        db.execute("UPDATE removals SET next_check_at = :at", {"at": to_text(watch.clock.now())})

        watch.look(3)

    assert "not_seen_once" == watch.state(gone)
    assert {"removed_verified"} <= {
        row["to_state"] for row in db.query("SELECT to_state FROM removal_events")
    }, "for a moment it was"
    assert 1 == len(house.receiver.messages), "what is open"

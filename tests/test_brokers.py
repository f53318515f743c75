"""The registry of brokers: what is shipped, what a person's own files may say, what lint tells."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from digital_footprint.brokers import load_brokers
from digital_footprint.brokers.loading import SHIPPED, read_all
from digital_footprint.errors import ConfigurationError
from tests.conftest import CommandLine

PEOPLE_SEARCH = {
    "beenverified", "spokeo", "whitepages", "intelius", "truthfinder", "instant-checkmate",
    "zabasearch", "anywho", "addresses", "radaris", "nuwber", "mylife", "thatsthem", "checkpeople",
    "smartbackgroundchecks", "peoplefinders", "fastpeoplesearch", "truepeoplesearch", "usphonebook",
    "familytreenow", "advancedbackgroundchecks", "cyberbackgroundchecks", "searchpeoplefree",
    "fastbackgroundcheck", "peoplebyname", "veripages", "rehold", "infotracer", "spyfly",
}  # fmt: skip
ALSO = {
    "searchquarry", "socialcatfish", "privateeye", "propertyrecs", "voterrecords", "zoominfo",
    "opendatausa", "clustal", "nationalpublicdata", "neighbor-report",
}  # fmt: skip

MINE = """\
name: My Broker
domains: [example.com]
opt_out:
  url: https://www.example.com/opt-out
  demands: [listing_url, captcha]
source: seen by myself
last_verified: 2026-01-31
"""
RULED = f"""\
{MINE}rule:
  version: 1
  source: seen by myself
  shell: footer
  positive: {{card: .card, name: h2}}
  negative: [{{css: "#none"}}]
"""


@pytest.fixture
def own(home: Path) -> Path:
    place = home / "brokers"
    place.mkdir(parents=True)
    return place


def test_every_people_search_site_and_its_cluster_is_known(own: Path) -> None:
    brokers = load_brokers(own)

    assert set() == (PEOPLE_SEARCH | ALSO) - set(brokers)
    assert "peopleconnect" == brokers["truthfinder"].parent
    assert "beenverified" == brokers["peoplelooker"].parent
    assert ("defunct",) == brokers["neighbor-report"].dead_ends
    assert not [one.slug for one in brokers.values() if not (one.source and one.last_verified)]


def test_every_shipped_opt_out_is_https_on_the_brokers_own_or_its_clusters_domain(
    own: Path,
) -> None:
    brokers = load_brokers(own)

    for one in brokers.values():
        parts = urlsplit(one.opt_out.url)
        domains = one.domains + (brokers[one.parent].domains if one.parent else ())
        host = parts.hostname or ""
        assert "https" == parts.scheme, one.slug
        assert [d for d in domains if host == d or host.endswith(f".{d}")], one.slug


def test_everything_shipped_lints(run: CommandLine) -> None:
    ended = run("footprint", "broker", "lint", "--json")

    assert {"files": len(list(SHIPPED.glob("*.yaml"))), "problems": []} == ended.json
    assert 0 == ended.code
    assert "nothing is wrong" in run("footprint", "broker", "lint").out


def test_a_persons_own_file_overrides_a_shipped_one_and_another_adds(
    run: CommandLine, own: Path
) -> None:
    (own / "spokeo.yaml").write_text(MINE, encoding="utf-8")
    (own / "mine.yaml").write_text(RULED, encoding="utf-8")

    listed = {one["slug"]: one for one in run("footprint", "broker", "list", "--json").json}

    assert "My Broker" == listed["spokeo"]["name"]
    assert ["example.com"] == listed["spokeo"]["domains"]
    assert ("generic/1", "mine/1") == (listed["spokeo"]["rule_name"], listed["mine"]["rule_name"])
    assert "BeenVerified" == listed["beenverified"]["name"]


def test_show_gives_all_facts_of_one_broker(run: CommandLine) -> None:
    shown = run("footprint", "broker", "show", "intelius", "--json").json

    assert "https://suppression.peopleconnect.us/login" == shown["opt_out"]["url"]
    assert ("peopleconnect", 30) == (shown["parent"], shown["recheck_days"])
    text = run("footprint", "broker", "show", "peopleconnect").out
    assert "intelius" in text
    assert "truthfinder" in text
    assert "2026-07-26" in text


def test_an_unknown_slug_is_told_with_the_nearest_known_one(run: CommandLine) -> None:
    ended = run("footprint", "broker", "show", "spokio")

    assert 2 == ended.code
    assert "did you mean 'spokeo'" in ended.err


# fmt: off
WRONG = [
    ("unknown key",            MINE + "phone: 1\n",                                    "phone", "not a known key"),
    ("unknown key below",      MINE.replace("  demands", "  demand"),                  "opt_out.demand", "did you mean 'demands'"),
    ("missing key",            MINE.replace("name: My Broker\n", ""),                  "name", "is missing"),
    ("missing key below",      MINE.replace("  url: https://www.example.com/opt-out\n", ""), "opt_out.url", "is missing"),
    ("wrong type",             MINE + "recheck_days: soon\n",                          "recheck_days", "expected `int`"),
    ("no such demand",         MINE.replace("captcha", "blood"),                       "opt_out.demands[1]", "blood"),
    ("yes is no text",         MINE.replace("My Broker", "yes"),                       "name", "expected `str`"),
    ("a list in a table's place", MINE.replace("example.com]", "{a: b}]"),             "domains[0]", "expected `str`"),
    ("no domain",              MINE.replace("[example.com]", "[]"),                    "domains", "empty"),
    ("domain in capitals",     MINE.replace("[example.com]", "[example.com, Example.org]"), "domains[1]", "host name"),
    ("http opt-out",           MINE.replace("https:", "http:"),                        "opt_out.url", "https"),
    ("opt-out elsewhere",      MINE.replace("www.example.com", "example.org"),         "opt_out.url", "domain"),
    ("opt-out on a look-alike", MINE.replace("www.example.com", "notexample.com"),     "opt_out.url", "domain"),
    ("opt-out with a user",    MINE.replace("www.example.com", "example.com@example.org"), "opt_out.url", "domain"),
    ("no such parent",         MINE + "parent: nobody\n",                              "parent", "another broker"),
    ("parent of itself",       MINE + "parent: mine\n",                                "parent", "another broker"),
    ("parent with a parent",   MINE + "parent: truthfinder\n",                         "parent", "'peopleconnect'"),
    ("date of no day",         MINE.replace("2026-01-31", "2026-02-31"),               "last_verified", "date"),
    ("date to come",           MINE.replace("2026-01-31", "2999-01-31"),               "last_verified", "past"),
    ("no day between looks",   MINE + "recheck_days: 0\n",                             "recheck_days", "1 to 366"),
    ("slug of another file",   MINE + "slug: other\n",                                 "slug", "file's name"),
    ("none but not defunct",   MINE.replace("  demands", "  method: none\n  demands"), "opt_out.method", "defunct"),
    ("e-mail without address", MINE.replace("  demands", "  method: email\n  demands"), "opt_out.email", "missing"),
    ("search url elsewhere",   MINE + 'search_urls: ["https://example.org/{last}"]\n', "search_urls[0]", "https address"),
    ("search url of no name",  MINE + 'search_urls: ["https://example.com/find"]\n',   "search_urls[0]", "{last}"),
    ("rule without a source",  RULED.replace("\n  source: seen by myself\n  shell", "\n  source: ''\n  shell"), "rule.source", "empty"),
    ("no CSS",                 RULED.replace(".card", "'p['"),                         "rule.positive.card", "CSS"),
    ("a name alone",           RULED.replace("name: h2", "name: h2, at_least: 0"),     "rule.positive.at_least", "anybody"),
    ("a mark of two signs",    RULED.replace('css: "#none"', 'css: "#none", status: 404'), "rule.negative[0]", "exactly one"),
    ("a status that is no loss", RULED.replace('css: "#none"', "status: 403"),         "rule.negative[0]", "404, 410"),
    ("a header as a loss",     RULED.replace('css: "#none"', "header: x-gone"),        "rule.negative[0]", "header"),
    ("unknown key in a mark",  RULED.replace('css: "#none"', 'text_re: "no"'),         "rule.negative[0].text_re", "known key"),
    ("two looks in one day",   RULED + "  confirm: {min_gap_days: 0}\n",               "rule.confirm.min_gap_days", "3 to 366"),
    ("a gap beyond all time",  RULED + "  confirm: {min_gap_days: 4000000}\n",         "rule.confirm.min_gap_days", "3 to 366"),
    ("more than anybody has",  RULED.replace("name: h2", "name: h2, at_least: 99999"), "rule.positive.at_least", "1 to 9"),
    ("one look is enough",     RULED + "  confirm: {looks: 1}\n",                      "rule.confirm.looks", "known key"),
    ("control elsewhere",      RULED + "  control: {url: 'https://example.org/'}\n",   "rule.control.url", "domain"),
    ("no YAML",                "name: [\n",                                            "", "line 2"),
    ("a key twice",            MINE + "name: Again\n",                                 "", "twice"),
    ("an alias",               MINE + "notes: &a x\nparent: *a\n",                     "", "aliases"),
    ("not a table",            "- name\n",                                             "", "not a table"),
    ("empty",                  "",                                                     "", "not a table"),
    ("a tag that makes objects", "name: !!python/object/apply:os.getcwd []\n",         "", "could not determine a constructor"),
    ("nested without end",     "name: " + "[" * 9000,                                  "", "nested"),
    ("too large",              MINE + "notes: " + "x" * 70_000,                        "", "65536 bytes"),
]
# fmt: on


@pytest.mark.parametrize(("text", "key", "words"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])  # fmt: skip
def test_a_wrong_file_is_told_with_file_and_key_path(
    own: Path, text: str, key: str, words: str
) -> None:
    path = own / "mine.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError) as caught:
        load_brokers(own)

    assert f"{path}: {key}".rstrip() in caught.value.message
    assert words in caught.value.message
    assert "broker lint" in caught.value.hint


def test_lint_tells_every_problem_of_every_file_and_exits_with_78(
    run: CommandLine, own: Path
) -> None:
    (own / "one.yaml").write_text(
        MINE.replace("name:", "nome:").replace("https", "http") + "parent: nobody\n",
        encoding="utf-8",
    )
    (own / "two.yaml").write_text(
        MINE.replace("https", "http") + "parent: nobody\n", encoding="utf-8"
    )

    ended = run("footprint", "broker", "lint", "--json")

    assert 78 == ended.code
    told = {(Path(one["file"]).name, one["key"]) for one in ended.json["problems"]}
    assert {
        ("one.yaml", "nome"),
        ("one.yaml", "name"),
        ("two.yaml", "opt_out.url"),
        ("two.yaml", "parent"),
    } == told
    alone = run("footprint", "broker", "lint", str(own / "two.yaml"), "--json")
    assert (78, 1, 2) == (alone.code, alone.json["files"], len(alone.json["problems"]))
    assert 78 == run("footprint", "broker", "list").code


def test_a_file_outside_is_checked_before_it_is_moved_in(run: CommandLine, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(MINE, encoding="utf-8")

    assert 0 == run("footprint", "broker", "lint", str(draft)).code
    assert 78 == run("footprint", "broker", "lint", str(tmp_path / "absent.yaml")).code


def test_two_own_files_of_one_slug_are_refused(own: Path) -> None:
    (own / "mine.yaml").write_text(MINE, encoding="utf-8")
    (own / "mine.yml").write_text(MINE, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"stands beside mine\.yaml"):
        load_brokers(own)


def test_only_this_machine_may_be_named_without_https(own: Path) -> None:
    loopback = MINE.replace("example.com", "127.0.0.1").replace("https://www.", "http://")
    (own / "mine.yaml").write_text(loopback, encoding="utf-8")

    assert "http://127.0.0.1/opt-out" == load_brokers(own)["mine"].opt_out.url


def test_nothing_in_a_file_reaches_the_terminal_as_more_than_text(
    run: CommandLine, own: Path
) -> None:
    name = '"X\\e]0;pwn\\a \\u202e\\e[31mY"'
    (own / "mine.yaml").write_text(MINE.replace("My Broker", name), encoding="utf-8")
    (own / "wrong.yaml").write_text(f"{name}: 1\n", encoding="utf-8")

    assert "X]0;pwn [31mY" == read_all([own / "mine.yaml"])[0]["mine"].name
    told = run("footprint", "broker", "lint", str(own / "wrong.yaml"))
    assert 78 == told.code
    assert not [one for one in told.out + told.err if one in "\x1b\x07\u202e"]


def test_what_is_no_regular_file_is_refused_unread(own: Path) -> None:
    os.mkfifo(own / "pipe.yaml")
    (own / "zero.yaml").symlink_to("/dev/zero")

    brokers, problems = read_all([own / "pipe.yaml", own / "zero.yaml"])

    assert {} == brokers
    assert ["it is not a regular file"] * 2 == [one.text for one in problems]

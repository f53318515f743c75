"""Every kind of page that a broker can give, and the one verdict for each under either rule."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import stamina

from digital_footprint.brokers.pages import Listed, NotListed, Page, judge, judge_control
from tests.broker_farm import (
    GONE,
    JANE,
    KINDS,
    LISTED,
    NONE_THERE,
    THERE,
    Farm,
    Kind,
    brokers_of,
    farm,
    fetch,
    html,
    matrix,
    verdict,
)

KEPT = Path(__file__).parent.parent / "docs" / "broker-pages.md"


@pytest.fixture(scope="module")
def service() -> Iterator[Farm]:
    with farm() as running:
        yield running


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_page_is_taken_to_say_exactly_this(service: Farm, tmp_path: Path, kind: Kind) -> None:
    brokers = brokers_of(service, tmp_path)

    page = fetch(service, kind.path)

    assert kind.full == verdict(page, brokers["farm-full"])
    assert kind.generic == verdict(page, brokers["farm-generic"])


def test_the_farm_has_every_kind_once_and_expects_no_false_answer_of_any() -> None:
    assert len(KINDS) >= 40
    assert len(KINDS) == len({kind.path for kind in KINDS}) == len({kind.name for kind in KINDS})
    for kind in KINDS:
        told = {kind.full, kind.generic}
        assert LISTED not in told or kind.truth == THERE, kind.name
        assert GONE not in told or kind.truth == NONE_THERE, kind.name
    # Without a rule only the status of the saved address says that a listing is gone.
    assert not [kind for kind in KINDS if kind.generic == GONE and b" 200 OK" in _head(kind)]


def _head(kind: Kind) -> bytes:
    assert isinstance(kind.reply, bytes)
    return kind.reply.partition(b"\r\n")[0]


def test_the_kept_matrix_is_what_the_farm_gives(tmp_path: Path) -> None:
    with stamina.set_testing(True, attempts=1):
        assert KEPT.read_text(encoding="utf-8") == matrix(tmp_path)


# fmt: off
CONTROLS = {
    "front page": (html("<p>Find anybody</p>", title="Example Search", heading="Welcome"), True),
    "front page with a form and Turnstile": (html('<div class="cf-turnstile"></div>'), False),
    "front page protected by reCAPTCHA": (html("<p>Find anybody in 50 states. </p>" * 20 + "<p>Protected by reCAPTCHA</p><script src='/cdn-cgi/challenge-platform/x.js'></script>"), True),
    "security check in its place": (html("<p>Security check</p>", title="x", heading="x"), False),
    "front page without words": (html("", heading="", foot=""), False),
}
# fmt: on


LONG = "<p>We have records of people in all the country, from many public sources, for you.</p>" * 9
WALLS = (
    "Our website is not available in your region.",
    "We are unable to serve visitors from the European Economic Area because of the GDPR.",
    "Unfortunately this site is currently unavailable in most European countries.",
    "People of the EU: access is restricted.",
    "The site is down for scheduled maintenance.",
    "We will be back shortly.",
    "example-search.com is for sale!",
    "This domain may be for sale. Buy this domain.",
    "Sign in to continue.",
    "You must be logged in.",
    "Please verify that you are a human.",
    "Your IP address 192.0.2.1 has been blocked.",
)


@pytest.mark.parametrize("words", WALLS)
def test_a_front_page_that_shows_a_wall_is_no_control_however_long_it_is(
    service: Farm, tmp_path: Path, words: str
) -> None:
    broker = brokers_of(service, tmp_path)["farm-generic"]
    url = f"{service.base_url}/"
    walled = Page(url, url, 200, {}, f"{LONG}<p>{words}</p>".encode())
    honest = "<p>Protected by reCAPTCHA. GDPR: do not sell. Sign in. Find people in your area.</p>"

    assert not judge_control(walled, broker)
    assert judge_control(replace(walled, body=f"{LONG}{honest}".encode()), broker)


def test_a_front_page_headed_by_the_words_of_a_wall_is_no_control(
    service: Farm, tmp_path: Path
) -> None:
    broker = brokers_of(service, tmp_path)["farm-generic"]
    url = f"{service.base_url}/"
    body = f"<h1>Security check</h1>{LONG}"

    assert not judge_control(Page(url, url, 200, {}, body.encode()), broker)


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_is_the_brokers_own_page_with_words_and_without_a_wall(
    service: Farm, tmp_path: Path, name: str
) -> None:
    answer, passing = CONTROLS[name]
    broker = brokers_of(service, tmp_path)["farm-generic"]
    body = answer.partition(b"\r\n\r\n")[2]
    page = Page(f"{service.base_url}/", f"{service.base_url}/", 200, {}, body)

    assert passing == judge_control(page, broker)
    assert not judge_control(replace(page, status=404), broker)
    assert not judge_control(replace(page, final_url="https://example.com/"), broker)
    assert not judge_control(replace(page, headers={"cf-mitigated": "challenge"}), broker)


def test_a_control_of_a_rule_has_the_sites_shell(service: Farm, tmp_path: Path) -> None:
    broker = brokers_of(service, tmp_path)["farm-full"]
    body = html("<p>Find anybody</p>").partition(b"\r\n\r\n")[2]
    page = Page(f"{service.base_url}/", f"{service.base_url}/", 200, {}, body)

    assert judge_control(page, broker)
    assert not judge_control(replace(page, body=b"<p>This domain is for sale</p>"), broker)


@pytest.mark.parametrize("path", ["/p/1", "/g/1", "/e/5"])
def test_evidence_tells_what_decided_and_nothing_of_the_person(
    service: Farm, tmp_path: Path, path: str
) -> None:
    page = fetch(service, path)
    assert isinstance(page, Page)
    look = judge(page, brokers_of(service, tmp_path)["farm-full"], JANE)

    assert isinstance(look, Listed | NotListed)
    evidence = look.evidence
    assert (page.url, page.status, "farm-full/3") == (
        evidence.final_url,
        evidence.status,
        evidence.rule,
    )
    assert 64 == len(evidence.text_sha256)
    told = evidence.marker.casefold()
    assert told
    assert not [word for word in ("jane", "doe", "columbus", "elm") if word in told]


def test_the_hash_is_of_the_words_not_of_their_spacing(service: Farm, tmp_path: Path) -> None:
    page = fetch(service, "/p/1")
    assert isinstance(page, Page)
    broker = brokers_of(service, tmp_path)["farm-full"]

    def digest(body: bytes) -> str:
        look = judge(replace(page, body=body), broker, JANE)
        assert isinstance(look, Listed)
        return look.evidence.text_sha256

    spaced = page.body.replace(b"12 Elm", b"12 \n\t Elm").replace(b"<h1>", b"<!-- x --> <h1>")
    assert digest(page.body) == digest(spaced)
    assert digest(page.body) != digest(page.body.replace(b"43004", b"43005"))

"""What to do about each kind of data; and never more is claimed than is known."""

import re
from pathlib import Path

import pytest

from digital_footprint import actions
from digital_footprint.actions import Action, actions_for, group_of_class, groups, is_readable
from digital_footprint.severity import tiers
from digital_footprint.verdicts import FindingKind
from tests.test_severity import ALL

PACKAGE = Path(actions.__file__).parent
TEMPLATES = PACKAGE.parent / "templates"


def test_every_class_stands_in_exactly_one_group() -> None:
    listed = [name for group in groups().values() for name in group.classes]

    assert sorted(ALL) == sorted(listed)
    assert 168 == len(set(listed)) == len(tiers())


def test_every_kind_of_finding_has_a_group() -> None:
    kinds = [kind for group in groups().values() for kind in group.kinds]

    assert sorted(FindingKind) == sorted(kinds)


@pytest.mark.parametrize("region", [None, "US", "US-CA", "DE"])
def test_every_class_asks_for_something_that_can_be_done(region: str | None) -> None:
    for name in [*ALL, "Something new in 2031"]:
        (action,) = actions_for(FindingKind.BREACH, [name], region=region)

        assert action.steps
        assert action.done_when
        assert action.decays_when
        assert 0 <= action.minutes <= 120


def steps(*names: str, region: str | None = None, description: str = "") -> str:
    found = actions_for(FindingKind.BREACH, names, region=region, description=description)
    return "\n".join(step for action in found for step in action.steps)


def test_a_credit_freeze_is_for_the_united_states_and_elsewhere_has_its_own() -> None:
    assert "Equifax" in steps("Social security numbers", region="US-CA")
    assert "bureaus" not in steps("Social security numbers", region="US-CA")
    assert "Equifax" not in steps("Social security numbers", region="DE")
    assert "bureaus" in steps("Social security numbers", region="DE")
    both = steps("Social security numbers")
    assert "In the United States: Freeze" in both
    assert "Elsewhere: Ask" in both


@pytest.mark.parametrize(
    ("description", "readable"),
    [
        ("passwords stored in plain text", True),
        ("plaintext passwords", True),
        ("unsalted MD5 hashes", True),
        ("hashed with MD5.", True),
        ("salted bcrypt hashes", False),
        ("", False),
    ],
)
def test_passwords_that_anybody_can_read_come_before_others(
    description: str, readable: bool
) -> None:
    assert readable == is_readable(description)
    assert readable == ("before any other" in steps("Passwords", description=description))
    assert "before any other" not in steps("Phone numbers", description=description)


def groups_of(found: tuple[Action, ...]) -> list[str]:
    return [action.group for action in found]


def test_a_spam_list_asks_for_no_new_password() -> None:
    data = ["Email addresses", "Passwords", "Something new in 2031"]
    found = actions_for(FindingKind.BREACH, data, flags={"spam_list"})

    assert ["profile"] == groups_of(found)
    assert "password" not in str(found)


def test_after_malware_the_device_comes_first() -> None:
    data = ["Email addresses", "Credit cards", "Passwords"]

    assert (
        "stealer_log" == groups_of(actions_for(FindingKind.BREACH, data, flags={"stealer_log"}))[0]
    )
    assert ["stealer_log"] == groups_of(actions_for(FindingKind.STEALER, []))


def test_the_most_urgent_comes_first_and_each_group_once() -> None:
    data = ["Names", "Phone numbers", "Usernames", "Dates of birth", "Credit card CVV"]

    assert ["cards", "identity", "phone", "profile"] == groups_of(
        actions_for(FindingKind.BREACH, data)
    )


@pytest.mark.parametrize("kind", [kind for kind in FindingKind if kind is not FindingKind.BREACH])
def test_what_was_found_asks_for_its_own_action(kind: FindingKind) -> None:
    found = actions_for(kind, ["Phone numbers"])

    assert [kind if kind is not FindingKind.STEALER else "stealer_log", "phone"] == groups_of(found)


def test_passwords_are_in_the_breach_whosever_they_are() -> None:
    assert "contained passwords" in group_of_class("Passwords").about
    assert "is not known" in group_of_class("Passwords").about


OVERCLAIM = re.compile(
    r"\b(your|his|her|their|(the |this )?person's)\s+(\w+\s+)?"
    r"(passwords?|cards?|data|address(es)?|numbers?|details|information)\s+"
    r"(was|were|is|are|has been|have been|got)\s+(probably\s+)?"
    r"(exposed|leaked|stolen|breached|compromised|hacked|pwned|lost|published)",
    re.IGNORECASE,
)


def test_the_guard_knows_an_overclaim() -> None:
    assert OVERCLAIM.search("Your password was exposed")
    assert OVERCLAIM.search("your passwords have been leaked")
    assert OVERCLAIM.search("Your old password was stolen")
    assert not OVERCLAIM.search("The breach contained passwords")


@pytest.mark.parametrize(
    "path",
    sorted(
        path
        for root in (PACKAGE, TEMPLATES)
        for path in sorted(root.rglob("*"))
        if path.suffix in {".py", ".toml", ".j2", ".html", ".md", ".txt"}
    ),
    ids=lambda path: path.name,
)
def test_no_text_of_ours_says_that_somebodys_data_were_exposed(path: Path) -> None:
    # Over line ends and quotes too: a sentence may be put together of several literals.
    text = re.sub(r'["\'\\]?\s*\n\s*f?["\']?', " ", path.read_text(encoding="utf-8"))

    assert OVERCLAIM.search(text) is None

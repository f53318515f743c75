"""What the lab's tests are given: root trees, wheels, machines bare or with the checkout installed."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.lab.acts import BEFORE, STATE
from tests.lab.machine import SOURCE, Machine
from tests.lab.trees import Recipe, TreeError, booted, make_tree
from tests.lab.wheelhouse import make_wheelhouse

# One for each systemd: 247, 252, 257, 262. In this order the longest begin first.
SUITES = ("bookworm", "trixie", "bullseye", "forky")
# A tree of these may be impossible to make: one is leaving the archive, one still coming.
FLEETING = ("bullseye", "forky")
NEEDED = ("systemd-nspawn", "mmdebstrap", "nsenter", "unshare")


def once(suite: str) -> pytest.MarkDecorator:
    """Mark what is ours alone and no matter of systemd's version: one machine shows it."""
    return pytest.mark.parametrize("suite", [suite], indirect=True)


def absent(reason: str) -> None:
    """Skip, but never in CI: what is not tested there is not tested at all."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def tree_of(recipe: Recipe) -> Path:
    """Give a root tree, or end the test with the reason why there is none."""
    try:
        return make_tree(recipe)
    except TreeError as error:
        if recipe.suite in FLEETING:
            pytest.skip(str(error))
        absent(str(error))
        raise


# First: xdist reads the groups in its own hook of this name.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one suite in one process: its machine is installed once."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        suite = callspec.params.get("suite") if callspec else None
        item.add_marker(pytest.mark.xdist_group(str(suite or item.nodeid)))


@pytest.fixture(scope="session", autouse=True)
def _able() -> None:
    if os.getuid():
        absent("the lab boots machines: run it as root")
    if missing := [name for name in NEEDED if not shutil.which(name)]:
        absent(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def wheels(_able: None) -> Path:
    return make_wheelhouse()


@pytest.fixture(scope="session", params=SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def tree(suite: str, _able: None) -> Path:
    return tree_of(booted(suite))


@pytest.fixture
def machine(tree: Path, wheels: Path) -> Iterator[Machine]:
    """A booted machine with the checkout in its user's home."""
    with Machine([tree], wheels) as machine:
        machine.put_checkout()
        yield machine


@pytest.fixture(scope="session")
def installation(tree: Path, wheels: Path) -> Iterator[Path]:
    """The layer that `./install.sh` wrote, called once by the user of a booted machine."""
    machine = Machine([tree], wheels)
    try:
        machine.boot()
        machine.put_checkout()
        # For whoever asks what installing has added.
        machine.ok(f"{STATE} >/tmp/before")
        machine.root(f"mv /tmp/before {BEFORE}")
        machine.ok(f"{SOURCE}/install.sh")
        machine.power_off()
        yield machine.overlay.upper
    finally:
        machine.close()


@pytest.fixture
def installed(installation: Path, tree: Path, wheels: Path) -> Iterator[Machine]:
    """A booted machine on which the user has installed the checkout."""
    with Machine([installation, tree], wheels) as machine:
        yield machine


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lay the journal of a machine beside the failure that happened on it."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            if isinstance(value, Machine):
                report.sections.append((f"journal of {name}", value.journal()))
    return report

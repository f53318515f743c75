"""What the lab's tests are given: root trees, wheels, machines bare or with the checkout installed."""

import fcntl
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.lab.acts import BEFORE, STATE
from tests.lab.machine import HOME, SOURCE, Machine
from tests.lab.overlay import machines
from tests.lab.trees import Recipe, TreeError, booted, make_tree
from tests.lab.wheelhouse import make_wheelhouse

# One for each systemd: 252, 257, 247, 262.
SUITES = ("bookworm", "trixie", "bullseye", "forky")
# What begins last is what everybody waits for: the files whose tests take longest, or wait for a
# minute of the clock, come first. All others follow.
SLOWEST = (
    "test_cron.py",
    "test_fresh.py",
    "test_doctor_cron.py",
    "test_apply.py",
    "test_doctor.py",
    "test_moving.py",
    "test_scopes.py",
    "test_docs.py",
    "test_sandbox.py",
    "test_absence.py",
)
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest first; the order within a file stays."""
    lab = Path(__file__).parent
    order = {lab / name: at for at, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: order.get(item.path, len(SLOWEST)))


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
def installation(suite: str, tree: Path, wheels: Path) -> Path:
    """The layer that `./install.sh` wrote on a booted machine: made once, for all processes."""
    layer = installations() / suite
    layer.parent.mkdir(parents=True, exist_ok=True)
    with layer.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not layer.is_dir():
            install(Machine([tree], wheels), layer)
    return layer


def install(machine: Machine, layer: Path) -> None:
    try:
        machine.boot()
        machine.put_checkout()
        # For whoever asks what installing has added.
        machine.root(f"cd {HOME} && {STATE} >{BEFORE}")
        machine.ok(f"{SOURCE}/install.sh")
        machine.power_off()
        machine.overlay.upper.rename(layer)
    finally:
        machine.close()


def installations() -> Path:
    """Name the directory of this run's installations; it goes with the process that began it."""
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return machines() / f"lab-{owner}-installed"


def pytest_sessionfinish() -> None:
    """Forget the installations, when all who use them have ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(installations(), ignore_errors=True)


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
    if report.failed and report.when != "teardown" and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            if isinstance(value, Machine):
                report.sections.append((f"journal of {name}", value.journal()))
    return report

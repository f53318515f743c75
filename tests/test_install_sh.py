"""install.sh itself, over a stand-in for the program: real sh, real venv, real pip, no network.

The real program goes through it in tests/lab.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from digital_footprint.config import resolve_paths

ROOT = Path(__file__).resolve().parents[1]
NOBODY = 65534

PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

# A build backend that needs nothing: it writes the wheel of a program with a library and three
# commands, of which footprint-timers ends as FOOTPRINT_TEST_STATUS says, in the scope of FOOTPRINT_TEST_SCOPE.
BACKEND = '''\
import zipfile

PROGRAM = """
import os, sys
def job(): print("job", VERSION)
def footprint(): print("footprint", *sys.argv[1:])
def timers():
    print("timers", *sys.argv[1:])
    if "--json" in sys.argv: print('"scope": "%s"' % os.environ.get("FOOTPRINT_TEST_SCOPE", "user"))
    sys.exit(int(os.environ.get("FOOTPRINT_TEST_STATUS", "0")) if "install" in sys.argv else 0)
"""

def build_wheel(directory, config_settings=None, metadata_directory=None):
    exec(open("digital_footprint/__init__.py").read(), globals())
    name = f"footprint_timers-{__version__}"
    files = {
        "program.py": f"VERSION = {__version__!r}\\n{PROGRAM}",
        "library.py": "",
        "digital_footprint/__init__.py": "",
        "digital_footprint/selftest.py": "def libraries(): import library\\n",
        f"{name}.dist-info/METADATA":
            f"Metadata-Version: 2.1\\nName: footprint-timers\\nVersion: {__version__}\\n",
        f"{name}.dist-info/WHEEL":
            "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{name}.dist-info/entry_points.txt":
            "[console_scripts]\\nfootprint=program:footprint\\n"
            "footprint-job=program:job\\nfootprint-timers=program:timers\\n",
    }
    files[f"{name}.dist-info/RECORD"] = "".join(f"{path},,\\n" for path in files)
    with zipfile.ZipFile(f"{directory}/{name}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return f"{name}-py3-none-any.whl"

build_editable = build_wheel
'''


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody without privileges, with a home and a checkout of the stand-in."""

    home: Path

    @property
    def checkout(self) -> Path:
        return self.home / "source"

    @property
    def data(self) -> Path:
        return self.home / ".local/share/digital-footprint"

    @property
    def bin(self) -> Path:
        return self.home / ".local/bin"

    def install(self, *words: str, answer: str = "", **environ: str) -> Said:
        plain = {
            "HOME": str(self.home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHON": _interpreter(),
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_INDEX": "1",
            "PIP_RETRIES": "0",
        }
        done = subprocess.run(
            [*_plainly(), str(self.checkout / "install.sh"), *words],
            input=answer, capture_output=True, encoding="utf-8", check=False,
            cwd="/", env={k: v for k, v in (plain | environ).items() if v}, timeout=300,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def refused(self, said: Said) -> str:
        """Give the one sentence of a refusal after which all is as it was."""
        assert said.status == 78, said
        (sentence,) = said.err.splitlines()
        assert sentence.startswith("install.sh: ")
        assert "; mend it with: " in sentence
        return sentence

    def files(self) -> set[str]:
        """Name everything in the home but the checkout; links with what they say."""
        found = set()
        for path in self.home.rglob("*"):
            name = path.relative_to(self.home)
            if name.parts[0] != "source" and not name.match("env-*/*/**"):
                found.add(f"{name} -> {path.readlink()}" if path.is_symlink() else str(name))
        return {name for name in found if "/env-" not in name or name.count("/") == 3}

    def version(self, number: str) -> None:
        line = f'__version__ = "{number}"\n'
        (self.checkout / "digital_footprint/__init__.py").write_text(line, encoding="ascii")


def _interpreter() -> str:
    """Choose a Python that the unprivileged person can start: root's own may lie in /root."""
    program = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, "/usr/bin/python3"):
        # Through sh: what setpriv starts itself is found with the privileges it has just given up.
        probe = [*_plainly(), "sh", "-c", '"$0" -c "$1" 2>/dev/null', python, program]
        if not subprocess.run(probe, check=False).returncode:
            return python
    return pytest.skip("no Python here that an unprivileged user can start")


def _give(person: Person) -> None:
    """Whatever root laid into the home belongs to the person."""
    if not os.getuid():
        subprocess.run(["chown", "-hR", f"{NOBODY}:{NOBODY}", person.home], check=True)


def _plainly() -> list[str]:
    """Root may do what the mode bits deny: then the tests could not fail."""
    if os.getuid():
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


@pytest.fixture
def person() -> Iterator[Person]:
    person = _settle(Path(tempfile.mkdtemp(prefix="install sh ")))
    yield person
    person.home.chmod(0o700)
    shutil.rmtree(person.home)


@pytest.fixture(scope="module")
def settled() -> Iterator[tuple[Person, Path]]:
    """One home with an installation, and a copy of it: environments cannot be moved."""
    person = _settle(Path(tempfile.mkdtemp(prefix="install sh ")))
    said = person.install()
    assert said.status == 0, said
    kept = person.home.with_name(f"{person.home.name} kept")
    subprocess.run(["cp", "-a", person.home, kept], check=True)
    yield person, kept
    shutil.rmtree(kept)


@pytest.fixture
def installed(settled: tuple[Person, Path]) -> Iterator[Person]:
    """The installation as it was when it was new."""
    person, kept = settled
    shutil.rmtree(person.home, ignore_errors=True)
    subprocess.run(["cp", "-a", kept, person.home], check=True)
    yield person
    shutil.rmtree(person.home)


def _settle(home: Path) -> Person:
    person = Person(home)
    source = person.checkout
    for package in ("footprint_timers", "digital_footprint", "templates"):
        (source / package).mkdir(parents=True)
    shutil.copy(ROOT / "install.sh", source)
    (source / "pyproject.toml").write_text(PROJECT, encoding="ascii")
    (source / "backend.py").write_text(BACKEND, encoding="ascii")
    (source / "requirements.txt").touch()
    (source / "requirements-dev.txt").touch()
    person.version("1.0")
    _give(person)
    return person


# ---- installing


def test_an_installation_is_an_environment_a_link_to_it_and_links_to_its_commands(
    installed: Person,
) -> None:
    env = installed.data / "env"
    assert env.readlink() == Path("env-1.0")
    assert {link.name: link.readlink() for link in installed.bin.iterdir()} == {
        name: env / "bin" / name for name in ("footprint", "footprint-job", "footprint-timers")
    }
    assert installed.data.stat().st_mode & 0o777 == 0o700


def test_a_second_installation_changes_nothing(installed: Person) -> None:
    before = {path: path.lstat().st_mtime_ns for path in installed.home.rglob("*")}

    said = installed.install()

    assert said.status == 0
    assert "timers install --yes" in said.out
    assert "timers status" in said.out
    assert "footprint completion install footprint footprint-job footprint-timers\n" in said.out
    assert f"{installed.bin} is not on PATH" in said.out
    after = {path: path.lstat().st_mtime_ns for path in installed.home.rglob("*")}
    # The lock comes and goes in the data directory, the probe for writing in two.
    for directory in (installed.data, installed.bin):
        before.pop(directory)
        after.pop(directory)
    assert after == before


def test_a_newer_version_takes_the_link_and_the_one_before_stays(installed: Person) -> None:
    for number in ("1.1", "1.2"):
        installed.version(number)
        assert installed.install().status == 0

    assert (installed.data / "env").readlink() == Path("env-1.2")
    assert {path.name for path in installed.data.iterdir()} == {"env", "env-1.1", "env-1.2"}
    shown = subprocess.run([installed.bin / "footprint-job"], capture_output=True, check=True)
    assert shown.stdout == b"job 1.2\n"


def test_changed_sources_of_the_same_version_are_another_environment(installed: Person) -> None:
    (installed.checkout / "templates/new").touch()

    installed.install()

    assert (installed.data / "env").readlink() == Path("env-1.0.2")
    assert (installed.data / "env-1.0").is_dir()


def test_a_foreign_command_stays_and_is_named(installed: Person) -> None:
    foreign = installed.bin / "footprint"
    foreign.unlink()
    foreign.write_text("mine", encoding="ascii")

    said = installed.install()

    assert said.status == 0
    assert foreign.read_text(encoding="ascii") == "mine"
    assert f"{foreign} is not ours and stays as it is" in said.out
    # Tab would start somebody else's program.
    assert "completion install footprint-job footprint-timers\n" in said.out
    assert installed.install("--uninstall").status == 0
    assert [path.name for path in installed.bin.iterdir()] == ["footprint"]


def test_completions_of_another_installation_stay(installed: Person) -> None:
    for link in installed.bin.iterdir():
        link.unlink()
        link.symlink_to("/srv/other/env/bin/footprint")

    said = installed.install("--uninstall")

    assert said.status == 0
    assert "completion" not in said.out


def test_without_a_scheduler_the_software_is_installed_all_the_same(installed: Person) -> None:
    (installed.bin / "footprint-job").unlink()

    said = installed.install(FOOTPRINT_TEST_STATUS="69")

    assert said.status == 0
    assert "without timers" in said.out
    assert (installed.bin / "footprint-job").exists()


def test_timers_that_fail_leave_nothing_behind(person: Person) -> None:
    said = person.install(FOOTPRINT_TEST_STATUS="1")

    assert said.status == 1
    assert "timers install --yes" in said.out
    assert "completion" not in said.out
    assert person.files() == set()


def test_a_failed_update_leaves_the_version_before_in_place(installed: Person) -> None:
    before = installed.files()
    installed.version("2.0")

    said = installed.install(FOOTPRINT_TEST_STATUS="78")

    assert said.status == 78
    assert "timers install --yes" in said.out
    assert installed.files() == before


def test_an_update_beside_timers_of_the_system_is_made_and_leaves_them_to_root(
    installed: Person,
) -> None:
    installed.version("2.0")

    said = installed.install(FOOTPRINT_TEST_STATUS="78", FOOTPRINT_TEST_SCOPE="system")

    assert said.status == 0, said
    assert "env-2.0" == (installed.data / "env").readlink().name
    assert "timers install --yes" in said.out


def test_a_build_that_fails_is_told_and_leaves_nothing_behind(person: Person) -> None:
    (person.checkout / "backend.py").write_text("raise SystemError('broken')", encoding="ascii")

    said = person.install()

    assert said.status == 1
    assert "broken" in said.err
    assert "could not be made and is removed again" in said.err
    assert person.files() == set()


def test_an_environment_that_lacks_a_library_is_made_anew(installed: Person) -> None:
    (library,) = installed.data.glob("env-1.0/lib/python*/site-packages/library.py")
    library.unlink()

    said = installed.install()

    assert said.status == 0, said
    assert library.exists()
    assert (installed.data / "env").readlink() == Path("env-1.0")


def test_an_environment_left_unfinished_by_a_power_cut_is_made_anew(person: Person) -> None:
    (person.data / "env-1.0").mkdir(parents=True)
    (person.data / "env-1.0/.footprint").write_text("unfinished\n", encoding="ascii")
    (person.data / ".install.lock").symlink_to("999999999")
    _give(person)

    said = person.install()

    assert said.status == 0, said
    assert (person.bin / "footprint-job").exists()
    assert not (person.data / ".install.lock").is_symlink()


def test_the_demo_touches_neither_commands_nor_timers(installed: Person) -> None:
    shutil.rmtree(installed.bin)
    (installed.data / "env").unlink()

    said = installed.install("--demo")

    assert said.status == 0
    assert "footprint demo" in said.out
    assert "timers install" not in said.out
    assert not installed.bin.exists()
    assert {path.name for path in installed.data.iterdir()} == {"env-1.0"}


def test_the_tests_get_their_arguments_and_an_environment_in_the_checkout(person: Person) -> None:
    said = person.install("--test", "-k", "one thing")

    # The stand-in has no pytest: what is seen is the interpreter that was asked for it.
    assert said.status == 1
    assert f"{person.checkout}/.venv/bin/python: No module named pytest" in said.err
    assert not (person.checkout / ".venv.lock").is_symlink()
    assert person.files() == set()


# ---- removing


def test_uninstalling_leaves_nothing_but_the_data(installed: Person) -> None:
    (installed.data / "footprint.db").touch()

    said = installed.install("--uninstall")

    assert said.status == 0
    assert "timers uninstall --yes" in said.out
    assert "footprint completion remove footprint footprint-job footprint-timers\n" in said.out
    assert "skill" not in said.out
    assert {path.name for path in installed.data.iterdir()} == {"footprint.db"}
    assert list(installed.bin.iterdir()) == []


def test_uninstalling_takes_the_assistant_s_skill_along(installed: Person) -> None:
    skill = installed.home / ".claude/skills/schedule/SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.touch()
    _give(installed)

    said = installed.install("--uninstall")

    assert said.status == 0
    assert "footprint skill remove\n" in said.out


def test_purging_removes_our_names_only_and_no_directory_with_anything_else(person: Person) -> None:
    ours = ["footprint.db", "reports/2026-11-22.md", "backups/footprint-1.db"]
    ours += ["reports/2026-11-22-opened.html", "reports/2026-11-22-opened.md"]
    probes = person.home / ".local/state/digital-footprint/probes"
    foreign = ["notes.txt", "reports/holiday.jpg"]
    for name in (*ours, *foreign):
        (person.data / name).parent.mkdir(exist_ok=True, parents=True)
        (person.data / name).touch()
    settings = person.home / ".config/digital-footprint"
    settings.mkdir(parents=True)
    (settings / "secrets.toml").touch()
    for name in ("holehe/bin", "user_scanner"):
        (probes / name).mkdir(parents=True)
    (probes / "holehe/bin/holehe").touch()
    _give(person)

    said = person.install("--uninstall", "--purge", answer="yes\n")

    assert said.status == 0, said
    left = {str(p.relative_to(person.data)) for p in person.data.rglob("*") if p.is_file()}
    assert left == set(foreign)
    assert not (person.data / "backups").exists()
    assert not settings.exists()
    assert not probes.exists()
    assert f"kept: {person.data}" in said.out


@pytest.mark.parametrize("answer", ["", "no\n", "y\n"])
def test_without_a_clear_yes_a_purge_removes_nothing(person: Person, answer: str) -> None:
    person.data.mkdir(parents=True)
    (person.data / "footprint.db").touch()
    _give(person)
    before = person.files()

    sentence = person.refused(person.install("--uninstall", "--purge", answer=answer))

    assert "nothing was removed" in sentence
    assert person.files() == before


def test_timers_without_the_environment_that_removes_them_are_not_forgotten(person: Person) -> None:
    units = person.home / ".config/systemd/user"
    units.mkdir(parents=True)
    (units / "footprint-breach_recheck.timer").touch()

    sentence = person.refused(person.install("--uninstall"))

    assert "./install.sh && ./install.sh --uninstall" in sentence


def test_timers_of_another_home_are_told_as_such(person: Person) -> None:
    units = person.home / ".config/systemd/user"
    units.mkdir(parents=True)
    (units / "footprint-breach_recheck.timer").touch()
    unit = units / "footprint-breach_recheck.service"
    unit.write_text('[Service]\nEnvironment="FOOTPRINT_HOME=/srv/ours"\n', encoding="utf-8")

    sentence = person.refused(person.install("--uninstall"))

    assert "another FOOTPRINT_HOME" in sentence


# ---- refusals


@pytest.mark.parametrize("words", [(), ("--demo",), ("--test",), ("--uninstall",)])
def test_sudo_is_refused(person: Person, words: tuple[str, ...]) -> None:
    sentence = person.refused(person.install(*words, SUDO_USER="jane"))

    assert "instead of jane" in sentence
    assert person.files() == set()


@pytest.mark.parametrize(
    "words", [("--bogus",), ("--demo", "x"), ("--uninstall", "x"), ("--uninstall", "--purge", "x")]
)
def test_words_that_mean_nothing_are_usage_errors(person: Person, words: tuple[str, ...]) -> None:
    said = person.install(*words)

    assert said.status == 2
    assert "./install.sh --help" in said.err


def test_an_old_python_is_refused(person: Person) -> None:
    old = person.home / "python3"
    old.write_text(
        "#!/bin/sh\ncase $2 in *platform*) echo 3.9.2 ;; *) exit 1 ;; esac\n", encoding="ascii"
    )
    old.chmod(0o755)

    sentence = person.refused(person.install(PYTHON=str(old)))

    assert f"{old} is Python 3.9.2, and 3.11 or newer is needed" in sentence


def test_an_absent_python_is_refused(person: Person) -> None:
    sentence = person.refused(person.install(PYTHON="/nowhere/python3"))

    assert "/nowhere/python3 is not here" in sentence
    assert "install" in sentence.partition("mend it with:")[2]


def test_a_newer_python_beside_an_old_one_is_found(person: Person) -> None:
    beside = person.home / "beside"
    beside.mkdir()
    (beside / "python3").write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    (beside / "python3").chmod(0o755)
    (beside / "python3.12").symlink_to(_interpreter())

    said = person.install(PYTHON="", PATH=f"{beside}:/usr/bin:/bin")

    assert said.status == 0, said


def test_a_python_without_its_venv_module_is_refused(person: Person) -> None:
    # Debian splits ensurepip off; a module of that name that cannot be imported is the same.
    (person.home / "ensurepip.py").write_text("raise ImportError", encoding="ascii")

    sentence = person.refused(person.install(PYTHONPATH=str(person.home)))

    assert "lacks its venv module" in sentence


def test_an_index_that_cannot_be_reached_is_refused_and_leaves_nothing(person: Person) -> None:
    pin = "click==8.5.1 --hash=sha256:" + "0" * 64
    (person.checkout / "requirements.txt").write_text(pin, encoding="ascii")

    said = person.install(PIP_NO_INDEX="", PIP_INDEX_URL="http://127.0.0.1:9/simple")

    assert "the package index cannot be reached" in person.refused(said)
    assert person.files() == set()


def test_a_wheelhouse_without_a_package_is_refused_and_leaves_nothing(person: Person) -> None:
    pin = "click==8.5.1 --hash=sha256:" + "0" * 64
    (person.checkout / "requirements.txt").write_text(pin, encoding="ascii")

    said = person.install(PIP_FIND_LINKS="/nowhere")

    assert "holds no click==8.5.1" in person.refused(said)
    assert person.files() == set()


@pytest.mark.parametrize("words", [(), ("--demo",), ("--test",)])
def test_a_place_that_cannot_be_written_is_refused(person: Person, words: tuple[str, ...]) -> None:
    closed = person.checkout if words == ("--test",) else person.home
    closed.chmod(0o500)

    sentence = person.refused(person.install(*words))

    closed.chmod(0o700)
    assert f"{closed} cannot be written by" in sentence
    assert person.files() == set()


def test_a_file_where_a_directory_belongs_is_refused(person: Person) -> None:
    (person.home / ".local").write_text("mine", encoding="ascii")

    sentence = person.refused(person.install())

    assert f"{person.home}/.local is not a directory" in sentence


@pytest.mark.parametrize("name", ["cash $x", "a`b", 'a"b', "a\\b"])
def test_a_place_that_a_shell_would_expand_is_refused(person: Person, name: str) -> None:
    sentence = person.refused(person.install(FOOTPRINT_HOME=str(person.home / name)))

    assert "a character that a shell expands" in sentence


def test_a_home_that_is_none_is_refused(person: Person) -> None:
    assert "HOME does not name a directory" in person.refused(person.install(HOME="/nowhere"))
    assert "HOME does not name a directory" in person.refused(person.install(HOME=""))


def test_a_script_that_left_its_checkout_is_refused(person: Person) -> None:
    (person.checkout / "requirements-dev.txt").unlink()

    assert "is not a checkout" in person.refused(person.install())


def test_an_environment_link_that_is_not_ours_is_refused(person: Person) -> None:
    (person.data / "env").mkdir(parents=True)
    _give(person)

    sentence = person.refused(person.install())

    assert f"{person.data}/env is not ours" in sentence
    assert person.files() == {".local", ".local/share", ".local/share/digital-footprint",
                              ".local/share/digital-footprint/env"}  # fmt: skip


def test_a_foreign_development_environment_is_refused(person: Person) -> None:
    (person.checkout / ".venv").mkdir()

    sentence = person.refused(person.install("--test"))

    assert f"{person.checkout}/.venv was not made by install.sh" in sentence


def test_a_second_install_at_the_same_time_is_refused(person: Person) -> None:
    person.data.mkdir(parents=True)
    _give(person)
    with subprocess.Popen([*_plainly(), "sleep", "60"]) as other:
        (person.data / ".install.lock").symlink_to(str(other.pid))
        said = person.install()
        other.kill()
    sentence = person.refused(said)
    assert f"another install.sh is at work (process {other.pid})" in sentence
    assert (person.data / ".install.lock").is_symlink()


# ---- what it shares with the program


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"XDG_DATA_HOME": "HOME/x", "XDG_CONFIG_HOME": "HOME/y", "XDG_STATE_HOME": "HOME/z"},
        {"FOOTPRINT_HOME": "HOME/everything"},
        {"FOOTPRINT_HOME": "~/everything"},
    ],
)
def test_install_sh_and_the_program_agree_about_the_places(
    person: Person, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {name: text.replace("HOME", str(person.home)) for name, text in environ.items()}
    for name in ("FOOTPRINT_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, text in ({"HOME": str(person.home)} | environ).items():
        monkeypatch.setenv(name, text)
    paths = resolve_paths()
    for directory, name in (
        (paths.config, "config.toml"), (paths.data, "footprint.db"), (paths.state, "scheduler.log")
    ):  # fmt: skip
        directory.mkdir(parents=True, exist_ok=True)
        (directory / name).touch()
    _give(person)

    said = person.install("--uninstall", "--purge", answer="yes\n", **environ)

    assert said.status == 0, said
    assert not any(path.exists() for path in (paths.config, paths.data, paths.state))


def test_shellcheck_has_nothing_to_say() -> None:
    shellcheck = shutil.which("shellcheck")
    if not shellcheck:
        pytest.skip("shellcheck is not installed")
    scripts = [ROOT / "install.sh", ROOT / "scripts/lock"]
    done = subprocess.run([shellcheck, *scripts], capture_output=True, check=False)
    assert done.stdout.decode() == ""


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_dependency_is_pinned_to_a_version_the_project_allows(name: str) -> None:
    import tomllib

    text = (ROOT / name).read_text(encoding="ascii")
    lines = [line.removesuffix("\\") for line in text.splitlines() if line[:1].isalnum()]
    pins = {pin.name: pin.specifier for pin in map(Requirement, lines)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for wanted in map(Requirement, [*project["project"]["dependencies"], "hatchling"]):
        (pin,) = pins[wanted.name]
        assert pin.operator == "=="
        assert wanted.specifier.contains(pin.version), wanted
    assert "://" not in text

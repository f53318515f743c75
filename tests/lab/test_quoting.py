"""What is written into a unit reaches the program byte for byte, through a real user manager."""

import base64
import itertools
import json
import random
from shlex import quote

import pytest

from digital_footprint.errors import ConfigurationError
from footprint_timers import quoting
from tests.lab.machine import HOME, UID, Machine

UNIT = "footprint-echo.service"
# Each means something to somebody: to systemd, to a shell, to C, to a terminal, to the eye.
SHARP = (
    *" \t\n\r\\\"'%$;#*~`|&<>(){}[]=@-+!:,.?^", "%h", "%%", "%n", "$HOME", "${HOME}", "$$", "$(id)",
    "\\n", "\\x41", "\\", "\\\\", "é", "ß", "日本語", "🐚", "\u00a0", "\u200b", "\u202e", "\x01", "\x1b",
    "\x7f", "a", "Z", "0",
)  # fmt: skip
PROGRAM = """#!/usr/bin/python3
import json, os, sys
told = [os.fsencode(one).decode() for one in sys.argv[1:]]
names = {name: value for name, value in os.environ.items() if name.startswith("LAB_")}
print(json.dumps([told, names]))
"""


def arguments() -> list[str]:
    """Give every sharp thing alone and leading, all pairs of the sharpest, and chance the rest."""
    chance = random.Random(7)
    leading = [f"{one}word" for one in SHARP]
    pairs = ["".join(pair) for pair in itertools.product("\\\"'%$;\n @-", repeat=2)]
    mixed = ["".join(chance.choices(SHARP, k=chance.randint(2, 12))) for _ in range(400)]
    return ["", *SHARP, *leading, *pairs, *mixed, "x" * 100_000, "/bin/true", "--json"]


def test_more_than_five_hundred_arguments_and_values_come_back(installed: Machine) -> None:
    given = arguments()
    assert len(given) >= 500
    values = {f"LAB_{number}": text for number, text in enumerate(given)}
    # The path, too: a space, a percent, a dollar, a letter beyond ASCII.
    program = f"{HOME}/a b 100% $x é/echo"

    told, names = echoed(installed, program, given, values)

    assert given == told
    assert values == names


def test_places_are_bound_whatever_their_names(installed: Machine) -> None:
    odd = f"{HOME}/odd"
    # 262 reads no `"` that is escaped, and 257 loses its way at a `'`.
    sharp = {one for one in SHARP if one.isprintable()} - {'"', "'"}
    names = [f"a{one}b" for one in sorted(sharp)] + ["a:b c%d"]
    wanted = " ".join(quote(f"{odd}/{name}/here") for name in names)
    installed.ok(f"mkdir -p {wanted}")
    unit = [
        "[Service]",
        "Type=oneshot",
        "PrivateUsers=yes",
        f"TemporaryFileSystem={quoting.systemd_path(odd)}:ro",
        *(f"BindPaths={quoting.systemd_bound(f'{odd}/{name}')}" for name in names),
        f"ExecStart=/usr/bin/find {odd} -name here -printf '%%P\\n'",
        f"StandardOutput=file:{HOME}/seen",
    ]

    lay(installed, f"/run/user/{UID}/systemd/user/{UNIT}", "\n".join(unit) + "\n")
    installed.ok(f"systemctl --user daemon-reload && systemctl --user start {UNIT}")

    seen = installed.ok("cat seen").splitlines()
    assert sorted(f"{name}/here" for name in names) == sorted(seen)


def echoed(
    machine: Machine, program: str, given: list[str], values: dict[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Start a unit that is quoted as ours are, and read what its program was given."""
    unit = [
        "[Service]",
        "Type=oneshot",
        f"ExecStart={quoting.systemd_program(program)} "
        + " ".join(map(quoting.systemd_argument, given)),
        *(f"Environment={quoting.systemd_assignment(*pair)}" for pair in values.items()),
    ]
    return started(machine, program, "\n".join(unit) + "\n")


def started(machine: Machine, program: str, unit: str) -> tuple[list[str], dict[str, str]]:
    lay(machine, program, PROGRAM)
    output = f"{HOME}/echoed"
    place = f"/run/user/{UID}/systemd/user/{UNIT}"
    lay(machine, place, f"{unit}StandardOutput=file:{output}\n")
    machine.ok(f"rm -f {output}; systemctl --user daemon-reload && systemctl --user start {UNIT}")
    told, names = json.loads(machine.ok(f"cat {output}"))
    return told, names


def lay(machine: Machine, path: str, text: str) -> None:
    """Put a file into the machine, whatever its text and name; a command's length has an end."""
    packed = base64.b64encode(text.encode()).decode()
    machine.ok(f"mkdir -p '{path.rpartition('/')[0]}' && : >packed")
    for start in range(0, len(packed), 60_000):
        machine.ok(f"printf %s {packed[start : start + 60_000]} >>packed")
    machine.ok(f"base64 -d packed >'{path}' && chmod +x '{path}' && rm packed")


def test_a_unit_of_ours_says_the_same_to_the_manager(installed: Machine) -> None:
    """The words of an installed unit are seen by systemd as they were meant."""
    job = "footprint-breach_recheck"
    shown = installed.ok(f"systemctl --user show -p ExecStart --value {job}.service")

    assert "footprint-job run breach_recheck ;" in shown


@pytest.mark.parametrize("text", ["a\0b", "\udcff"])
def test_what_never_reaches_a_program_is_refused_before(text: str) -> None:
    with pytest.raises(ConfigurationError):
        quoting.systemd_argument(text)

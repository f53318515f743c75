"""Tries, from inside of a unit, what its job needs and what its protection has to refuse.

Only what a unit itself sees is answered here; what came of it is judged from outside (`probe`).
"""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digital_footprint.process import Runner
from footprint_timers.identity import scope_of, systemctl

VARIABLE = "FOOTPRINT_PROBE"
SECONDS = 5


def attempt(task: Mapping[str, Any], run: Runner) -> dict[str, Any]:
    """Try everything once.

    `forbidden`: a file that is to be made, and left, in the home. `planted`: one to be read there.
    `needed`: directories that the job writes into. `port`: where somebody listens on loopback.
    """
    _write(Path(task["forbidden"]))
    _connect(task["port"])
    return {
        "read": _read(Path(task["planted"])),
        "unwritable": _unwritable([Path(place) for place in task["needed"]]),
        "manager": run([*systemctl(scope_of()), "show", "--property=Version"]).code == 0,
    }


def _write(file: Path) -> bool:
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return False
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def _connect(port: int) -> None:
    try:
        socket.create_connection(("127.0.0.1", port), SECONDS).close()
    except OSError:
        return


def _unwritable(places: Sequence[Path]) -> list[str]:
    refused = []
    for place in places:
        file = place / f".footprint-probe-{os.getpid()}"
        if not _write(file):
            refused.append(str(place))
        file.unlink(missing_ok=True)
    return refused

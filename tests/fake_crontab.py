"""A stand-in for the crontab program of Debian: what it prints, refuses and ends with."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """#!/bin/sh
spool=%(spool)s
mode=$(cat "$spool.mode" 2>/dev/null)
case $1 in
-l)
    [ "$mode" != forbids ] || {
        echo "You (jane) are not allowed to use this program (crontab)" >&2
        echo "See crontab(1) for more information" >&2
        exit 1
    }
    [ -f "$spool" ] || { echo "no crontab for jane" >&2; exit 1; }
    # Debian's alters these two, though not for an editor.
    sed 's/\\r/\\\\r/g; s/\\x08/\\\\b/g' "$spool"
    ;;
-e)
    cp "$spool" "$spool.edited"
    sh -c "${VISUAL:-${EDITOR:-vi}} $spool.edited"
    cmp -s "$spool" "$spool.edited" || exit 9
    echo "No modification made" >&2
    ;;
*)
    echo "$1" >>"$spool.writes"
    [ "$mode" != refuses ] || {
        echo '"-":1: bad minute' >&2
        echo "errors in crontab file, can't install." >&2
        exit 1
    }
    [ "$1" = -r ] && { rm "$spool" || exit 1; exit 0; }
    [ ${#1} -lt 100 ] || { echo "$1: No such file or directory" >&2; exit 1; }
    [ "$1" != - ] || { cat >"$spool.given"; set -- "$spool.given"; }
    if [ -s "$1" ] && [ "$(tail -c 1 "$1" | od -An -c | tr -d ' ')" != '\\n' ]; then
        echo "new crontab file is missing newline before EOF, can't install." >&2
        exit 1
    fi
    cp "$1" "$spool"
    [ "$mode" != loses ] || { rm "$spool.mode"; head -c 20 "$1" >"$spool"; }
    ;;
esac
"""


@dataclass(frozen=True)
class FakeCrontab:
    """A program called crontab in `place`, and the file that it keeps."""

    place: Path

    def __post_init__(self) -> None:
        self.place.mkdir()
        program = self.place / "crontab"
        program.write_text(PROGRAM % {"spool": self.spool}, "utf-8")
        program.chmod(stat.S_IRWXU)
        (self.place / "proc/17").mkdir(parents=True)
        self.daemon("/usr/sbin/cron", "-f")

    @property
    def spool(self) -> Path:
        return self.place / "spool"

    @property
    def processes(self) -> Path:
        return self.place / "proc"

    @property
    def path(self) -> str:
        return f"{self.place}:{os.environ['PATH']}"

    def daemon(self, *argv: str) -> None:
        """Say which process runs beside others."""
        (self.processes / "17/cmdline").write_bytes("\0".join([*argv, ""]).encode())

    def misbehave(self, mode: str) -> None:
        """`refuses` every file, `loses` most of the next one, `forbids` its use."""
        self.spool.with_name("spool.mode").write_text(mode, "utf-8")

    def writes(self) -> int:
        """How often it was told to change something."""
        calls = self.spool.with_name("spool.writes")
        return len(calls.read_text("utf-8").splitlines()) if calls.exists() else 0

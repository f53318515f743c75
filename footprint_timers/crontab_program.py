"""The crontab program: how this user's crontab is read, written and, where that fails, put back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.errors import FootprintError
from digital_footprint.files import open_privately
from digital_footprint.process import Completed, Runner
from digital_footprint.scheduler.locks import patient_lock
from footprint_timers import crontab

# Debian's program lists a carriage return and a backspace as two characters; what it hands to an
# editor is as it is. The variable keeps our path from the shell that calls the editor.
ALTERED = ("\\r", "\\b")
COPY = """sh -c 'cat "$1" >"$FOOTPRINT_COPY"' sh"""
LOCK = "crontab"
LOCK_SECONDS = 20
# What the programs say, with the exit code 1, where there is no crontab yet: Debian's, busybox's.
NONE_YET = ("no crontab for", "No such file")


@dataclass(frozen=True, slots=True)
class CrontabProgram:
    """This user's crontab. Its bytes go by files in `directory`, so that none of them is lost."""

    run: Runner
    directory: Path
    patience: float = LOCK_SECONDS

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others of ours from changing it meanwhile. Raises TemporaryError."""
        with patient_lock(self.directory, LOCK, self.patience):
            yield

    def read(self) -> str | None:
        """Give the crontab, or None where there is none. Raises FootprintError."""
        with self._file() as file:
            answer = self.run(["sh", "-c", 'crontab -l >"$1"', "sh", str(file)])
            if is_none_yet(answer):
                return None
            answer.require()
            listed = crontab.decoded(file.read_bytes())
            return self._edited(file) or listed if _may_be_altered(listed) else listed

    def replace(self, before: str | None, after: str | None) -> None:
        """Put another crontab in place, None for none at all, and look at what then is there.

        Raises FootprintError; the crontab is then as it was `before`.
        """
        trouble = self._written(after)
        if not trouble:
            return
        hint = "the crontab is as it was before"
        if self.read() != before and (again := self._written(before)):
            hint = f"it could not be put back: {again}; what it was is in {self._keep(before)}"
        raise FootprintError(f"the crontab was not changed: {trouble}", hint=hint)

    def restore(self, before: str | None, after: str | None) -> None:
        """Do as `replace` with what once was there.

        Some programs write no last line without an end, though one stood there: it gets one.
        """
        try:
            self.replace(before, after)
        except FootprintError:
            if not after or after.endswith("\n"):
                raise
            self.replace(before, f"{after}\n")

    def _edited(self, file: Path) -> str:
        """Give what an editor is handed that changes nothing; empty where there is no such way."""
        file.write_bytes(b"")
        copying = {"VISUAL": COPY, "EDITOR": COPY, "FOOTPRINT_COPY": str(file)}
        self.run(["crontab", "-e"], environment=copying)
        return crontab.decoded(file.read_bytes())

    def _written(self, text: str | None) -> str:
        """Write it; say what went wrong."""
        try:
            if text is None:
                self._give("crontab -r")
            else:
                with self._file() as file:
                    file.write_bytes(crontab.encoded(text))
                    # By its name it would be refused: Debian's takes 99 characters of a name.
                    self._give('crontab - <"$1"', str(file))
            return "" if self.read() == text else "it does not say what was written"
        except FootprintError as error:
            return error.message

    def _give(self, command: str, *words: str) -> None:
        """Give a command. Raises FootprintError with all that it says: the line, then the end."""
        answer = self.run(["sh", "-c", command, "sh", *words])
        if answer.code:
            raise FootprintError(all_said(answer))

    def _keep(self, text: str | None) -> Path:
        file = self.directory / "crontab.before"
        os.close(open_privately(file, os.O_WRONLY | os.O_TRUNC))
        file.write_bytes(crontab.encoded(text or ""))
        return file

    @contextmanager
    def _file(self) -> Iterator[Path]:
        """Make an empty file that nobody else may read, for as long as it is needed."""
        file = self.directory / f"crontab.{os.getpid()}"
        os.close(open_privately(file, os.O_WRONLY | os.O_TRUNC))
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)


def _may_be_altered(listed: str) -> bool:
    return any(pair in listed for pair in ALTERED)


def all_said(answer: Completed) -> str:
    """Give what crontab complained of: why stands in its first line, the last points to a page."""
    return "; ".join(answer.stderr.strip().splitlines()[:3]) or answer.complaint()


def is_none_yet(answer: Completed) -> bool:
    """Say whether `crontab -l` found no crontab, which is an error to it and none to us."""
    return answer.code == 1 and any(words in answer.stderr for words in NONE_YET)

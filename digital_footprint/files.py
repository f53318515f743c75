"""Every file and directory we make is private from its first byte, and whole or not there."""

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from digital_footprint.errors import ConfigurationError, FootprintError

if TYPE_CHECKING:
    from collections.abc import Callable

    import tomlkit


def make_directory(path: Path) -> Path:
    """Make a directory of ours, 0700 whatever the umask; one that exists keeps its mode.

    Raises ConfigurationError where the system does not let us.
    """
    missing = []
    place = path
    try:
        while not place.exists():
            missing.append(place)
            place = place.parent
        for directory in reversed(missing):
            directory.mkdir(mode=0o700, exist_ok=True)
            directory.chmod(0o700)
    except OSError as error:
        raise unwritable(path, error) from None
    if not path.is_dir():
        raise ConfigurationError(
            f"{path} has to be a directory and is a file",
            hint="move it away, or set FOOTPRINT_HOME to another directory",
        )
    return path


def write_privately(path: Path, text: str) -> None:
    """Put `text` in place of a file, whole or not at all, 0600 from its first byte.

    Raises ConfigurationError where the system does not let us, for a link: whoever made it wants
    the file at its end, and for a device: root would lose /dev/null.
    """
    write_all_privately({path: text})


def write_all_privately(texts: Mapping[Path, str]) -> None:
    """Write several files as `write_privately` does; none is put in place before all are written.

    So a disk that is full leaves every old one as it is. Raises ConfigurationError likewise.
    """
    for path in texts:
        make_directory(path.parent)
        _check_replaceable(path)
    written: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            _write_beside(path, text, written)
        for path, temporary in written.items():
            temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)


def _check_replaceable(path: Path) -> None:
    """Refuse what is there and no file of its own, before anything is written."""
    if path.is_symlink():
        raise ConfigurationError(
            f"{path} is a link, and is not replaced by a file",
            hint=f"edit {path.resolve()} by hand, or move the link away",
        )
    if path.exists() and not path.is_file():
        raise ConfigurationError(
            f"{path} is no ordinary file, and is not replaced by one",
            hint="move it away, or give another place",
        )


def _write_beside(path: Path, text: str, written: dict[Path, Path]) -> None:
    """Write a temporary file in the same directory, so that the rename is atomic."""
    import tempfile

    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    written[path] = Path(temporary)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # a umask takes bits away, also from us
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def edit_toml(path: Path, change: "Callable[[tomlkit.TOMLDocument], None]") -> None:
    """Change a TOML file of the person's own; every comment, blank and line end else is kept.

    Raises ConfigurationError where it cannot be read or written; then it is as it was.
    """
    import tomlkit

    try:
        document = tomlkit.parse(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    change(document)
    write_privately(path, tomlkit.dumps(document))


def open_privately(path: Path, flags: int) -> int:
    """Open a file for os.open flags, made 0600 where it is new; give the descriptor.

    Raises ConfigurationError where the system does not let us.
    """
    make_directory(path.parent)
    try:
        try:
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return os.open(path, flags | os.O_CLOEXEC)
        os.fchmod(descriptor, 0o600)  # a umask takes bits away, also from us
    except OSError as error:
        raise unwritable(path, error) from None
    return descriptor


def read_whole(path: Path) -> bytes:
    """Read a file; a pipe would wait for a writer for ever, and is none. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe", str(path))
        return file.read()


def unwritable(path: Path, error: OSError) -> FootprintError:
    """Give the error for a place that the system does not let us write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FootprintError(
            f"the disk that holds {path} is full",
            hint="free some space and run the command again; nothing was changed",
        )
    return ConfigurationError(
        f"{path} cannot be written: {error.strerror}",
        hint=(
            "its file system is mounted read-only: mount it writable"
            if error.errno == errno.EROFS
            else "make it writable for this user"
        )
        + (", or set FOOTPRINT_HOME to a directory that is" if _follows_home(path) else ""),
    )


def _follows_home(path: Path) -> bool:
    """Say whether a file lies where FOOTPRINT_HOME decides: an assistant's or a shell's do not."""
    from digital_footprint.config import resolve_paths

    ours = resolve_paths()
    return any(path.is_relative_to(place) for place in (ours.config, ours.data, ours.state))

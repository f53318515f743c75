"""Decides where our region stands in a person's crontab; every byte outside of it is theirs.

What stood there before is noted in the region's first line, so that taking it out again gives
back the very same bytes. A crontab is text here; bytes that are no UTF-8 stand as surrogates.
"""

from dataclasses import dataclass
from enum import StrEnum

from digital_footprint.errors import ConfigurationError

BEGIN = "# BEGIN footprint-timers"
END = "# END footprint-timers"


class Before(StrEnum):
    """What of the crontab, as it was before our region came, cannot be seen any more."""

    PLAIN = ""
    NO_CRONTAB = " (there was no crontab)"
    NO_NEWLINE = " (the line above had no end)"


@dataclass(frozen=True, slots=True)
class Region:
    """A crontab cut in three: what stands above our region, the region's lines, what follows."""

    above: str
    text: str
    below: str
    before: Before


def decoded(content: bytes) -> str:
    """Give a crontab's text; whatever its bytes are, `encoded` gives them back."""
    return content.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """Give the bytes of a text that `decoded` gave, or that holds names of files."""
    return text.encode("utf-8", "surrogateescape")


def find(text: str) -> Region | None:
    """Find our region, or None.

    Raises ConfigurationError where it is not whole, or stands there more than once.
    """
    lines = text.split("\n")
    begins = [at for at, line in enumerate(lines) if _is_begin(line)]
    ends = [at for at, line in enumerate(lines) if line.rstrip() == END]
    match begins, ends:
        case [], []:
            return None
        case [begin], [end] if begin < end:
            return Region(
                above=_joined(lines[:begin]),
                text=_joined(lines[begin + 1 : end]),
                below="\n".join(lines[end + 1 :]),
                before=Before(lines[begin].rstrip().removeprefix(BEGIN)),
            )
    found = [f"{at + 1} (BEGIN)" for at in begins] + [f"{at + 1} (END)" for at in ends]
    raise ConfigurationError(
        f"the crontab does not have one whole region of ours: its marks stand in line"
        f" {', '.join(found)}; nothing was changed",
        hint=f"crontab -e, and remove what stands from `{BEGIN}` to `{END}`",
    )


def put(crontab: str | None, lines: str) -> str:
    """Give the crontab in which our region has these lines, each with its end.

    `crontab`: None where there is none. Raises ConfigurationError as `find` does.
    """
    text = crontab or ""
    region = find(text)
    if region is not None:
        marks = f"{BEGIN}{region.before}\n{lines}{END}\n"
        return f"{region.above}{marks}{region.below}"
    before = Before.NO_CRONTAB if crontab is None else Before.PLAIN
    if text and not text.endswith("\n"):
        before, text = Before.NO_NEWLINE, f"{text}\n"
    return f"{text}{BEGIN}{before}\n{lines}{END}\n"


def taken_out(crontab: str) -> str | None:
    """Give the crontab without our region; None where there was none before, and nothing is left.

    Raises ConfigurationError as `find` does.
    """
    region = find(crontab)
    if region is None:
        return crontab
    above = region.above
    # What has been added below needs the end of that line.
    if region.before is Before.NO_NEWLINE and not region.below:
        above = above.removesuffix("\n")
    rest = f"{above}{region.below}"
    return None if region.before is Before.NO_CRONTAB and not rest else rest


def _is_begin(line: str) -> bool:
    return line.rstrip() in {f"{BEGIN}{before}" for before in Before}


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)

"""Where a page without a rule shows a record of the person: their name at its head, no echo.

A site can repeat the question (title, heading, form, "100+ records for Jane Doe") without a
record, and can show a relative or a stranger from the same town. So name and second identifier
have to stand in one line or one small card that begins with the name.
"""

import re
from collections.abc import Iterator

from digital_footprint.brokers.matching import Matcher, fold
from digital_footprint.brokers.reading import HEADINGS, Block

LARGEST_CARD = 800

# What a page says of its own search, or of a record that is gone.
ECHO = re.compile(
    r"\b(?:results?|records?|reports?|profiles?|matches|people|information|details|listings?|page)"
    r" (?:found )?(?:for|on|about|of|matching|named)\b"
    r"|\bsearch(?:ed|ing)? for\b|\blooking for\b|\bdid you mean\b|\bare you\b"
)
GONE = re.compile(
    r"\bno longer\b|\bnot (?:be )?(?:found|find|available|exist)\b|n't (?:find|found|exist)\b"
    r"|\bunavailable\b|\b(?:was|were|been|is|are|record|listing|profile) (?:removed|deleted|gone)\b"
    r"|\b(?:removed|deleted) from\b|\bopted out\b|\bsuppressed\b"
    r"|\b(?:no|zero|0) (?:exact |current )?"
    r"(?:results?|records?|matches|match|listings?|profiles?)\b"
    r"|\b(?:removed|taken down|deleted|hidden|now private|is private)\b|\bno data\b"
    r"|\b(?:could|can) ?not (?:be )?(?:locate|find|found)|\bunable to (?:locate|find)\b"
    r"|\bnothing (?:here|found|to see)\b|\bprivacy request\b|\brequest of (?:its|the) owner\b"
    r"|\bnicht (?:gefunden|mehr)\b|\bgel(?:o|oe)scht\b|\bkeine (?:treffer|ergebnisse)\b"
)


RELATED = re.compile(r"\brelatives? of\b|\brelated to\b|\brelative\W*$")
# The same of the page as a whole, wherever on it that stands.
LOSS = re.compile(
    r"\b(?:record|profile|page|listing|report)s? (?:has been |was |is |were |are )?(?:now )?"
    r"(?:removed|taken down|deleted|hidden|private|suppressed|gone)\b"
    r"|\bhidden by\b|\bnothing here\b|\b(?:could|can) ?not (?:be )?(?:locate|find|found)"
    r"|\bunable to (?:locate|find)\b|^no data(?: found| available)?\W*$",
    re.MULTILINE,
)


def has_record(body: Block, matcher: Matcher) -> bool:
    """Say whether some line or small card is a record of the person, on a page without a loss."""
    if LOSS.search("\n".join(map(fold, body.lines()))):
        return False
    return any(_is_record(lines, matcher) for lines in _candidates(body, matcher))


def own_text(lines: list[str], matcher: Matcher) -> str:
    """Give a record's folded lines but those that name the person again: `see also Jane Doe in`."""
    named = [matcher.times(line) for line in lines]
    first = next((index for index, times in enumerate(named) if times), -1)
    return "\n".join(
        line
        for index, line in enumerate(lines)
        if named[index] == 0 or (index == first and named[index] == 1)
    )


def is_page_of(titles: list[str], matcher: Matcher) -> bool:
    """Say whether the page's first heading names the person first, and none names a loss.

    A page that says of nobody that it is theirs may be a relative's.
    """
    folded = [fold(title) for title in titles if title]
    if not folded or any(GONE.search(title) or RELATED.search(title) for title in folded):
        return False
    return matcher.heads(folded[0])


def is_echo(text: str) -> bool:
    """Say whether folded text tells of a search or of a record that is gone."""
    return bool(ECHO.search(text) or GONE.search(text))


def _candidates(body: Block, matcher: Matcher) -> Iterator[list[str]]:
    for block in body.blocks():
        if block.tag in HEADINGS:
            continue
        lines = [fold(part) for part in block.parts if isinstance(part, str)]
        yield from ([line] for line in lines if matcher.heads(line))
        if _is_card(block, matcher):
            yield [fold(line) for line in block.lines()]


def _is_card(block: Block, matcher: Matcher) -> bool:
    """Say whether a block is one flat, small record whose first line is just the name."""
    inner = [part for part in block.parts if isinstance(part, Block)]
    if not all(part.is_leaf for part in inner) or any(part.tag in HEADINGS for part in inner):
        return False
    lines = block.lines()
    if not lines or sum(map(len, lines)) > LARGEST_CARD or not matcher.is_all(fold(lines[0])):
        return False
    # Equal blocks in a row may be as many people.
    first = block.parts[0]
    alike = [one for one in inner if isinstance(first, Block) and _look_alike(one, first)]
    return len(alike) <= 1


def _look_alike(one: Block, other: Block) -> bool:
    return one.tag == other.tag and one.classes == other.classes


def _is_record(lines: list[str], matcher: Matcher) -> bool:
    return matcher.count(own_text(lines, matcher)) > 0 and not is_echo("\n".join(lines))

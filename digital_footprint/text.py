"""Text from outside is data: what is stored of it and shown has no markup and nothing invisible."""

import unicodedata

TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 4000
# What may be looked at for the words to be kept: a parser's time grows faster than its input.
MARKUP_LIMIT = 5 * DESCRIPTION_LIMIT


def plain(text: str, *, limit: int = TITLE_LIMIT) -> str:
    """Give `text` on one line without control, bidi, zero-width and tag characters.

    At most `limit` characters; a cut is marked by an ellipsis.
    """
    spaced = "".join(" " if character.isspace() else character for character in text)
    line = " ".join("".join(filter(is_visible, spaced)).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def is_visible(character: str) -> bool:
    """Say whether a character shows; format, control, private and unassigned ones do not."""
    if unicodedata.category(character)[0] == "C":
        return False
    # Variation selectors are marks by category, yet carry hidden bytes through every filter on C.
    return not ("\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef")


def from_html(html: str, *, limit: int = DESCRIPTION_LIMIT) -> str:
    """Give the words of an HTML fragment, markup and scripts dropped."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html[:MARKUP_LIMIT])
    tree.strip_tags(["script", "style"])
    return plain(tree.text(separator=""), limit=limit)

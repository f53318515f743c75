"""Which HTML can be parsed in bounded time and memory, whoever wrote it.

A parser's time grows with the square of nesting, of a tag's attributes and of formatting
elements left open (HTML Standard, 13.2): two megabytes of such can take hours.
"""

import re
from collections.abc import Iterator

MOST_TAGS = 50_000
DEEPEST = 1_000
MOST_WORK = 20_000_000

SPACE = r"[\t\n\f\r ]"
# What is text to no reader and hides tags from a scanner; each with how it ends.
UNREAD = re.compile(
    r"<(?:(!--)|(script|style|textarea|title|template|noscript|noembed|noframes|iframe|xmp"
    r"|plaintext|svg|math|object|applet|marquee|select)(?=[\t\n\f\r />])|[!?]|/(?![a-zA-Z]))",
    re.IGNORECASE,
)
NEVER_SHOWN = frozenset({"", "script", "style", "title"})
COMMENT_END = re.compile(r"--!?>")
ATTRIBUTE = (
    rf"(?:[\t\n\f\r /]++(?:[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rf"(?:{SPACE}*+={SPACE}*+(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r >]*+))?+)?+)"
)
TAG = re.compile(rf"<(/?)([a-zA-Z][^\t\n\f\r />]*+)((?:{ATTRIBUTE})*+)")
BREAK = re.compile(r"[\t\n\f\r /]+")

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
# These end their predecessor by themselves; authors leave them open.
SELF_CLOSING = frozenset(["dd", "dt", "li", "option", "p", "rp", "rt"])
FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt"}
    | {"u"}
)
TABLE = frozenset(["caption", "td", "th", "tr", "thead", "tbody", "tfoot", "colgroup"])


def readable(html: str) -> tuple[str, str, str]:
    """Give the first title's text, the HTML to parse, and what a browser may show of the rest.

    To parse: all but scripts, comments and the like. Of those the last part leaves out what
    is never shown.
    """
    title, kept, left_out, position = "", [], [], 0
    while found := UNREAD.search(html, position):
        kept.append(html[position : found.start()])
        end, inside = _end(html, found)
        name = (found[2] or "").lower()
        if name == "title" and not title:
            title = inside.partition(">")[2]
        elif name not in NEVER_SHOWN:
            left_out.append(html[found.start() : end])
        position = end
    kept.append(html[position:])
    return title, "<!doctype html>" + " ".join(kept), "\n".join(left_out)


def is_bounded(html: str) -> bool:
    """Say whether parsing `html`, as `readable` leaves it, takes a second at most."""
    work = tags = 0
    open_tags: list[str] = []
    left_open = deepest_formatting = 0
    for closing, name, attributes in _tags(html):
        tags += 1
        work += len(BREAK.findall(attributes)) ** 2
        if closing:
            left_open -= _close(open_tags, name) and name in FORMATTING
        elif name not in VOID and name not in SELF_CLOSING:
            open_tags.append(name)
            left_open += name in FORMATTING
        deepest_formatting = max(deepest_formatting, left_open)
        if tags > MOST_TAGS or len(open_tags) > DEEPEST or work > MOST_WORK:
            return False
    # Every paragraph repeats what is left open before it.
    return deepest_formatting * tags <= MOST_WORK // 20


def _tags(html: str) -> Iterator[tuple[bool, str, str]]:
    for found in TAG.finditer(html):
        yield bool(found[1]), found[2].lower(), found[3]


def _close(open_tags: list[str], name: str) -> bool:
    """Close the nearest open tag of that name and all within; say whether there was one."""
    for index in range(len(open_tags) - 1, max(len(open_tags) - 60, -1), -1):
        if open_tags[index] == name:
            del open_tags[index:]
            return True
        if open_tags[index] in {"table", "td", "th", "caption"} and name not in TABLE | {"table"}:
            return False
    return False


def _end(html: str, found: re.Match[str]) -> tuple[int, str]:
    """Give where the unread part ends, and what is inside."""
    if found[1]:
        # The end may overlap the opening: `<!-->` is a whole comment.
        closed = COMMENT_END.search(html, found.end() - 2)
        return (closed.end() if closed else len(html)), ""
    name = (found[2] or "").lower()
    at = _find(html, f"</{name}" if name else ">", found.end())
    inside = html[found.end() : at]
    after = html.find(">", at) if name else at
    return (len(html) if at == len(html) or after < 0 else after + 1), inside


def _find(html: str, closer: str, start: int) -> int:
    found = re.compile(re.escape(closer), re.IGNORECASE).search(html, start)
    return found.start() if found else len(html)

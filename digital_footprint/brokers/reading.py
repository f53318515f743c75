"""What a person would read on a page: its title, its headings, and its lines block by block."""

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digital_footprint.brokers.bounds import is_bounded, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from selectolax.lexbor import LexborHTMLParser, LexborNode

# Between two inline elements of one line: words on both sides may or may not belong together.
JOINT = "\x1f"

INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font"}
    | {"i", "img", "ins", "del", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span"}
    | {"strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# The encodings that a browser reads (Encoding Standard), by Python's names for them.
ENCODINGS = frozenset(
    {"ascii", "big5", "cp866", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso2022_jp"}
    | {"iso8859-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-15", "koi8-r", "koi8-u"}
    | {"shift_jis", "utf-8"}
    | {f"cp{page}" for page in range(1250, 1259)}
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
UNSEEN = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?:opacity|font-size)\s*:\s*0*\.?0+(?![\d.]*[1-9]))",
    re.IGNORECASE,
)
SPACES = re.compile(r"[^\S\x1f]+")
JOINTS = re.compile(rf" ?{JOINT}[ {JOINT}]*")
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([a-z0-9_.:-]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block element: its lines and the blocks within, in the order of the page."""

    tag: str
    classes: frozenset[str]
    parts: "list[str | Block]" = field(default_factory=list)

    @property
    def is_leaf(self) -> bool:
        """Say whether it holds lines only."""
        return all(isinstance(part, str) for part in self.parts)

    def blocks(self) -> "Iterator[Block]":
        """Give this block and all within, however deep."""
        waiting = [self]
        while waiting:
            block = waiting.pop()
            yield block
            waiting += [part for part in reversed(block.parts) if isinstance(part, Block)]

    def lines(self) -> list[str]:
        """Give its lines and those of the blocks within, in the order of the page."""
        lines: list[str] = []
        waiting: list[str | Block] = [self]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                lines.append(part)
            else:
                waiting += reversed(part.parts)
        return lines


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page; what is not for reading (scripts, comments, pictures) is not in it.

    `left_out`: the HTML of such parts as a browser may show after all.
    """

    title: str
    tree: "LexborHTMLParser"
    left_out: str

    def strip(self, selectors: tuple[str, ...]) -> None:
        """Take every element out that a selector matches."""
        for selector in selectors:
            for node in self.tree.css(selector):
                node.decompose()

    def strip_unseen(self) -> None:
        """Take every element out whose own style hides it."""
        # The innermost first: what is within an element goes with it.
        for node in reversed(self.tree.css("[style]")):
            if UNSEEN.search(COMMENT.sub("", node.attributes.get("style") or "")):
                node.decompose()

    def body(self) -> Block:
        """Give the page's blocks."""
        return block_of(self.tree.body) if self.tree.body else Block("body", frozenset())


def decode(body: bytes, content_type: str) -> str:
    """Give a page's text by its byte order mark, header or meta element, else as UTF-8."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    named = _charset(body, content_type)
    return body.decode((_known(named) if named else None) or "utf-8", "replace")


def is_readable(headers: "Mapping[str, str]", body: bytes) -> bool:
    """Say whether a body was packed as asked for, and is text in an encoding that is known."""
    packed = headers.get("content-encoding", "").strip().lower()
    if body and packed not in {"", "identity", "gzip", "x-gzip"}:
        return False
    content_type = headers.get("content-type", "")
    named = _charset(body, content_type)
    if named is not None and _known(named) is None and not body.startswith(BYTE_ORDER_MARKS):
        return False
    text = decode(body, content_type)
    return not CONTROLS.search(text) and text.count("\ufffd") * 20 <= len(text)


def parse(html: str) -> Document | None:
    """Parse a page; None for one that would take without end."""
    title, rest, left_out = readable(html.replace("\0", ""))
    if not is_bounded(rest):
        return None
    from selectolax.lexbor import LexborHTMLParser

    return Document(_squeezed(_plain(title)), LexborHTMLParser(rest), left_out)


def text_of(node: "LexborNode") -> str:
    """Give an element's lines as one text."""
    return "\n".join(block_of(node).lines())


def block_of(top: "LexborNode") -> Block:
    """Give an element as a block, whatever it is; without recursion, for pages nest deep."""
    root = _empty(top)
    stack, line = [root], [""]
    node = top.first_child
    while node is not None:
        _enter(node, stack, line)
        following = node.first_child
        while following is None and node is not None:
            _leave(node, stack, line)
            following = node.next
            if following is None:
                node = node.parent
                if node is None or node.mem_id == top.mem_id:
                    _end_line(stack, line)
                    return root
        node = following
    return root


def _enter(node: "LexborNode", stack: list[Block], line: list[str]) -> None:
    if node.is_text_node:
        line[0] += node.text_content or ""
    elif node.is_element_node and node.tag in INLINE:
        line[0] += JOINT
    elif node.tag == "br":
        _end_line(stack, line)
    elif node.is_element_node:
        _end_line(stack, line)
        block = _empty(node)
        stack[-1].parts.append(block)
        stack.append(block)


def _leave(node: "LexborNode", stack: list[Block], line: list[str]) -> None:
    if node.is_element_node and node.tag in INLINE:
        line[0] += JOINT
    elif node.is_element_node and node.tag != "br":
        _end_line(stack, line)
        stack.pop()


def _end_line(stack: list[Block], line: list[str]) -> None:
    if line[0] and (text := _squeezed(line[0])):
        stack[-1].parts.append(text)
    line[0] = ""


def _empty(node: "LexborNode") -> Block:
    return Block(node.tag or "", frozenset((node.attributes.get("class") or "").split()))


def _squeezed(text: str) -> str:
    """Give a line with single spaces, and one joint where there are several."""
    return JOINTS.sub(JOINT, SPACES.sub(" ", text)).strip(f" {JOINT}")


def _plain(title: str) -> str:
    import html

    return html.unescape(title)


def _charset(body: bytes, content_type: str) -> str | None:
    """Give the encoding that header or meta element name."""
    named = CHARSET.search(content_type.encode("ascii", "ignore")) or CHARSET.search(body[:2048])
    return named[1].decode("ascii") if named else None


def _known(name: str) -> str | None:
    """Give Python's name of an encoding; None for one that no browser reads."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if found not in ENCODINGS:
        return None
    return "cp1252" if found in {"ascii", "iso8859-1"} else found

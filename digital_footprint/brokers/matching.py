"""Whether a text names a person, and whether it holds a second identifier of theirs.

Whole words only, whatever their case and accents. An age is no second identifier.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from digital_footprint.brokers.reading import JOINT

# Letters that no decomposition gives their plain form.
PLAIN_LETTERS = str.maketrans(
    {"\u0142": "l", "\u00f8": "o", "\u0111": "d", "\u00f0": "d", "\u0131": "i", "\u00e6": "ae",
     "\u0153": "oe", "\u00fe": "th",
     "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"}
)  # fmt: skip
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
STREETS = (
    ("street", "st"), ("avenue", "ave", "av"), ("road", "rd"), ("drive", "dr"), ("lane", "ln"),
    ("boulevard", "blvd"), ("court", "ct"), ("place", "pl"), ("square", "sq"), ("highway", "hwy"),
)  # fmt: skip
NO_PLACE = "|".join(
    [word for words in STREETS for word in words]
    + ["county", "university", "college", "high", "school"]
)
# What may stand around a town's or a relative's name without making another one of it.
STATES = (
    "a[lkzr]|c[aot]|d[ce]|fl|ga|hi|i[dlna]|k[sy]|la|m[edainsto]|n[evhjmycd]|o[hkr]|pa|ri|s[cd]|t[nx]"
    "|ut|v[ta]|w[aviy]|usa?|alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware"
    "|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland"
    "|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new|north|ohio"
    "|oklahoma|oregon|pennsylvania|rhode|south|tennessee|texas|utah|vermont|virginia|washington|west"
    "|wisconsin|wyoming"
)
GOES_ON = (
    rf"(?! (?!(?:{STATES}|age[ds]?|and|or|since|for|from|in|at|on|is|was|to|with|jr|sr)\b)[^\W\d_])"
)
OTHER_TOWN = "".join(
    rf"(?<!\b{word} )(?<!\b{word}-)"
    for word in (
        "north", "south", "east", "west", "n", "s", "e", "w", "new", "old", "upper", "lower",
        "port", "fort", "mount", "lake", "great", "little", "not from", "never lived in",
    )
)  # fmt: skip
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"

START = r"(?<![\w])(?<!\w[-'])"
END = r"(?!\w)(?!-\w)(?!'(?!s\b)\w)"
GAP = rf"(?:[ .]*{JOINT}[ .]*|[ .]+)"
NO_NAME = r"(?!(?:and|or|to|with|from|of|in|und|et|y|e|met|the)\b)"
MIDDLE = rf"(?:[\"'(]?{NO_NAME}[^\W\d_]+(?:['-][^\W\d_]+)*[\"')]?\.?[ ]+)"
# What may follow a name that stands at the head of a line: not another name.
FOLLOWS = (
    rf"(?=$|[ .]*[,;:|()\[\]\u2013\u2014\u00b7\u2022/{JOINT}\n\d]|\.| - "
    r"| (?:in|age|aged|jr|sr|ii|iii|iv|is|was|lives|lived|has|born|of|from)\b)"
)
NOTHING_MORE = (
    rf"[\s,.{JOINT}(]*(?:jr|sr|ii|iii|iv)?[\s,.{JOINT}(]*"
    rf"(?:(?:aged?)?\W*\d{{1,3}}(?: years old)?)?[\s).,{JOINT}]*$"
)
LABEL = rf"(?:(?:full )?name[\s:{JOINT}]+)?"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a listing is about: the name, and the values that tell them from a namesake."""

    name: str
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A subject as patterns over folded text; `second` goes by the value's own words."""

    name: re.Pattern[str] | None
    reversed_name: re.Pattern[str] | None
    loose: tuple[re.Pattern[str], ...]
    second: tuple[tuple[str, re.Pattern[str]], ...]

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """Make the patterns. What has no letter or digit, or repeats the name, matches nothing."""
        words = fold(subject.name).split()
        words = [word for word in words if re.search(r"\w", word)]
        if len(words) > 2 and words[-1].strip(".") in SUFFIXES:
            words.pop()
        second = {
            value: _second(value, _words(subject.name)) for value in map(fold, subject.second)
        }
        return cls(
            re.compile(START + _name(words) + END) if words else None,
            re.compile(START + _reversed(words) + END) if len(words) > 1 else None,
            tuple(re.compile(START + _word(word) + END) for word in {words[0], words[-1]})
            if words
            else (),
            tuple((value, pattern) for value, pattern in second.items() if pattern),
        )

    def times(self, line: str) -> int:
        """Give how often the name stands in a folded line, its parts in either order."""
        patterns = (self.name, self.reversed_name)
        return sum(len(pattern.findall(line)) for pattern in patterns if pattern)

    def may_name(self, text: str) -> bool:
        """Say whether first and last name stand anywhere, in whatever order."""
        return bool(self.loose) and all(one.search(text) for one in self.loose)

    def heads(self, line: str) -> bool:
        """Say whether a folded line begins with the name, and with nobody else's longer one."""
        return self._at_head(line, FOLLOWS)

    def is_all(self, line: str) -> bool:
        """Say whether a folded line is the name and nothing more but an age."""
        return self._at_head(line, NOTHING_MORE)

    def count(self, text: str) -> int:
        """Give how many second identifiers stand in folded text, the name itself aside."""
        rest = self.name.sub(" | ", text) if self.name else text
        return sum(bool(pattern.search(rest)) for _, pattern in self.second)

    def pins_down(self, text: str) -> bool:
        """Say whether an identifier that few share stands in folded text: a street, a number."""
        return any(
            pattern.search(text)
            for value, pattern in self.second
            if re.search(r"\d", value) and not re.fullmatch(r"\d{4}", value)
        )

    def mentions(self, text: str) -> bool:
        """Say whether folded text may be about the person; in doubt it is."""
        if self.times(" ".join(text.split())) or self.pins_down(text):
            return True
        return self.may_name(text) and (not self.second or self.count(text) > 0)

    def beyond(self, url: str) -> "Matcher":
        """Leave out what the address itself says: a site can repeat that and know nothing."""
        said = set(_words(unquote(url)))
        digits = re.sub(r"\D", "", unquote(url))
        kept = tuple(
            (value, pattern) for value, pattern in self.second if not _is_said(value, said, digits)
        )
        return Matcher(self.name, self.reversed_name, self.loose, kept)

    def _at_head(self, line: str, follows: str) -> bool:
        start = re.match(LABEL, line)
        at = start.end() if start else 0
        for pattern in (self.name, self.reversed_name):
            found = pattern.match(line, at) if pattern else None
            # Of `Jane|Doe|Smith` nobody knows where the name ends.
            if found and JOINT in found[0] and re.match(rf"{JOINT}[^\W\d_]", line[found.end() :]):
                continue
            if found and re.compile(follows).match(line, found.end()):
                return True
        return False


def fold(text: str) -> str:
    """Give text without case, accents and invisible characters."""
    if text.isascii():
        return text.lower()
    small = unicodedata.normalize("NFKD", text.casefold()).translate(PLAIN_LETTERS).casefold()
    return "".join(
        character
        for character in small
        if not "\u0300" <= character <= "\u036f" and unicodedata.category(character) != "Cf"
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))


def _word(word: str) -> str:
    """Give one word as a pattern: what hyphens and apostrophes part may be written together."""
    return "[ '-]?".join(map(re.escape, re.findall(r"[^\W_]+", word)))


def _name(words: list[str]) -> str:
    if len(words) == 1:
        return _word(words[0])
    first, *own, last = map(_word, words)
    if own:
        initials = [f"(?:{one}|{one[0]})" for one in own if one[0].isalpha()]
        optional = "".join(f"(?:{one}{GAP})?" for one in initials)
        return f"{first}{GAP}{optional}{last}"
    initial = rf"[^\W\d_]\.?{GAP}"
    return rf"{first}(?:{GAP}(?:{initial})?|\.? {MIDDLE}{{1,2}}){last}"


def _reversed(words: list[str]) -> str:
    first, *_, last = map(_word, words)
    return rf"{last},{GAP}{first}"


def _second(value: str, name: list[str]) -> re.Pattern[str] | None:
    """Give the pattern of one folded value, or None for one that says nothing."""
    if re.fullmatch(r"(?:19|20)\d\d", value):
        return _year(value)
    if re.fullmatch(r"\+?\d{7,15}", value):
        return _phone(value)
    words = _words(value)
    if set(words) <= set(name) or len("".join(words)) < (3 if value.isascii() else 2):
        return None
    if value.strip().isdigit():
        return None
    body = rf"[ ,.{JOINT}'-]+".join(map(_street_word, words))
    # A town's name is also that of streets and schools elsewhere.
    if any(word.isdigit() for word in words):
        return re.compile(START + body + END)
    return re.compile(START + OTHER_TOWN + body + rf"{END}(?! (?:{NO_PLACE})\b){GOES_ON}")


def _street_word(word: str) -> str:
    same = next((words for words in STREETS if word in words), (word,))
    return f"(?:{'|'.join(map(re.escape, same))})\\.?" if len(same) > 1 else re.escape(word)


def _year(year: str) -> re.Pattern[str]:
    """Ask for a year alone, or after a word of birth: else it is a house number or a price."""
    word = rf"in|on|date|year|of|(?:{MONTHS})[a-z]*|\d{{1,2}}(?:st|nd|rd|th)?"
    between = rf"(?:(?:{word})[\W_]{{1,3}}){{0,5}}"
    born = rf"\b(?:born|birth|birthday|dob|b\.)[\W_]{{0,6}}{between}{year}(?!\w)"
    return re.compile(rf"(?:^|[{JOINT}\n(]) ?{year} ?(?:$|[{JOINT}\n),])|{born}")


def _phone(number: str) -> re.Pattern[str]:
    """Give a number by its digits, with or without the country's code, however it is parted."""
    digits = number.lstrip("+")
    apart = rf"[ .()/{JOINT}-]{{0,3}}"
    forms = [digits]
    if number.startswith("+1") and len(digits) == 11:
        forms.append(digits[1:])
    elif number.startswith("+"):
        forms += [digits[cut:] for cut in (2, 3) if len(digits) - cut >= 8]
    either = "|".join(apart.join(form) for form in forms)
    return re.compile(rf"(?<![\w.-])(?:\+?\d{{1,3}}{apart})??\(?0?{apart}(?:{either})(?!\d)")


def _is_said(value: str, words: set[str], digits: str) -> bool:
    if re.fullmatch(r"\+?\d{7,15}", value):
        return value.lstrip("+")[-7:] in digits
    own = [word for word in _words(value) if len(word) > 2 or word.isdigit()] or _words(value)
    return set(own) <= words

"""README's pictures: there, small, told in words too, and still what the script makes."""

import os
import re
import shutil
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from footprint_timers.status_view import HEADINGS
from tests import pictures

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = {"report-light.png", "report-dark.png", "status.svg", "findings.svg"}
LARGEST = 150_000
SAID = {
    "status.svg": ("footprint-timers status", "generate_report"),
    "findings.svg": ("footprint findings", "jane@example.com", "0 stealer log"),
}


def check(place: Path) -> None:
    assert NAMES == {path.name for path in place.iterdir()}
    for path in place.iterdir():
        assert 1000 < path.stat().st_size < LARGEST
        if path.suffix == ".png":
            assert (900, 944) == png_size(path)
        else:
            text = path.read_text(encoding="utf-8")
            lines = [line.text or "" for line in ET.fromstring(text).iter() if line.text]
            assert all(any(said in line for line in lines) for said in SAID[path.name])
            # A table of last month's columns shows what nobody will see.
            columns = [tuple(re.split(r" {2,}", line)) for line in lines]
            assert path.stem != "status" or HEADINGS in columns
            # What is shown asks nobody for anything.
            assert {"http://www.w3.org/2000/svg"} == set(re.findall(r"https?://[^\"' ]+", text))


def png_size(path: Path) -> tuple[int, ...]:
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", head[16:24])


def test_the_pictures_that_are_kept_are_small_and_of_their_kind() -> None:
    check(pictures.PLACE)


def test_readme_shows_each_and_says_in_words_what_is_to_be_seen() -> None:
    shown = set(re.findall(r"docs/pictures/([\w.-]+)", README))
    images = re.findall(r"<img [^>]*>|!\[[^\]]*\]\([^)]*pictures[^)]*\)", README)

    assert NAMES == shown
    assert 3 == len(images)
    for image in images:
        (alt,) = re.findall(r"alt=\"([^\"]*)\"|!\[([^\]]*)\]", image)
        assert len("".join(alt)) > 40


def test_the_script_still_makes_them(tmp_path: Path) -> None:
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        # What a hosted machine lacks is no fault of ours; .ci/run installs it.
        if os.environ.get("CI") and not os.environ.get("GITHUB_ACTIONS"):
            pytest.fail("in CI the packages bring a browser")
        pytest.skip("there is no Chromium here: apt-get install chromium")

    pictures.main(tmp_path)

    check(tmp_path)

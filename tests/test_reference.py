"""The reference pages say what the program says."""

import pytest

from tests.reference import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_program_prints(name: str) -> None:
    kept = (DOCS / name).read_text(encoding="utf-8")

    assert PAGES[name]() == kept, "write it anew: python -m tests.reference"

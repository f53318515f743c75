"""Every source, every way in which it can answer, and the one verdict: never a false clean."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault_matrix import Cell, cells, homes, play, render

CELLS = cells()
MATRIX = Path(__file__).parents[1] / "docs" / "fault-matrix.md"
TEMPORARY = {"network", "timeout", "rate_limited", "server_error"}
# What else is asked of nobody's before a person's turn; asked with the shared faults only.
EARLIER = (
    ("hibp_breaches", "plan"),
    ("hibp_breaches", "negative"),
    ("hibp_pastes", "negative"),
    ("ahmia", "front"),
    ("xposedornot", "negative"),
    ("leakcheck", "negative"),
)


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[Path, dict[str, Path]]]:
    with homes() as prepared:
        yield prepared


@pytest.fixture
def templates(places: tuple[Path, dict[str, Path]]) -> dict[str, Path]:
    return places[1]


@pytest.fixture
def home(places: tuple[Path, dict[str, Path]]) -> Path:
    return places[0] / "home"


def has_the_form(cell: Cell) -> bool:
    """Say whether what is answered instead of Ahmia's front page has what is looked for there."""
    return cell.verdict in ("found", "clean") or cell.fault == "200 its answer twice"


def exit_code(verdict: str) -> int:
    if verdict in ("found", "clean"):
        return 0
    return 75 if verdict in TEMPORARY else 78 if verdict == "unauthorised" else 1


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.id)
def test_an_answer_has_exactly_its_verdict(
    templates: dict[str, Path], home: Path, cell: Cell
) -> None:
    seen = play(cell, "person", templates[cell.service.column], home)

    answered = cell.verdict in ("found", "clean")
    assert cell.verdict == seen.verdict
    assert (cell.verdict == "found") == bool(seen.findings)
    if seen.findings and cell.keys:
        assert set(cell.keys) == {finding["key"] for finding in seen.findings}
    assert len(seen.coverage["note"]) <= 200
    assert seen.coverage["note"].isprintable()
    assert (seen.coverage["last_answered_at"] is not None) == answered
    counts = seen.result.details
    assert counts["found"] == counts["new"] + counts["known"]
    assert 1 == counts["planned"] == counts["checks"] + counts["carried"]
    assert (answered, answered) == (counts["persons_checked"], counts["identifiers_checked"])
    assert exit_code(cell.verdict) == seen.result.exit_code
    assert ("success" if answered else "failed") == seen.result.status


@pytest.mark.parametrize(
    "cell", [c for c in CELLS if c.of_canary and not c.field], ids=lambda cell: cell.id
)
def test_a_canary_that_is_answered_so_lets_no_personal_request_out(
    templates: dict[str, Path], home: Path, cell: Cell
) -> None:
    seen = play(cell, "canary", templates[cell.service.column], home)

    assert cell.of_canary == seen.verdict
    assert [] == seen.personal
    assert [] == seen.disclosures
    assert [] == seen.findings
    assert "failed" == seen.result.status


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        pytest.param(cell, role, id=f"{role} of {cell.id}")
        for column, role in EARLIER
        for cell in CELLS
        if cell.common and cell.service.column == column
        if not (role == "front" and has_the_form(cell))
        if not (role == "negative" and cell.verdict == "clean")
    ],
)
def test_whatever_is_asked_before_lets_no_personal_request_out_either(
    templates: dict[str, Path], home: Path, cell: Cell, role: str
) -> None:
    seen = play(cell, role, templates[cell.service.column], home)

    answered = cell.verdict in ("found", "clean")
    assert ("source_changed" if answered else cell.verdict) == seen.verdict
    assert [] == seen.personal
    assert [] == seen.disclosures


@pytest.mark.parametrize(
    "cell",
    [c for c in CELLS if c.common and c.service.column == "hibp_breaches"],
    ids=lambda cell: cell.fault,
)
def test_a_catalogue_that_does_not_answer_takes_no_finding_away(
    templates: dict[str, Path], home: Path, cell: Cell
) -> None:
    seen = play(cell, "catalogue", templates["hibp_breaches"], home)

    (finding,) = seen.findings
    assert ("adobe", "Adobe", 2) == (finding["key"], finding["title"], finding["tier"])
    assert 1 == seen.result.details["undetailed"]


def test_no_two_cells_have_one_name() -> None:
    assert len(CELLS) == len({cell.id for cell in CELLS})


def test_the_matrix_in_the_docs_is_the_one_that_is_tested() -> None:
    expected = render((cell, cell.verdict) for cell in CELLS)

    assert expected == MATRIX.read_text("utf-8"), (
        "python -m tests.fault_matrix >docs/fault-matrix.md"
    )

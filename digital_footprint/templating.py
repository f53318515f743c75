"""Finds and fills the templates of every text that is generated here."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent


def render(name: str, **values: object) -> str:
    """Fill one template, such as `demo/config.toml.j2`; a value that is not given is an error."""
    return _environment().get_template(name).render(values)


def templates() -> Path:
    """Give the templates' directory: a wheel carries it inside the package, a checkout beside."""
    return next(
        place for place in (HERE / "templates", HERE.parent / "templates") if place.is_dir()
    )


@cache
def _environment() -> "jinja2.Environment":
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates()),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(("html.j2",)),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )

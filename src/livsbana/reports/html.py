"""One self-contained page: nothing is fetched, everything is escaped, and it reads without JavaScript."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel

import livsbana
from livsbana.reports import palette
from livsbana.reports.kinds import kind_of
from livsbana.reports.phrases import Language, phrase

TEMPLATES = Path(__file__).with_name("templates")


def render_html(document: BaseModel, language: Language = "en") -> str:
    """Write the report of a document as HTML.

    Parameters
    ----------
    document
        Of one of the kinds in :mod:`livsbana.reports.kinds`.
    language
        Of every word and number.
    """
    kind = kind_of(document)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("page.html.j2")
    return page.render(
        language=language,
        label=kind.label(document, language),
        finding=kind.finding(document, language),
        setting=kind.setting(document, language),
        sections=kind.sections(document, language),
        seed=kind.seed(document),
        version=livsbana.__version__,
        fills=sorted({*palette.OF_PAYER.values(), palette.DARK_GREY, palette.SILVER, "#8A8A8A"}),
        style=Markup(_style()),  # our own files, never a document's words
        script=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),
        colour=palette.colour,
        say=partial(_say, language),
    )


def _say(language: Language, key: str, **parts: object) -> str:
    """Give a phrase, for templates."""
    return phrase(key, language, **parts)


def _style() -> str:
    """Give the style sheet, with the colours and sizes of the palette."""
    sizes = {name: f"{size}rem" for name, size in palette.TYPE.items()}
    greys = {
        "dark-grey": palette.DARK_GREY,
        "silver": palette.SILVER,
        "light-grey": palette.LIGHT_GREY,
        "paper": palette.PAPER,
    }
    variables = ";".join(f"--{name}:{value}" for name, value in {**sizes, **greys}.items())
    return f":root{{{variables}}}\n" + (TEMPLATES / "report.css").read_text(encoding="utf-8")

"""What the commands about parameters print with ``--json``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

Kind = Literal["factor", "edge", "association", "unit_cost", "programme", "shrinkage", "number", "source", "place"]


class Answer(BaseModel):
    """Base of all answers."""


class Listed(Answer):
    """One declaration in a list: its id, what it is and where it stands."""

    id: str
    kind: Kind
    domain: str
    label: str
    where: str


class ParameterList(Answer):
    """Answer of ``parameters list``."""

    declarations: list[Listed]


class ProgrammeListed(Answer):
    """One programme in a list.

    ``cost_per_participant`` is SEK over all years and payers; ``effects`` are as published; ``status`` is that of
    the effect that is known least: unknown, assumption, to_verify or published.
    """

    id: str
    label: str
    domain: str
    where: str
    level: str
    ages: list[int]
    effects: list[str]
    cost_per_participant: float
    status: str


class ProgrammeList(Answer):
    """Answer of ``programmes list``; money in prices of ``price_year``."""

    price_year: int
    programmes: list[ProgrammeListed]


class Shown(Answer):
    """Answer of ``parameters show`` and ``programmes show``.

    ``declaration`` holds the keys of the file; ``sources`` the sources of its numbers; ``used_by`` the
    addresses of the numbers that rest on a source.
    """

    id: str
    kind: Kind
    where: str
    declaration: dict[str, Any]
    sources: dict[str, str]
    used_by: list[str]


class StatusShare(Answer):
    """How many numbers have a status."""

    count: int
    share: float


class ParameterCheck(Answer):
    """Answer of ``parameters check``: nothing is wrong, and this is what there is."""

    folder: str
    counts: dict[str, int]
    numbers: int
    uncertain: int
    status: dict[str, StatusShare]


SCHEMAS: dict[str, type[Answer]] = {
    "parameters_list": ParameterList,
    "programmes_list": ProgrammeList,
    "parameters_show": Shown,
    "parameters_check": ParameterCheck,
}

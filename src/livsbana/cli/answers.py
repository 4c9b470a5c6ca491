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
    """Answer of ``parameters list`` and ``programmes list``."""

    declarations: list[Listed]


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
    "parameters_show": Shown,
    "parameters_check": ParameterCheck,
}

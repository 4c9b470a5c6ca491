"""The library: everything in ``parameters/``, typed, cross-checked and addressable."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

import livsbana
from livsbana.errors import InputError
from livsbana.parameters.check import Declared, check
from livsbana.parameters.economy import Economy
from livsbana.parameters.origins import Origins
from livsbana.parameters.outcomes import OutcomesFile, PricedOutcome, PriceTerms, check_outcomes
from livsbana.parameters.places import SEXES, Places, load_places
from livsbana.parameters.reader import read_document, shown
from livsbana.parameters.schema import (
    Association,
    Declaration,
    Domain,
    Edge,
    Estimand,
    Factor,
    Number,
    OutOfRange,
    Programme,
    Shrinkage,
    UnitCost,
)
from livsbana.parameters.sources import Source, load_sources
from livsbana.parameters.tables import read_table
from livsbana.parameters.typed import typed

LIFE_TABLE_AGES = 101
NOT_DOMAINS = ("economy.yaml", "shrinkage.yaml", "outcomes.yaml")

Kind = TypeVar("Kind", bound=Declaration)
Whole = TypeVar("Whole", Economy, Shrinkage, OutcomesFile)


@dataclass(frozen=True)
class Library:
    """All parameters.

    ``life_table`` has shape [101 ages, 2 sexes (female, male)]: the probability to die within the
    year. ``address`` maps ``id(number)`` to a stable name such as ``unit_cost/hvb_day/cost``.
    """

    root: Path
    factors: dict[str, Factor]
    estimands: dict[str, Estimand]
    edges: tuple[Edge, ...]
    associations: tuple[Association, ...]
    unit_costs: dict[str, UnitCost]
    programmes: dict[str, Programme]
    economy: Economy
    shrinkage: dict[str, Number]
    outcomes: dict[str, PricedOutcome]
    price_terms: PriceTerms
    sources: dict[str, Source]
    places: Places
    life_table: NDArray[np.float64]
    domain_of: dict[str, str]
    origins: Origins
    out_of_range: dict[str, OutOfRange] = field(default_factory=dict)

    @property
    def address(self) -> dict[int, str]:
        """Map ``id(number)`` to the stable address of the number."""
        return self.origins.address

    @property
    def numbers(self) -> dict[str, Number]:
        """Map each address to its number."""
        return self.origins.numbers

    def line_of(self, address: str) -> str:
        """Give ``file:line`` of the number with this address."""
        return self.origins.line_of(address)


def parameters_folder(data: Path | None = None) -> Path:
    """Find the folder of the parameters.

    Parameters
    ----------
    data
        A folder of parameters or one that holds ``parameters``; None means what is shipped: inside
        the installed package, or at the top of a checkout.
    """
    if data is not None:
        return data / "parameters" if (data / "parameters").is_dir() else data
    package = Path(livsbana.__file__).resolve().parent
    shipped = package / "data" / "parameters"
    return shipped if shipped.is_dir() else package.parents[1] / "parameters"


def load_library(root: Path | None = None) -> Library:
    """Read, type and cross-check all parameters.

    Parameters
    ----------
    root
        See ``parameters_folder``.

    Raises
    ------
    InputError
        With ``file:line:column``, for the first few mistakes.
    """
    folder = parameters_folder(root)
    if not folder.is_dir():
        raise InputError("no such folder of parameters", shown(folder))
    origins = Origins()
    domains = [_domain(path, origins) for path in sorted(folder.glob("*.yaml")) if path.name not in NOT_DOMAINS]
    if not domains:
        raise InputError("the folder holds no parameter files (*.yaml)", shown(folder))
    shrinkage = _whole_file(Shrinkage, folder / "shrinkage.yaml", "", origins)
    priced = _whole_file(OutcomesFile, folder / "outcomes.yaml", "price", origins)
    library = Library(
        root=folder,
        factors=_unique(((f.id, f) for d in domains for f in d.factors), origins),
        estimands=_unique(((e.id, e) for d in domains for e in d.estimands), origins),
        edges=tuple(_unique(((edge_name(e), e) for d in domains for e in d.edges), origins).values()),
        associations=tuple(_unique(((a.id, a) for d in domains for a in d.associations), origins).values()),
        unit_costs=_unique(((u.id, u) for d in domains for u in d.unit_costs), origins),
        programmes=_unique(((p.id, p) for d in domains for p in d.programmes), origins),
        economy=_whole_file(Economy, folder / "economy.yaml", "economy", origins),
        shrinkage=shrinkage.shrinkage,
        outcomes=priced.by_id(),
        price_terms=priced.terms,
        sources=load_sources(folder / "sources.csv"),
        places=load_places(folder / "places"),
        life_table=load_life_table(folder / "life_table.csv"),
        domain_of={f.id: d.domain for d in domains for f in d.factors},
        origins=origins,
        out_of_range=_unique(((o.id, o) for d in domains for o in d.out_of_range), origins),
    )
    check_outcomes(priced, library.factors, library.sources, origins)
    check(_declared(library))
    return library


def _declared(library: Library) -> Declared:
    """Hand over what the cross-checks look at."""
    return Declared(
        factors=library.factors,
        estimands=library.estimands,
        edges=library.edges,
        associations=library.associations,
        unit_costs=library.unit_costs,
        programmes=library.programmes,
        shrinkage=library.shrinkage,
        sources=library.sources,
        economy=library.economy,
        indicators=library.places.indicators,
        origins=library.origins,
    )


def _domain(path: Path, origins: Origins) -> Domain:
    """Read one domain and remember where its declarations stand."""
    document = read_document(path)
    domain = typed(Domain, document)
    for part in ("factors", "estimands", "edges", "associations", "unit_costs", "programmes", "out_of_range"):
        for i, declaration in enumerate(getattr(domain, part)):
            origins.add(declaration, document, (part, i), _address(declaration))
    return domain


def _whole_file(model: type[Whole], path: Path, address: str, origins: Origins) -> Whole:
    """Read a file that holds one declaration."""
    document = read_document(path)
    declaration = typed(model, document)
    origins.add(declaration, document, (), address)
    return declaration


def _address(declaration: Factor | Estimand | Edge | Association | UnitCost | Programme | OutOfRange) -> str:
    """Give the stable name of a declaration."""
    match declaration:
        case Edge():
            return f"edge/{edge_name(declaration)}"
        case Estimand():
            return f"estimand/{declaration.id}"
        case Factor():
            return f"factor/{declaration.id}"
        case Association():
            return f"association/{declaration.id}"
        case UnitCost():
            return f"unit_cost/{declaration.id}"
        case Programme():
            return f"programme/{declaration.id}"
        case OutOfRange():
            return f"out_of_range/{declaration.id}"


def edge_name(edge: Edge) -> str:
    """Write an edge as ``from>to.acts_on@a-b``, with how it reads when that is not its own last year."""
    name = f"{edge.source_factor}>{edge.target_factor}.{edge.acts_on}@{edge.ages[0]}-{edge.ages[1]}"
    if edge.via == "cell":
        return f"{name}:cell"
    extra = {"at_age": f"_{edge.age}", "within_n_years": f"_{edge.years}"}.get(edge.reads, "")
    return name if edge.reads == "last_year" else f"{name}:{edge.reads}{extra}"


def _unique(named: Iterable[tuple[str, Kind]], origins: Origins) -> dict[str, Kind]:
    """Index declarations by name and note those that come twice."""
    index: dict[str, Kind] = {}
    for name, declaration in named:
        if name in index:
            message = f"`{name}` is declared twice, first at {origins.where(index[name])}; keep one of them"
            origins.problem(message, declaration)
        else:
            index[name] = declaration
    return index


def load_life_table(path: Path) -> NDArray[np.float64]:
    """Read the probability to die within the year.

    Returns
    -------
    float64[101 ages, 2 sexes]
        Sex 0 is female, 1 male.

    Raises
    ------
    InputError
        With ``file:line``, when a probability is wrong or an age is missing.
    """
    table = read_table(path, ("age", "sex", "qx", "year", "source"))
    rows = table.keyed("sex", "age")
    risks = np.zeros((LIFE_TABLE_AGES, len(SEXES)))
    for age, sex in itertools.product(range(LIFE_TABLE_AGES), SEXES):
        row = rows.pop(f"{sex} {age}", None)
        if row is None:
            raise InputError(f"no row for age {age}, sex {sex}", shown(path))
        risk = table.decimal(row, "qx")
        if not 0 < risk <= 1:
            raise table.error(row, f"column `qx`: a probability lies between 0 and 1, found {risk:g}")
        risks[age, SEXES.index(sex)] = risk
    for key, row in rows.items():
        raise table.error(row, f"unknown row `{key}`; wanted sex female or male and ages 0 to {LIFE_TABLE_AGES - 1}")
    return risks

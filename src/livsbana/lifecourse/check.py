"""Compare the fitted model with its evidence on persons that took no part in the fit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from livsbana.lifecourse.align import align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.compile import Fit, Value, compile_model
from livsbana.lifecourse.measure import Counted, LevelMeasure, allowed_miss, measures_of, score_of
from livsbana.lifecourse.simulate import no_programmes, simulate_cohort
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Remission
from livsbana.population.cohorts import Cohort

FRESH_COHORT = Cohort(birth_year=2010, start_age=0, size=1.0)
BATCHES = 16
LARGEST_MOVE = 0.2  # of a remission, before levels and flows are said not to go together


@dataclass(frozen=True)
class LevelResult:
    """One target or persistence: what was published, what the model gives, and whether that is near enough."""

    name: str
    use: str
    status: str
    source: str
    target: float
    simulated: float
    mc_error: float
    allowed: float

    @property
    def met(self) -> bool:
        """Within the largest of 4 Monte Carlo errors, 2 per cent, and half the published interval."""
        return abs(self.simulated - self.target) <= self.allowed

    @property
    def moved(self) -> float:
        """How far the model is from what was published, as a share of it."""
        return self.simulated / self.target - 1


@dataclass(frozen=True)
class AssociationResult:
    """One association on its score scale: published, simulated, and the miss in standard errors."""

    id: str
    use: str
    source: str
    measure: str
    published: float
    simulated: float
    spread: float
    mc_error: float

    @property
    def miss(self) -> float:
        """The miss in units of the published spread and the Monte Carlo error together."""
        return (self.simulated - self.published) / (self.spread**2 + self.mc_error**2) ** 0.5


@dataclass(frozen=True)
class Check:
    """All comparisons, and how many persons they rest on; ``flows`` are remissions, which give way to levels."""

    persons: int
    levels: tuple[LevelResult, ...]
    flows: tuple[LevelResult, ...]
    associations: tuple[AssociationResult, ...]

    def levels_for(self, use: str) -> list[LevelResult]:
        """Levels of one use: calibration, validation or report."""
        return [r for r in self.levels if r.use == use]

    @property
    def moved(self) -> list[LevelResult]:
        """Remissions that levels have moved by more than a fifth and more than chance, furthest first."""
        far = [r for r in self.flows if abs(r.moved) > LARGEST_MOVE and not r.met]
        return sorted(far, key=lambda r: -abs(r.moved))

    @property
    def conflicts(self) -> list[LevelResult]:
        """Calibration targets that the model does not meet."""
        return [r for r in self.levels_for("calibration") if not r.met]


def check_fit(library: Library, fit: Fit, value: Value, persons: int, seed: int, pool: ThreadPoolExecutor) -> Check:
    """Simulate a fresh cohort of the whole country and compare it with all targets and associations.

    Parameters
    ----------
    persons, seed : int
        Size and luck of the fresh cohort; the fit used a cohort and luck of its own.
    """
    measures = measures_of(library)
    model = compile_model(library, value, fit, measures.specs, everywhere=True)
    model, _ = align(model, library, value)
    birth = birth_tables(model, library, value, FRESH_COHORT, None, seed)
    counts = simulate_cohort(model, birth, FRESH_COHORT, persons, no_programmes(), 1, seed, pool, BATCHES)
    counted = Counted(model, counts.tally[0])
    levels, flows = ([_level(m, counted, value) for m in found] for found in (measures.levels, measures.flows))
    associations = []
    for m in measures.associations:
        a = m.association
        published, spread = score_of(a, value)
        simulated, error = counted.score(m)
        associations.append(
            AssociationResult(a.id, a.use, a.value.source, a.measure, published, simulated, spread, error)
        )
    return Check(persons, tuple(levels), tuple(flows), tuple(associations))


def _level(m: LevelMeasure, counted: Counted, value: Value) -> LevelResult:
    """Compare one level or flow."""
    number = m.target.value
    simulated, error = counted.level(m)
    use = "remission" if isinstance(m.target, Remission) else m.target.use
    allowed = allowed_miss(number, error)
    return LevelResult(m.name, use, number.status, number.source, value(number), simulated, error, allowed)

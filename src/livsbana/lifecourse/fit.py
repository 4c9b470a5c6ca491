"""Fit loadings to associations, trait multipliers to group levels and spell slopes to persistence.

Loadings start from the expert map and stay near it (ridge): single loadings are not identified, their
consequences are. Each round simulates the aligned calibration cohort, adds the residual to a bilinear
surrogate, ``log odds ratio = scale * loading_a' correlation loading_b + rest``, and solves again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from livsbana.lifecourse.align import align
from livsbana.lifecourse.compile import Fit, Row, compile_model, ordered_factors, rows_of
from livsbana.lifecourse.measure import AssociationMeasure, Counted, LevelMeasure, measures_of, score_of
from livsbana.lifecourse.targets import is_lifetime, logit
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Persistence, Remission, Target

ROUNDS, LEVEL_ROUNDS, FIT_PERSONS = 9, 8, 20_000
LARGEST_SLOPE, LARGEST_TRAIT = 2.5, 3.0
DEFINITION_SPREAD = 0.15  # of a log odds ratio: the words and the people of a study are not quite those of the model
Progress = Callable[[str], None]


@dataclass(frozen=True)
class _Pair:
    """An association between two rows that loadings can carry."""

    measure: AssociationMeasure
    first: int
    second: int
    goal: float
    spread: float


def central(number) -> float:
    """The central value of a number."""
    return number.value


def expert_fit(library: Library) -> Fit:
    """The expert map as it stands: the start of the fit."""
    return Fit(loadings={r.id: {k: n.value for k, n in _loads_on(r).items()} for r in _rows(library) if _loads_on(r)})


def fit_library(library: Library, persons: int = FIT_PERSONS, progress: Progress | None = None) -> Fit:
    """Fit a library to its associations, group targets and persistences at central values."""
    return _Fitter(library, persons, progress or (lambda _: None)).run()


def _rows(library: Library) -> list[Row]:
    return rows_of(ordered_factors(library))


def _loads_on(row: Row) -> dict:  # type: ignore[type-arg]
    return row.alternative.loads_on if row.alternative else row.factor.loads_on


class _Fitter:
    """The state of one fit."""

    def __init__(self, library: Library, persons: int, progress: Progress) -> None:
        self.library, self.persons, self.progress = library, persons, progress
        self.rows = _rows(library)
        self.names = [f.id for f in library.factors.values() if f.kind == "liability"]
        self.measures = measures_of(library)
        self.mean, self.prior_sd = self._prior()
        self.correlation = self._correlation()
        self.traits: dict[str, dict[str, float]] = {}
        self.slopes: dict[str, float] = {}
        self.pairs = self._pairs()

    def _prior(self) -> tuple[np.ndarray, np.ndarray]:
        """Expert map and its standard deviations, [rows, liabilities]; a row without a map stays at 0."""
        mean, sd = np.zeros((len(self.rows), len(self.names))), np.full((len(self.rows), len(self.names)), 1e-6)
        for k, row in enumerate(self.rows):
            for name, n in _loads_on(row).items():
                d = self.names.index(name)
                mean[k, d] = n.value
                if n.low is not None and n.high is not None:
                    sd[k, d] = max((n.high - n.low) / (3.92 if n.interval == "95" else 3.29), 1e-6)
        return mean, sd

    def _correlation(self) -> np.ndarray:
        matrix = np.eye(len(self.names))
        for f in self.library.factors.values():
            for other, r in f.correlates.items() if f.kind == "liability" else ():
                i, j = self.names.index(f.id), self.names.index(other)
                matrix[i, j] = matrix[j, i] = r.value
        return matrix

    def _pairs(self) -> list[_Pair]:
        index = {r.id: k for k, r in enumerate(self.rows)}
        pairs = []
        for m in self.measures.associations:
            source = m.exposed.partition("@")[0]
            if m.association.use == "fit" and "@" in m.exposed:
                pairs.append(_Pair(m, index[source], index[m.outcome.factor], *score_of(m.association, central)))
        return pairs

    # rounds -----------------------------------------------------------------

    def run(self) -> Fit:
        """Alternate simulation and solution; keep the round with the lowest cost."""
        loadings, best, best_cost = self.mean.copy(), None, np.inf
        scale, rest = 0.7, None
        for turn in range(ROUNDS):
            fit = self._as_fit(loadings)
            counted = self._simulate(fit)
            cost = self._cost(counted, loadings)
            self.progress(f"round {turn + 1} of {ROUNDS}: cost {cost:.1f}")
            if cost < best_cost:
                best, best_cost = fit, cost
            self._update_traits(counted, 0.7)
            self._update_slopes(counted)
            if turn >= 2:  # levels first, then associations
                scale, rest = self._residual(counted, loadings, scale, rest)
                loadings = self._solve(counted, loadings, scale)
        assert best is not None
        return self._levels_again(best)

    def _levels_again(self, best: Fit) -> Fit:
        """Let group levels and persistence settle on the chosen loadings."""
        self.traits = {k: dict(v) for k, v in best.traits.items()}
        self.slopes = dict(best.slopes)
        for turn in range(LEVEL_ROUNDS):
            counted = self._simulate(Fit(best.loadings, self.traits, self.slopes))
            self._update_traits(counted, 0.7)
            self._update_slopes(counted)
            self.progress(f"levels {turn + 1} of {LEVEL_ROUNDS}")
        return Fit(best.loadings, {k: dict(v) for k, v in self.traits.items()}, dict(self.slopes))

    def _as_fit(self, loadings: np.ndarray) -> Fit:
        named = {
            r.id: {name: float(x) for name, x in zip(self.names, loadings[k], strict=True) if x != 0.0}
            for k, r in enumerate(self.rows)
        }
        traits = {k: dict(v) for k, v in self.traits.items()}
        return Fit({k: v for k, v in named.items() if v}, traits, dict(self.slopes))

    def _simulate(self, fit: Fit) -> Counted:
        model = compile_model(self.library, central, fit, self.measures.specs, everywhere=True)
        aligned, counts = align(model, self.library, central, persons=self.persons)
        return Counted(aligned, counts.tally[0])

    def _cost(self, counted: Counted, loadings: np.ndarray) -> float:
        """Squared misses of associations, group levels and persistences, and of the map, in their own spreads."""
        cost = float((((loadings - self.mean) / self.prior_sd) ** 2).sum())
        for m in self.measures.associations:
            if m.association.use == "fit":
                goal, spread = score_of(m.association, central)
                x, error = counted.score(m)
                cost += min((x - goal) ** 2 / (spread**2 + error**2 + DEFINITION_SPREAD**2), 50.0)
        for m in self._fitted_levels():
            p, error = counted.level(m)
            goal = m.target.value.value
            allowed = max(0.02 * goal, error)
            cost += min(((p - goal) / allowed) ** 2, 50.0) / 4
        return cost

    def _fitted_levels(self) -> list[LevelMeasure]:
        return [
            m
            for m in self.measures.levels
            if not isinstance(m.target, Remission)
            and m.target.use == "calibration"
            and (_sets_spells(m) or _trait_groups(m))
        ]

    def _update_traits(self, counted: Counted, damping: float) -> None:
        """Move trait log odds ratios by the misses of their groups, in log odds."""
        moves: dict[tuple[str, str], list[float]] = {}
        for m in self._fitted_levels():
            if _sets_spells(m):
                continue
            miss = logit(m.target.value.value) - logit(counted.level(m)[0])
            for trait, level in _trait_groups(m):
                moves.setdefault((m.row.id, f"{trait}.{level}"), []).append(miss / len(_trait_groups(m)) ** 0.5)
        for m in self.measures.associations:
            if m.association.use == "fit" and "@" not in m.exposed:
                miss = score_of(m.association, central)[0] - counted.score(m)[0]
                moves.setdefault((m.outcome.factor, m.exposed), []).append(miss)
        for (row, level), misses in moves.items():
            old = self.traits.setdefault(row, {}).get(level, 0.0)
            step = damping * sum(misses) / len(misses)
            self.traits[row][level] = float(np.clip(old + step, -LARGEST_TRAIT, LARGEST_TRAIT))

    def _update_slopes(self, counted: Counted) -> None:
        """Move slopes of remission by the misses of persistence and of the share ever affected.

        Steeper slopes keep long spells longer, and so fewer people are ever affected at the same prevalence.
        """
        moves: dict[str, list[float]] = {}
        for m in self._fitted_levels():
            if m.row.factor.duration == 1 or not _sets_spells(m):
                continue
            miss = logit(m.target.value.value) - logit(counted.level(m)[0])
            moves.setdefault(m.row.factor.id, []).append(miss if isinstance(m.target, Persistence) else -miss)
        for name, misses in moves.items():
            step = 0.6 * sum(misses) / len(misses)
            self.slopes[name] = float(np.clip(self.slopes.get(name, 0.0) + step, -0.5, LARGEST_SLOPE))

    # surrogate ----------------------------------------------------------------

    def _gram(self, loadings: np.ndarray) -> np.ndarray:
        """What the loadings give each pair on the surrogate's scale."""
        return np.array([loadings[p.first] @ self.correlation @ loadings[p.second] for p in self.pairs])

    def _residual(self, counted: Counted, loadings: np.ndarray, scale: float, rest):
        """The scale of the surrogate, learnt once from two simulations; the simulated scores with their loadings."""
        now = np.array([counted.score(p.measure)[0] for p in self.pairs])
        gram = self._gram(loadings)
        if rest is not None:
            moved = gram - rest[1]
            if moved @ moved > 1e-6:
                scale = float(np.clip(moved @ (now - rest[0]) / (moved @ moved), 0.3, 1.5))
        return scale, (now, gram)

    def _solve(self, counted: Counted, loadings: np.ndarray, scale: float) -> np.ndarray:
        """Loadings that minimise the surrogate's misses and the distance from the map."""
        now = np.array([counted.score(p.measure) for p in self.pairs])
        goal = np.array([p.goal for p in self.pairs])
        spread = np.array([p.spread for p in self.pairs])
        weight = 1 / np.sqrt(spread**2 + now[:, 1] ** 2 + DEFINITION_SPREAD**2)
        gram = self._gram(loadings)
        free = self.prior_sd > 1e-5

        def unpack(x: np.ndarray) -> np.ndarray:
            full = self.mean.copy()
            full[free] = x
            return full

        def miss(x: np.ndarray) -> np.ndarray:
            full = unpack(x)
            data = (now[:, 0] + scale * (self._gram(full) - gram) - goal) * weight
            return np.concatenate([data, ((full - self.mean) / self.prior_sd)[free]])

        solved = least_squares(miss, loadings[free], loss="soft_l1", max_nfev=30).x
        return unpack(0.5 * loadings[free] + 0.5 * solved)


def _sets_spells(m: LevelMeasure) -> bool:
    """Whether the length of spells meets this measure."""
    return isinstance(m.target, Persistence) or (isinstance(m.target, Target) and is_lifetime(m.row, m.target))


def _trait_groups(m: LevelMeasure) -> list[tuple[str, str]]:
    """Traits of a target's group other than sex, whose level is solved by the intercepts."""
    return [(k, v) for k, v in getattr(m.target, "where", {}).items() if k != "sex"]

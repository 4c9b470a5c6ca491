"""What one has to believe for each payer to break even: causal effects, programme effects, marginal shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import log, prod, sqrt
from statistics import NormalDist, median

import numpy as np

from livsbana.ledger.payers import payers_of
from livsbana.parameters.schema import Number
from livsbana.population.cohorts import Cohort, share_persons
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.document import PUBLIC, Belief, BreakEvenBelief
from livsbana.runs.evaluate import Prepared, evaluate, prepare, price
from livsbana.runs.money import Flows
from livsbana.runs.plan import Plan
from livsbana.uncertainty.draws import COMMON, DOMAIN, HALF_WIDTH, Draw, central
from livsbana.valuation.belief import break_even_marginal, break_even_root

CAUSAL = (0.0, 0.5, 1.0, 2.0)
OTHER_CAUSAL = tuple(x for x in CAUSAL if x != 1)
EFFECT = (0.5, 1.0, 2.0, 4.0)
PERSONS, COHORTS, CALIBRATION, PRIOR_DRAWS = 8_000, 6, 4_000, 100
STANDARD = NormalDist()


def beliefs(plan: Plan, main: Answer, pool: ThreadPoolExecutor, tick: Callable[[], None]) -> dict[str, BreakEvenBelief]:
    """Roots and priors for every payer and for public as a whole.

    The nets at other multipliers come from fewer persons of some of the cohorts, the same at all multipliers, so
    that the root does not carry their luck twice.
    """
    cohorts = some_cohorts(plan.cohorts)
    persons = share_persons(cohorts, min(PERSONS, sum(plan.persons)))
    small = replace(plan, cohorts=tuple(cohorts), persons=tuple(persons), batches=1)

    prices = price(small, central)

    def nets(asked: tuple[Prepared, float]) -> Answer:
        found = evaluate(small, central, asked[0], prices, pool, asked[1], details=False)
        tick()
        return answer_of(small, [found], [central])

    believed = prepare(small, central, persons=CALIBRATION)
    others = pool.map(lambda x: prepare(small, central, x, persons=CALIBRATION, goals=believed.goals), OTHER_CAUSAL)
    at = {1.0: believed, **dict(zip(OTHER_CAUSAL, others, strict=True))}
    causal = [nets((at[x], 1.0)) for x in CAUSAL]
    effect = [causal[CAUSAL.index(1.0)] if x == 1 else nets((believed, x)) for x in EFFECT]
    names = [*(n for n in payers_of(plan.library).levels if not n.startswith("state/")), PUBLIC]
    priors = causal_prior(plan), effect_prior(plan)
    return {name: _belief(name, main, causal, effect, priors) for name in names}


def some_cohorts(cohorts: Sequence[Cohort]) -> list[Cohort]:
    """Every n-th cohort, at most ``COHORTS`` and the first among them, scaled up to the size of all."""
    chosen = list(cohorts[:: -(-len(cohorts) // COHORTS)])
    scale = sum(c.size for c in cohorts) / sum(c.size for c in chosen)
    return [replace(c, size=c.size * scale) for c in chosen]


def _belief(
    name: str,
    main: Answer,
    causal: Sequence[Answer],
    effect: Sequence[Answer],
    priors: tuple[tuple[float, float], tuple[float, float]],
) -> BreakEvenBelief:
    def net(f: Flows) -> np.ndarray:
        return f.avoided - f.cost

    cost = main.present(lambda f: f.cost, name)[0]
    average = main.present(lambda f: f.average, name)[0]
    causal_root = effect_root = marginal_root = None
    if cost > 0:  # who pays nothing has nothing to earn back, and a root would be luck
        # The small cohort tells how the net moves; the run itself tells where it is.
        shift = main.present(net, name)[0] - causal[CAUSAL.index(1.0)].present(net, name)[0]
        causal_root = break_even_root(CAUSAL, [a.present(net, name)[0] + shift for a in causal])
        nets = [-cost, *(a.present(net, name)[0] + shift for a in effect)]  # without effect only the cost is left
        effect_root = break_even_root((0.0, *EFFECT), nets)
        share = break_even_marginal(average, cost)
        marginal_root = share if share is not None and share <= 1 else None
    return BreakEvenBelief(
        causal_multiplier=_normal_belief(causal_root, *priors[0]),
        effect_multiplier=_normal_belief(effect_root, *priors[1]),
        marginal_share=_marginal(marginal_root, main, name),
    )


def _normal_belief(root: float | None, mean: float, sd: float) -> Belief:
    """A root and a normal prior of the multiplier."""
    above = None if root is None or sd == 0 else 1 - NormalDist(mean, sd).cdf(root)
    width = STANDARD.inv_cdf(0.95) * sd
    return Belief(root=root, prior_mean=mean, prior_low=mean - width, prior_high=mean + width, probability_above=above)


def _marginal(root: float | None, main: Answer, name: str) -> Belief:
    """The share of average cost that must vary with volume; the prior is what the draws gave."""
    shares = []
    for k in main.drawn if len(main.flows) > 1 else ():
        average = main.present(lambda f: f.average, name)[k]
        if average > 0:
            shares.append(main.present(lambda f: f.avoided, name)[k] / average)
    if not shares:
        return Belief(root=root, prior_mean=None, prior_low=None, prior_high=None, probability_above=None)
    low, high = map(float, np.percentile(shares, [5, 95]))
    above = None if root is None else float(np.mean(np.array(shares) > root))
    return Belief(root=root, prior_mean=float(np.mean(shares)), prior_low=low, prior_high=high, probability_above=above)


def causal_prior(plan: Plan) -> tuple[float, float]:
    """Mean and spread of a common multiplier of all log causal odds ratios.

    The spread is the median edge's relative spread times the part of judgement that all share.
    """
    relative = []
    for e in plan.library.edges:
        n = e.causal
        if n.low and n.high and abs(log(n.value)) > 0.05:
            relative.append(log(n.high / n.low) / (2 * HALF_WIDTH[n.interval]) / abs(log(n.value)))
    return 1.0, sqrt(COMMON + DOMAIN) * median(relative) if relative else 0.0


def effect_prior(plan: Plan) -> tuple[float, float]:
    """Mean and spread of the drawn effects (with their shrinkage) relative to the central ones, over programmes."""
    samples = []
    for k in range(PRIOR_DRAWS):
        draw = Draw(plan.library, plan.seed, k)
        ratios = [r for offer in plan.arms[0] if (r := _effect_ratio(plan, offer.programme, draw)) is not None]
        if ratios:
            samples.append(float(np.mean(ratios)))
    return (float(np.mean(samples)), float(np.std(samples))) if samples else (1.0, 0.0)


def _effect_ratio(plan: Plan, programme, draw: Callable[[Number], float]) -> float | None:
    """Drawn over central effect of a programme's first effect that is not a null result."""
    for effect in programme.effects:
        n = effect.value
        if n is None or _size(effect.measure, n.value) == 0:
            continue
        shrink = prod(draw(s) / s.value for s in (plan.library.shrinkage[name] for name in programme.shrink))
        return _size(effect.measure, draw(n)) / _size(effect.measure, n.value) * shrink
    return None


def _size(measure: str | None, x: float) -> float:
    """An effect on the scale on which it is multiplied."""
    return log(x) if measure in ("OR", "RR", "HR") else x

"""Effects that nobody has measured: the ratio at which the programme breaks even, at central values.

The package is simulated with the effect at some ratios, and without the programme. What the programme adds is 0 at
the break-even ratio, found between two of those tried; every other effect stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from livsbana.interventions.offers import Offer
from livsbana.ledger.payers import payers_of
from livsbana.ledger.prices import PriceTable
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Effect, Number
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.document import PUBLIC, SOCIETY, BreakEvenEffect
from livsbana.runs.evaluate import Evaluation, Prepared, evaluate
from livsbana.runs.plan import Plan
from livsbana.uncertainty.draws import central
from livsbana.valuation.belief import break_even_ratio

RATIOS = (1.0, 0.9, 0.75, 0.5, 0.25)  # turned over where more is better

Key = tuple[str, int]


def break_even_effects(
    plan: Plan, prepared: Prepared, prices: Sequence[PriceTable], pool: ThreadPoolExecutor | None
) -> dict[Key, BreakEvenEffect]:
    """Break-even ratios of all unknown effects of the package, by programme id and place among its effects."""
    return {
        (offer.programme.id, e): _break_even(plan, prepared, prices, pool, offer, e)
        for offer in plan.arms[0]
        for e, effect in enumerate(offer.programme.effects)
        if effect.unknown
    }


def questions(plan: Plan) -> int:
    """Number of unknown effects in the package."""
    return sum(effect.unknown for offer in plan.arms[0] for effect in offer.programme.effects)


def _break_even(
    plan: Plan,
    prepared: Prepared,
    prices: Sequence[PriceTable],
    pool: ThreadPoolExecutor | None,
    offer: Offer,
    e: int,
) -> BreakEvenEffect:
    effect = offer.programme.effects[e]
    ratios = [r if _lower_is_better(plan.library, effect) else 1 / r for r in RATIOS]
    others = tuple(o for o in plan.arms[0] if o is not offer)
    tried = [_with(offer, e, ratio) for ratio in ratios]
    reached = prepared.reached | dict.fromkeys(tried, prepared.reached[offer])
    arms = (others, *(tuple(t if o is offer else o for o in plan.arms[0]) for t in tried))
    asked = replace(plan, arms=arms)
    flows = evaluate(asked, central, replace(prepared, reached=reached), prices, pool, details=False).flows
    answers = [answer_of(asked, [Evaluation((f,), {}, 0)], [central]) for f in flows]

    def root(name: str) -> float | None:
        nets = [a.present(lambda f: f.avoided - f.cost, name)[0] for a in answers]
        return break_even_ratio(ratios, [net - nets[0] for net in nets[1:]])

    levels = [n for n in payers_of(plan.library).levels if not n.startswith("state/")]
    paying = [n for n in levels if _pays(answers[1], n)]
    return BreakEvenEffect(
        measure="OR" if effect.measure == "OR" else "RR",
        strongest=ratios[-1],
        public=root(PUBLIC),
        society=root(SOCIETY),
        payers={name: root(name) for name in paying},
    )


def _lower_is_better(library: Library, effect: Effect) -> bool:
    """Whether less of the factor, or of the value of a category, is good for people."""
    name, _, value = effect.on.partition(".")
    factor = library.factors[name]
    part = next((a for a in factor.alternatives if a.id == value), factor)
    return part.better == "lower"


def _with(offer: Offer, e: int, ratio: float) -> Offer:
    """The same offer with one effect known."""
    effect = offer.programme.effects[e]
    value = Number(value=ratio, unit=str(effect.measure), source="judgement", status="assumption", why="tried")
    effects = list(offer.programme.effects)
    effects[e] = effect.model_copy(update={"value": value, "unknown": False})
    return replace(offer, programme=offer.programme.model_copy(update={"effects": effects}))


def _pays(answer: Answer, name: str) -> bool:
    """Whether a payer spends anything on the package."""
    return answer.present(lambda f: f.cost, name)[0] > 0

"""Whether to price an outcome alone, why, and where the answer cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from livsbana.parameters.outcomes import PricedOutcome
from livsbana.pricing.document import Verdict
from livsbana.pricing.outcome_value import CLEAR_ERRORS, why_undefined
from livsbana.pricing.terms import Corridor
from livsbana.runs.document import Evidence
from livsbana.runs.plan import Plan

FEW_FLIPS = 100
STALE_FIT = "The stored fit was made from other parameters; run `livsbana calibrate`."


@dataclass(frozen=True)
class Judgement:
    """Whether to price the outcome alone, and why."""

    verdict: Verdict
    reasons: list[str]


def judge(corridor: Corridor) -> Judgement:
    """Compare floor and ceiling for an observed outcome."""
    floor, ceiling = corridor.floor.per_observed, corridor.ceiling.per_observed
    values = corridor.values
    if floor is None:
        return Judgement("do_not_price_alone", ["No participant achieves the outcome: nothing would ever be paid."])
    if ceiling is None:
        why = why_undefined(values, "do") or "No value can be computed."
        if values.found[0].flips > 0:
            return Judgement("unknown", [why])
        return Judgement("do_not_price_alone", [f"{why} The outcome then has no value that the package creates."])
    gap, error = ceiling.mean - floor.mean, hypot(floor.mc_error, ceiling.mc_error)
    reasons = _why_low(corridor)
    if abs(gap) <= CLEAR_ERRORS * error:
        return Judgement(
            "unknown", ["Floor and ceiling cannot be told apart by simulation; raise --persons.", *reasons]
        )
    if gap < 0:
        share = ceiling.mean / floor.mean if floor.mean > 0 else 0.0
        first = f"The most that it is worth covers {share:.0%} of what delivery costs."
        return Judgement("do_not_price_alone", [first, *reasons])
    return Judgement("price", ["Any price between floor and ceiling leaves both sides whole on average.", *reasons])


def _why_low(corridor: Corridor) -> list[str]:
    """What holds the ceiling down."""
    found = []
    observed = corridor.observed_ceilings
    if corridor.caused_part < 0.5:
        found.append(
            f"{1 - corridor.caused_part:.1%} of the observed outcomes would have come without the package, so the "
            f"price of an observed outcome is {corridor.caused_part:.1%} of that of a caused one."
        )
    if observed is not None and observed.binds:
        found.append("The state's share is cut by its cap on the constellation's costs.")
    iv = why_undefined(corridor.values, "iv")
    if iv is not None:
        found.append(iv)
    return found


def cautions(
    corridor: Corridor, plan: Plan, outcome: PricedOutcome, evidence: Evidence, fit_is_current: bool
) -> list[str]:
    """Where the answer cannot be used."""
    found = [] if fit_is_current else [STALE_FIT]
    flips = corridor.values.found[0].flips
    if flips < FEW_FLIPS:
        found.append(
            f"The package flips {flips} of {sum(plan.persons):,} simulated persons: values that rest on them are "
            "uncertain by more than their simulation error shows; raise --persons."
        )
    if corridor.values.count(worse=1).mean > 0:
        found.append(
            "Some are flipped for the worse, through peers or moves; a price for flips alone does not see them."
        )
    found.append(
        "The naive contrast is wrong as a price: those who achieve differ in family, ability and health from those "
        "who fail, and would have cost less anyway."
    )
    if outcome.indicator.status != "published":
        found.append(f"The indicator is not verified: {outcome.indicator.why}.")
    found.append(
        f"{evidence.assumption:.0%} of the numbers used are assumptions and {evidence.to_verify:.0%} are still to be "
        "verified; no Swedish price has been paid by which the model could be checked."
    )
    if len(corridor.values.found) == 1:
        found.append(
            "Central values only: the floor holds the luck of few persons, not what we do not know; add --draws."
        )
    return found

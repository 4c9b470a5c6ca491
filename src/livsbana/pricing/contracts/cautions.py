"""What would mislead a reader of one contract's numbers, found from the contract itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livsbana.pricing.contracts.document import PartyResult, TermResult
from livsbana.pricing.contracts.outcomes import Outcome
from livsbana.pricing.contracts.read import Contract
from livsbana.pricing.contracts.terms import AnyTerm, OutcomeTerm, RateCard, Threshold

COIN, RISKY = (0.35, 0.65), 0.2
NAMED = 2
DEADWEIGHT = (
    "{names} counts every observed outcome, also those that would have come anyway: {share} of the most that it can "
    "pay is paid when the programme does nothing."
)
COIN_FLIP = (
    "{names} pays from a threshold near the expected effect: a coin flip ({share}) whatever the number of persons. "
    "Linear or banded pay lessens it."
)
MISSES = "{names} pays nothing in {share} of worlds in which the programme works as stated."
PAYS_FOR_NOTHING = "{names} pays something in {share} of worlds in which the programme does nothing."
BEFORE = "{names} is compared with the same persons before: regression to the mean, or a trend, is paid as effect."
BEFORE_WITH_TREND = (
    "{names} is compared with the same persons before and a foreseen trend: regression to the mean, or a trend that "
    "turns, is paid as effect."
)
TARGET = "{names} is set against a stated level: if that is wrong, more persons only make the error surer."
MATCHED = "{names}: the comparison group is taken to be fair, for no bias is stated; matched groups seldom are."


def cautions(
    contract: Contract,
    terms: Mapping[str, TermResult],
    parties: Mapping[str, PartyResult],
    engine: Mapping[str, list[tuple[float, float, float]]],
) -> list[str]:
    """Sentences for a reader, the most important first."""
    found = _of_terms(contract, terms) + _of_outcomes(contract.file.outcomes)
    unknown = [p.label.en for p in parties.values() if p.follows_rule is None]
    if unknown:
        names = ", ".join(unknown)
        found.append(f"The file does not say what the outcome is worth to: {names}. Whether they gain cannot be told.")
    ends = [*(c.share for c in contract.file.costs), *(w.value for w in contract.file.worths)]
    if any(number.status == "assumption" for number in ends):
        found.append(
            "Whether a party gains, and so whether the rule holds, rests on costs and worths that are assumed."
        )
    found += [_simulated(name, draws) for name, draws in engine.items()]
    numbers = contract.numbers()
    guessed = sum(n.status == "assumption" for n in numbers)
    found.append(f"{guessed} of the file's {len(numbers)} numbers are assumptions: exchange them for your own.")
    found.append("Amounts are undiscounted and in the contract's own currency. Evaluation and set-up are not costed.")
    return found


def _of_terms(contract: Contract, terms: Mapping[str, TermResult]) -> list[str]:
    """What terms do that their wording does not say."""
    said: dict[str, list[tuple[str, float]]] = {}
    replaced = {
        name for t in contract.file.terms if isinstance(t, OutcomeTerm) and t.unless_paid for name in t.unless_paid
    }
    for term in contract.file.terms:
        alternative = term.term in replaced or (isinstance(term, OutcomeTerm) and bool(term.unless_paid))
        for words, share in _of_term(term, terms[term.term]):
            if alternative and words in (MISSES, COIN_FLIP):
                continue  # what it does not pay another term may
            said.setdefault(words, []).append((term.label.en, share))
    return [
        words.format(names=_names([n for n, _ in who]), share=_range([s for _, s in who]))
        for words, who in said.items()
    ]


def _of_term(term: AnyTerm, result: TermResult) -> list[tuple[str, float]]:
    """Sentences with places for names and a share, and the share of this term."""
    wrong, missed = result.pays_without_effect, result.unpaid_with_effect
    if wrong is None or missed is None:
        return []
    if isinstance(term, RateCard) and term.counts == "observed":
        return [(DEADWEIGHT, result.share_without_effect or 0.0)]
    found: list[tuple[str, float]] = []
    if isinstance(term, OutcomeTerm) and isinstance(term.achievement, Threshold) and COIN[0] < missed < COIN[1]:
        found.append((COIN_FLIP, 1 - missed))
    elif missed > RISKY:
        found.append((MISSES, missed))
    if wrong > RISKY:
        found.append((PAYS_FOR_NOTHING, wrong))
    return found


def _of_outcomes(outcomes: Sequence[Outcome]) -> list[str]:
    """What comparisons cannot see."""
    said: dict[str, list[str]] = {}
    for outcome in outcomes:
        words = _blindness(outcome)
        if words:
            said.setdefault(words, []).append(outcome.label.en)
    return [words.format(names=_names(names)) for words, names in said.items()]


def _blindness(outcome: Outcome) -> str:
    """What the comparison of one outcome cannot see."""
    comparator = outcome.comparator
    if comparator is None:
        return ""
    if comparator.kind == "before":
        return BEFORE_WITH_TREND if comparator.trend else BEFORE
    if comparator.kind == "target":
        return TARGET
    return MATCHED if comparator.kind == "group" and not comparator.randomised and comparator.bias is None else ""


def _names(names: Sequence[str]) -> str:
    """Name a few things, or the first and how many more."""
    quoted = [f"“{name}”" for name in names]
    if len(quoted) > NAMED:
        return f"{quoted[0]} and {len(quoted) - 1} more like it"
    return " and ".join(quoted)


def _range(shares: Sequence[float]) -> str:
    """A share, or the span of several."""
    low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
    return low if low == high else f"{low}–{high}"


def _simulated(name: str, draws: list[tuple[float, float, float]]) -> str:
    """Where a simulated outcome comes from."""
    level, effect, persons = draws[0]
    spread = "no draws: the effect is taken as certain" if len(draws) == 1 else f"{len(draws) - 1} draws"
    return (
        f"“{name}” comes from the simulation: level {level:.3f}, caused improvement {effect:.4f}, on {persons:,.0f} "
        f"simulated participants ({spread}); fewer than some thousands leave Monte Carlo noise in it."
    )

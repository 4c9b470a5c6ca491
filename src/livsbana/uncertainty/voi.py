"""Value of information: what it is worth to know something exactly before choosing.

EVPI = E[max over options of net] − max over options of E[net]. EVPPI of one group is the same with the expected
net given the group, found by regression of each option's net on Hermite polynomials of the group's score (degree
``DEGREE``). The scores are independent, so the rest of the variance averages out; what the largest of
the groups would be by chance is measured by shuffling the draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from livsbana.uncertainty.luck import stream
from livsbana.uncertainty.voi_document import Choice, Wait, Worth

Floats = NDArray[np.float64]
DEGREE, RESAMPLES, SHUFFLES, FLOOR = 3, 100, 100, 95
DO_NOT_FUND, FUND = "do_not_fund", "fund"


def evpi(nets: Floats) -> float:
    """Expected value of perfect information; ``nets[draw, option]``."""
    return max(float(nets.max(axis=1).mean() - nets.mean(axis=0).max()), 0.0)


def basis_of(score: Floats) -> Floats:
    """Orthonormal basis of the polynomials of a score, float64[draw, degree + 1]."""
    return np.linalg.qr(np.polynomial.hermite_e.hermevander(score, DEGREE))[0]


def expected_given(nets: Floats, score: Floats) -> Floats:
    """Expected net of each option given a standard normal score, by regression; float64[draw, option]."""
    basis = basis_of(score)
    return basis @ (basis.T @ nets)


def evppi(nets: Floats, score: Floats) -> float:
    """Expected value of knowing one score exactly."""
    return evpi(expected_given(nets, score))


def standard_error(nets: Floats, score: Floats, luck: np.random.Generator) -> float:
    """Spread of EVPPI over resampled draws."""
    rows = [luck.integers(len(score), size=len(score)) for _ in range(RESAMPLES)]
    return float(np.std([evppi(nets[r], score[r]) for r in rows], ddof=1))


def chance_floor(nets: Floats, scores: Floats, luck: np.random.Generator) -> float:
    """What the largest EVPPI of all groups stays below in 95 of 100 shuffles of the draws.

    After a shuffle nothing is to be known. The largest, because it is the one that a reader looks at.
    """
    bases = [basis_of(score) for score in scores.T]
    largest = []
    for _ in range(SHUFFLES):
        shuffled = nets[luck.permutation(len(nets))]
        largest.append(max(evpi(basis @ (basis.T @ shuffled)) for basis in bases))
    return float(np.percentile(largest, FLOOR))


def choice_of(options: Mapping[str, Floats], scores: Floats, groups: Sequence[str], luck: float, seed: int) -> Choice:
    """A choice between options.

    Parameters
    ----------
    options
        Net of each option by draw.
    scores
        float64[draw, group].
    luck
        Share of the variance of the nets that is luck of the simulation, which no study removes: for EVPI, nets
        are drawn towards their mean by it, and no group is worth more than EVPI.
    """
    names, nets = list(options), np.stack(list(options.values()), axis=1)
    means = nets.mean(axis=0)
    sure = means + (nets - means) * np.sqrt(1.0 - min(luck, 1.0))
    best, luck_of = int(means.argmax()), stream(seed, f"voi/{'/'.join(names)}")
    most, floor = evpi(sure), chance_floor(nets, scores, luck_of)
    return Choice(
        options={name: float(x) for name, x in zip(names, means, strict=True)},
        best=names[best],
        chance_best=float((sure.argmax(axis=1) == best).mean()),
        evpi=most,
        groups={
            g: Worth(
                evppi=min(evppi(nets, scores[:, k]), most),
                standard_error=standard_error(nets, scores[:, k], luck_of),
                floor=floor,
            )
            for k, g in enumerate(groups)
        },
    )


def fund_or_not(net: Floats) -> dict[str, Floats]:
    """The plain options of one payer."""
    return {DO_NOT_FUND: np.zeros_like(net), FUND: net}


def state_options(state: Floats, public: Floats, cost: Floats, others_cost: Floats) -> dict[str, Floats]:
    """What the state can do for a programme that others would not pay for alone.

    With a fixed fee the state pays the other public payers what the programme costs them. With an outcome
    contract it pays them what all public budgets avoid, at least nothing and at most that cost: outcomes are
    taken as measured without error at the end, which no contract does (``livsbana contract`` has windows and
    samples). Whether the others then take part is not asked.

    Parameters
    ----------
    state, public
        Net of the state and of all public payers by draw.
    cost, others_cost
        Programme cost of all public payers, and of those other than the state.
    """
    avoided = public + cost
    return {
        DO_NOT_FUND: np.zeros_like(state),
        "fixed_fee": state - others_cost,
        "outcome_contract": state - np.clip(avoided, 0.0, np.maximum(others_cost, 0.0)),
    }


def wait_for(choice: Choice, years: float, rate: float) -> Wait:
    """Waiting for a study of the group that is worth most, against the best choice now."""
    now = choice.options[choice.best]
    group = max(choice.groups, key=lambda g: choice.groups[g].evppi - choice.groups[g].floor)
    found = choice.groups[group]
    gain = found.evppi if found.evppi > found.floor else 0.0
    value = (now + gain) / (1.0 + rate) ** years
    return Wait(years=years, group=group, value=value, now=now, worth_waiting=value > now)


def decisions_served(size: float, newborn: float, population: float, years: int, rate: float) -> float:
    """How many decisions like this one a study serves: all people now, then each year's newborn, discounted."""
    later = sum((1.0 + rate) ** -t for t in range(1, years))
    return population / size * (1.0 + newborn / size * later)

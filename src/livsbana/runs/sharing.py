"""Wrong pockets: how those who gain could share the bill so that nobody loses, or that no split can do that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from livsbana.runs.answer import Answer
from livsbana.runs.document import CostSharing, PartyShare
from livsbana.valuation.wrong_pocket import largest_shares, split_cost

PARTIES = ("municipality/home", "region/home", "state")
BAD_LUCK = 0.2
Array = np.ndarray


@dataclass(frozen=True)
class Budgets:
    """Discounted cost and avoided cost of the parties, SEK[draw, party, year], from ``years[0]`` on."""

    cost: Array
    avoided: Array
    years: Sequence[int]
    mandate_years: int
    mc_error: float


def cost_sharing(budgets: Budgets) -> list[CostSharing]:
    """Split the bill within the first mandate and over the whole horizon; nothing where the parties pay nothing."""
    mandate = budgets.mandate_years
    periods: tuple[tuple[Literal["mandate", "horizon"], int], ...] = (
        ("mandate", mandate),
        ("horizon", len(budgets.years)),
    )
    return [found for name, years in periods if (found := _share(budgets, name, years)) is not None]


def _share(budgets: Budgets, period: Literal["mandate", "horizon"], years: int) -> CostSharing | None:
    """Split the bill of the first ``years`` years."""
    cost, avoided = (flow[..., :years].sum(axis=-1) for flow in (budgets.cost, budgets.avoided))
    if not (cost.sum(axis=1) > 0).all():
        return None
    average, both = largest_shares(cost, avoided), largest_shares(cost, avoided, BAD_LUCK)
    on_average, always = split_cost(average), split_cost(both)
    drawn = len(cost) > 1
    surely = drawn and always is not None
    shares, limits = (always, both) if surely or (drawn and on_average is None) else (on_average, average)
    joint = float((avoided - cost).sum(axis=1).mean())
    return CostSharing(
        period=period,
        first_year=budgets.years[0],
        last_year=budgets.years[0] + years - 1,
        bill=float(cost.sum(axis=1).mean()),
        holds=None if shares is None else "mean_and_p20" if surely else "mean",
        missing=max(0.0, -joint) if shares is None else 0.0,
        joint_net=joint,
        mc_error=budgets.mc_error,
        parties=_parties(cost, avoided, limits, shares),
    )


def _parties(cost: Array, avoided: Array, limits: Array, shares: Array | None) -> dict[str, PartyShare]:
    """What each party pays today, could carry and is to pay."""
    bills, found = cost.sum(axis=1), {}
    bill = float(bills.mean())
    for k, name in enumerate(PARTIES):
        today = float(cost[:, k].mean())
        share = None if shares is None else float(shares[k])
        nets = avoided[:, k] - (cost[:, k] if share is None else share * bills)
        found[name] = PartyShare(
            pays_today=today,
            can_carry=float(limits[k]) * bill,
            share=share,
            pays=None if share is None else share * bill,
            owes=None if share is None else share * bill - today,
            net=float(nets.mean()),
            net_p20=float(np.quantile(nets, BAD_LUCK, method="lower")) if len(nets) > 1 else None,
        )
    return found


def budgets_of(answer: Answer) -> Budgets:
    """The parties' discounted budgets in every draw of a run."""

    def flow(line: Literal["cost", "avoided"]) -> Array:
        return np.array(
            [
                [answer.weights(k)[name] @ getattr(answer.flows[k], line) * answer.factors(k) for name in PARTIES]
                for k in answer.drawn
            ]
        )

    error = float(np.sqrt(sum(answer.mc_error(name, avoided=1, cost=-1) ** 2 for name in PARTIES)))
    plan = answer.plan
    return Budgets(flow("cost"), flow("avoided"), plan.years, plan.library.economy.mandate_years, error)

"""Invented answers of runs: consistent with themselves and true of nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Literal

from livsbana.runs.document import (
    Account,
    Belief,
    BreakEvenBelief,
    BudgetRow,
    CostSharing,
    EffectGap,
    Evidence,
    GroupResult,
    Manifest,
    Money,
    MunicipalTax,
    Mvpf,
    Outcome,
    PartyShare,
    PayerAccounts,
    PerParticipant,
    Place,
    ProgrammeResult,
    RunDocument,
    Text,
    Timing,
    UsedNumber,
    YearRow,
)

START, YEARS, RATE, POPULATION = 2026, 60, 0.035, 20_000.0
LEVELS = ("municipality", "region", "state", "employer", "household", "victim", "unattributed")
# Invented: cost in the first two years, avoided in each year around a peak, years after the start. MSEK.
FLOWS = {
    "municipality/home": (18.0, 0.62, 12.0),
    "municipality/other": (0.0, 0.30, 22.0),
    "region/home": (1.4, 0.16, 15.0),
    "region/other": (0.0, 0.06, 24.0),
    "state/police": (0.0, 0.20, 16.0),
    "state/prison_and_probation": (0.0, 0.55, 18.0),
    "state/social_insurance": (0.0, 0.80, 40.0),
    "employer": (0.0, 0.12, 35.0),
    "household": (0.0, -0.45, 30.0),
    "victim": (0.0, 0.35, 15.0),
    "unattributed": (0.0, 0.0, 20.0),
}


def text(words: str) -> Text:
    return Text(sv=f"{words} (sv)", en=words)


def money(mean: float, draws: int, spread: float = 0.6) -> Money:
    width = spread * abs(mean) if draws else None
    low, high = (None, None) if width is None else (mean - width, mean + 0.7 * width)
    return Money(mean=mean, low=low, high=high, mc_error=0.03 * abs(mean))


def split(period: Literal["mandate", "horizon"], holds: Literal["mean_and_p20", "mean"] | None) -> CostSharing:
    """The home municipality pays 9 MSEK today; over the horizon all gain together, in a mandate nobody yet."""
    gains = (2e6, 1e6, 12e6) if holds else (1e6, 0.5e6, 0.5e6)
    shares = (2 / 15, 1 / 15, 12 / 15)
    parties = {}
    for name, gain, share in zip(("municipality/home", "region/home", "state"), gains, shares, strict=True):
        today = 9e6 if name == "municipality/home" else 0.0
        pays = 9e6 * share if holds else None
        parties[name] = PartyShare(
            pays_today=today,
            can_carry=gain,
            share=share if holds else None,
            pays=pays,
            owes=None if pays is None else pays - today,
            net=gain - (today if pays is None else pays),
            net_p20=None,
        )
    return CostSharing(
        period=period,
        first_year=START,
        last_year=START + (YEARS if holds else 4) - 1,
        bill=9e6,
        holds=holds,
        missing=0.0 if holds else 7e6,
        joint_net=6e6 if holds else -7e6,
        mc_error=2e5,
        parties=parties,
    )


def yearly(flow: tuple[float, float, float], effect: float) -> list[tuple[float, float]]:
    """Discounted cost and avoided cost in each year, SEK."""
    cost, height, peak = flow
    factors = [(1 + RATE) ** -(year + 0.5) for year in range(YEARS)]
    return [
        (1e6 * cost * f if year < 2 else 0.0, 1e6 * effect * height * math.exp(-(((year - peak) / 14) ** 2)) * f)
        for year, f in enumerate(factors)
    ]


def account(flows: Sequence[tuple[float, float]], draws: int) -> Account:
    cost, avoided = (sum(flow[i] for flow in flows) for i in range(2))
    running = [sum(a - c for c, a in flows[: year + 1]) for year in range(YEARS)]
    square = next((START + y for y in range(YEARS) if running[y] >= 0 and any(map(any, flows))), None)
    return Account(
        programme_cost=money(cost, draws, 0.1),
        avoided_cost=money(avoided, draws),
        net=money(avoided - cost, draws),
        cashable_net=money(0.4 * avoided - cost, draws),
        break_even_year=square,
        lasting_break_even_year=square,
        undiscounted_break_even_year=square,
        chance_of_gain=float(avoided > cost) if draws else None,
    )


def flows_by_name(effect: float) -> dict[str, list[tuple[float, float]]]:
    flows = {name: yearly(flow, effect) for name, flow in FLOWS.items()}
    for level in (*LEVELS, "public", "society"):
        within = {"public": LEVELS[:3], "society": LEVELS}.get(level, (level,))
        parts = [flow for name, flow in flows.items() if name.split("/")[0] in within and name in FLOWS]
        flows[level] = [(sum(p[y][0] for p in parts), sum(p[y][1] for p in parts)) for y in range(YEARS)]
    return flows


def year_rows(flows: dict[str, list[tuple[float, float]]]) -> list[YearRow]:
    rows: list[YearRow] = []
    for payer, flow in flows.items():
        total = 0.0
        for year, (cost, avoided) in enumerate(flow, START):
            total += avoided - cost
            rows.append(
                YearRow(
                    year=year,
                    payer=payer,
                    programme_cost=cost,
                    avoided_cost=avoided,
                    net=avoided - cost,
                    cumulative=total,
                    avoided_average=1.5 * avoided,
                    avoided_cashable=0.4 * avoided,
                )
            )
    return rows


def budget_rows(flows: dict[str, list[tuple[float, float]]]) -> list[BudgetRow]:
    """A new cohort each year; discounting is left in, as the money is invented anyway."""
    rows: list[BudgetRow] = []
    for payer, flow in flows.items():
        cost = avoided = 0.0
        for year, (more_cost, more_avoided) in enumerate(flow, START):
            cost, avoided = cost + more_cost, avoided + more_avoided
            rows.append(
                BudgetRow(year=year, payer=payer, programme_cost=cost, avoided_cost=avoided, net=avoided - cost)
            )
    return rows


def outcome(label: str, unit: str, baseline: float, difference: float, draws: int, better: str = "lower") -> Outcome:
    return Outcome.model_validate(
        {
            "label": text(label),
            "unit": unit,
            "better": better,
            "persons": POPULATION,
            "baseline": baseline,
            "scenario": baseline + difference,
            "difference": difference,
            "low": difference - 0.8 * abs(difference) if draws else None,
            "high": difference + 0.6 * abs(difference) if draws else None,
            "mc_error": 0.06 * abs(difference),
        }
    )


def outcomes(effect: float, draws: int) -> dict[str, Outcome]:
    rows = {
        "prison": ("Ever in prison", "persons_ever", 540.0, -14.0, "lower"),
        "convicted": ("Ever convicted of a crime", "persons_ever", 2_610.0, -52.0, "lower"),
        "not_eligible": ("Not eligible for upper secondary school at 16", "persons_ever", 2_940.0, -121.0, "lower"),
        "residential_care": ("Ever placed in residential care", "persons_ever", 380.0, -6.2, "lower"),
        "neet": ("Not in work or studies", "person_years", 31_000.0, -620.0, "lower"),
        "sick_leave": ("On long sick leave", "person_years", 42_000.0, -85.0, "lower"),
        "disability": ("On disability benefit", "person_years", 52_500.0, -333.0, "lower"),
        "employed": ("In work", "person_years", 702_000.0, 940.0, "higher"),
    }
    return {
        name: outcome(label, unit, base, effect * difference, draws, better)
        for name, (label, unit, base, difference, better) in rows.items()
    }


def programmes(draws: int) -> list[ProgrammeResult]:
    gaps = {"works": -0.08, "null": 0.0, "loses": -0.01}
    nets = {"works": 16e6, "null": -4e6, "loses": -2.5e6}
    return [
        ProgrammeResult(
            id=name,
            label=text(f"Programme {name.capitalize()}"),
            participants=400,
            cost=money(5e6, draws, 0.1),
            net_public=money(nets[name], draws),
            net_society=money(nets[name], draws),
            effects=[EffectGap(on="conduct", label=text("Conduct"), published_gap=gap, simulated_gap=0.9 * gap)],
        )
        for name, gap in gaps.items()
    ]


def belief(root: float | None) -> Belief:
    return Belief(root=root, prior_mean=1.0, prior_low=0.5, prior_high=1.7, probability_above=0.3 if root else None)


def evidence() -> Evidence:
    certain = UsedNumber(
        address="programme/works/uptake",
        value=0.6,
        unit="share",
        low=None,
        high=None,
        status="published",
        source="X001",
        why=None,
    )
    guessed = {"address": "programme/works/cost/0/amount", "value": 5_000.0, "unit": "SEK/participant"}
    guess = {
        "low": 3_000.0,
        "high": 9_000.0,
        "status": "assumption",
        "source": "judgement",
        "why": "=A guess, <b>bold</b>",
    }
    recalled = {"address": "unit_cost/prison_day/cost", "value": 4_100.0, "unit": "SEK/day", "status": "to_verify"}
    return Evidence(
        published=0.41,
        to_verify=0.35,
        assumption=0.24,
        note=text("Invented for a test."),
        numbers=[
            UsedNumber.model_validate({**guessed, **guess}),
            certain,
            UsedNumber.model_validate({**guess, **recalled, "source": "X001"}),
        ],
        sources={"X001": "An invented report, 2024"},
    )


@cache
def invented(name: str = "invented", effect: float = 1.0, draws: int = 200, place: str = "Exempelby") -> RunDocument:
    """Make an answer that is consistent with itself and true of nothing."""
    flows = flows_by_name(effect)
    accounts = {payer: account(flow, draws) for payer, flow in flows.items()}
    public, society = accounts.pop("public"), accounts.pop("society")
    group = GroupResult(
        label=text("Parents without upper secondary"),
        persons=2_400,
        participants=310,
        net_public=money(4e6, draws),
        net_household=money(-1e6, draws),
        net_society=money(3e6, draws),
        differences={"prison": -5.0},
    )
    beliefs = BreakEvenBelief(
        causal_multiplier=belief(1.31), effect_multiplier=belief(None), marginal_share=belief(0.8)
    )
    net = money(society.net.mean / 900, draws)
    return RunDocument(
        scenario=name,
        label=Text(sv=f"Påhittat paket {name}", en=f"Invented package {name}"),
        place=Place(name=place, municipalities=["9999"] if place != "Sweden" else [], local_targets=[]),
        population=POPULATION,
        persons=100_000,
        participants=900,
        draws=draws,
        price_year=2024,
        preset="asek",
        discount_rate=RATE,
        tax_factor=1.3,
        start_year=START,
        horizon_years=YEARS,
        payers=PayerAccounts.nested(accounts),
        public=public,
        society=society,
        per_participant=PerParticipant(programme_cost=net, avoided_cost=net, net_public=net, net_society=net),
        bcr=1.72,
        mvpf=Mvpf(value="infinite", wtp=net, cost=net, fiscal_externality=net),
        recovery_share=public.avoided_cost.mean / public.programme_cost.mean,
        wrong_pocket_index=0.63,
        cost_sharing=[split("mandate", None), split("horizon", "mean_and_p20")],
        wrong_pocket_index_mandate=0.97,
        municipal_tax=MunicipalTax(gross=net, net_of_equalisation=net),
        beyond_65=None,
        outcomes=outcomes(effect, draws),
        groups={"compulsory": group},
        by_year=year_rows(flows),
        budget_impact=budget_rows(flows),
        break_even_belief={"municipality/home": beliefs, "public": beliefs},
        programmes=programmes(draws),
        evidence=evidence(),
        warnings=[Text(sv="Varje tal här är påhittat.", en="Every number here is invented.")],
        timing=Timing(person_years=13_200_000, seconds=1.2, stages={"simulate": 1.2}),
        manifest=Manifest(seed=1, threads=2, versions={"livsbana": "0"}, hashes={"tally": "00"}),
    )


def null() -> RunDocument:
    """An answer in which nothing happens."""
    zero = Money(mean=0, low=None, high=None, mc_error=0)
    nothing = account([(0.0, 0.0)] * YEARS, 0)
    accounts = dict.fromkeys(invented().payers.by_name(), nothing)
    return invented(draws=0).model_copy(
        update={
            "payers": PayerAccounts.nested(accounts),
            "public": nothing,
            "society": nothing,
            "mvpf": Mvpf(value=None, wtp=zero, cost=zero, fiscal_externality=zero),
            "by_year": [],
            "budget_impact": [],
            "outcomes": outcomes(0.0, 0),
            "groups": {},
            "programmes": [],
            "break_even_belief": {},
            "per_participant": None,
            "bcr": None,
            "recovery_share": None,
            "warnings": [],
        }
    )

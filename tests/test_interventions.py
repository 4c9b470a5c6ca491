"""Offers become records, the kernel realises their published gaps, and costs fall on payers and years."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
from toy import central, label, num

from livsbana.errors import InputError
from livsbana.interventions.convert import (
    follow_up_year,
)
from livsbana.interventions.costs import cost_flow, participant_costs
from livsbana.interventions.effects import believed_share
from livsbana.interventions.expected import leave_log_odds, onset_log_odds
from livsbana.interventions.offers import FIRST_DECISION, Offer, ages_at_start, decision_of, eligible_terms
from livsbana.interventions.programmes import programme_tables
from livsbana.interventions.reached import Reached, reached_groups
from livsbana.interventions.solve import solve_effects
from livsbana.lifecourse.blocks import birth_tables, make_block
from livsbana.lifecourse.compile import AGES, Model
from livsbana.lifecourse.kernel import Programmes, simulate
from livsbana.lifecourse.simulate import empty_counts, no_goals, no_programmes, simulate_cohort
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Programme, Where
from livsbana.population.cohorts import Cohort, cell_bounds

NEWBORN = Cohort(birth_year=2026, start_age=0, size=1000.0)
PILOT = 5000


def programme(name: str, effects: list[dict[str, Any]], ages: tuple[int, int], *where: dict[str, Any]) -> Programme:
    """A programme without shrinkage in which everybody takes part with effect."""
    return Programme.model_validate(
        {
            "id": name,
            "label": label(name),
            "describes": name,
            "level": "indicated",
            "eligible": {"ages": ages, "where": {"all": list(where)}},
            "uptake": num(1),
            "completion": num(1),
            "deadweight": num(0),
            "effects": effects,
            "fade": {"h": num(1), "floor": num(0.1)},
            "cost": [{"payer": "municipality", "amount": num(1000) | {"year": 2024}}],
            "evidence_note": "a test",
            "estimand": "a_test",
        }
    )


def effect(on: str, acts_on: str, measure: str, value: float, months: int = 6, **more: Any) -> dict[str, Any]:
    return {"on": on, "acts_on": acts_on, "measure": measure, "value": num(value), "months": months} | more


def offer(given: Programme, coverage: float = 1.0, today: float = 0.0) -> Offer:
    return Offer(given, None, coverage, today, 1900)


# ---------------------------------------------------------------- offers


def test_luck_has_the_name_of_the_programme(library: Library) -> None:
    numbers = {decision_of(library, p) for p in library.programmes.values()}
    assert len(numbers) == len(library.programmes)
    assert all(FIRST_DECISION <= number < FIRST_DECISION + 60_000 for number in numbers)
    komet = library.programmes["komet"]
    backwards = replace(library, programmes=dict(reversed(library.programmes.items())))
    assert decision_of(backwards, komet) == decision_of(library, komet)


def test_two_programmes_with_one_luck_are_refused(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livsbana.interventions.offers.DECISIONS", 1)
    with pytest.raises(InputError, match="would share their luck"):
        decision_of(library, library.programmes["komet"])


@pytest.mark.parametrize(
    ("cohort", "end_year", "wanted"),
    [
        (NEWBORN, None, (3, 12)),
        (Cohort(2016, 10, 1.0), None, (10, 12)),
        (Cohort(2026, 5, 1.0, arrivals=True), 2032, (5, 5)),
        (Cohort(2030, 0, 1.0), 2036, (3, 5)),
    ],
)
def test_ages_at_start_follow_the_calendar(
    library: Library, cohort: Cohort, end_year: int | None, wanted: tuple[int, int]
) -> None:
    assert ages_at_start(Offer(library.programmes["komet"], None, 1.0, 0.0, 2026, end_year), cohort) == wanted


def test_believed_share_is_the_product_of_what_the_programme_names(library: Library) -> None:
    komet = library.programmes["komet"]
    assert believed_share(komet, library.shrinkage, central) == pytest.approx(0.5 * 0.78)


def test_those_too_old_never_start(library: Library) -> None:
    first, last = ages_at_start(offer(library.programmes["komet"]), Cohort(2006, 20, 1.0))
    assert first > last


def test_conditions_read_last_year_at_home(library: Library, real_model: Model) -> None:
    where = Where.model_validate({"all": [{"trait": "parental_education", "is": ["compulsory"]}]})
    terms = eligible_terms(library, real_model, Offer(library.programmes["komet"], where, 1.0, 0.0, 2026))
    names = {column: name for name, column in real_model.columns.items()}
    wanted = ["conduct_problems@last", "parental_education.compulsory", "residence.home@last"]
    assert [(names[column], negated) for column, negated in terms] == [(name, 0) for name in wanted]


def test_a_year_of_a_spell_that_is_not_kept_is_refused(library: Library, real_model: Model) -> None:
    where = {"state": "economic_hardship", "years": 1}
    with pytest.raises(InputError, match="by year of spell"):
        eligible_terms(library, real_model, offer(programme("p", [], (3, 12), where)))


# ---------------------------------------------------------------- records for the kernel


def tables(library: Library, model: Model, *programmes: Programme, multiplier: float = 1.0) -> Programmes:
    arm = [offer(p) for p in programmes]
    reached = reached_groups(library, model, central, arm, 2000)
    return programme_tables(library, model, central, [arm], NEWBORN, reached, multiplier)


def test_effects_take_their_places(library: Library, real_model: Model) -> None:
    komet, mst, tuition = (library.programmes[name] for name in ("komet", "mst", "intensivundervisning"))
    made = tables(library, real_model, komet, mst, tuition)
    assert made.programme["arm"].tolist() == [1, 1, 1]
    assert made.effect["programme"].tolist() == [0, 1, 1, 2, 2]
    assert made.effect["row"].tolist() == [real_model.row_of[e.on] for p in (komet, mst, tuition) for e in p.effects]
    assert made.programme["effective"][0] == pytest.approx(0.4 * 0.8 * 0.9)
    assert made.leave_factor[0, 0, 0] > 1.2
    assert np.all(made.onset_factor[0] == 1.0)
    assert np.all(made.leave_factor[1:3] == 1.0)  # a published null does exactly nothing
    assert np.all(made.leave_factor[0, 0] == made.leave_factor[0, 1])  # nor does it take from others
    assert np.all(made.leave_factor[3:, 0] == made.leave_factor[3:, 1])  # two effects by age are one programme


def test_no_published_effect_is_no_effect(library: Library, real_model: Model) -> None:
    made = tables(library, real_model, library.programmes["komet"], multiplier=0.0)
    assert np.all(made.onset_factor == 1.0)
    assert np.all(made.leave_factor == 1.0)


def test_the_weaker_of_two_programmes_counts_less(library: Library, real_model: Model) -> None:
    komet, ikomet = library.programmes["komet"], library.programmes["ikomet"]
    made = tables(library, real_model, komet, ikomet)
    turned = tables(library, real_model, ikomet, komet)
    first, second = np.log(made.leave_factor.astype(float))
    assert first[1] == pytest.approx(first[0])
    assert second[1] == pytest.approx(0.8 * second[0], abs=1e-6)
    assert np.array_equal(made.leave_factor, turned.leave_factor[::-1])


def test_set_effects_hold_and_let_go(library: Library, real_model: Model) -> None:
    on = {"acts_on": "set", "hold_years": 2}
    made = tables(
        library,
        real_model,
        programme("a", [{"on": "conduct_problems", "to": 1} | on], (5, 5)),
        programme("b", [{"on": "learning_difficulties", "to": 0} | on], (7, 7)),
    )
    assert np.all(made.onset_factor[0, 0, :2] == 0.0)
    assert np.all(made.leave_factor[0, 0, :2] == 0.0)
    assert np.all(np.isinf(made.onset_factor[1, 0, :2]) & np.isinf(made.leave_factor[1, 0, :2]))
    assert np.all(made.onset_factor[:, 0, 2:] == 1.0)


def test_an_alternative_takes_an_odds_ratio_that_fades(library: Library, real_model: Model) -> None:
    made = tables(library, real_model, programme("p", [effect("main_activity.employed", "onset", "OR", 1.5)], (25, 30)))
    assert made.onset_factor[0, 0, :2] == pytest.approx([1 / 1.5, 1.5**-0.55], rel=1e-6)
    wrong = programme("p", [effect("main_activity.employed", "onset", "d", 0.2)], (25, 30))
    with pytest.raises(InputError, match="is an OR above 0"):
        tables(library, real_model, wrong)


# ---------------------------------------------------------------- what the kernel makes of it


def test_expected_probabilities_are_those_of_the_kernel(library: Library, real_model: Model) -> None:
    birth = birth_tables(real_model, library, central, NEWBORN, None, 3)
    block = make_block(birth, cell_bounds(4000))
    trace = np.zeros((1, AGES, len(real_model.columns), 4000), np.uint8)
    counts = empty_counts(real_model, no_programmes(), 1)._replace(trace=trace)
    nothing = no_goals(len(real_model.rows))
    simulate(real_model.tables, block, no_programmes(), nothing, False, 3, 1, AGES - 1, counts)
    lives = trace[0]
    alive = lives[:, real_model.columns["death"]] == 0
    for name in ("conduct_problems", "convicted", "social_assistance", "eligible_upper_secondary"):
        k, (first, last) = real_model.row_of[name], real_model.rows[real_model.row_of[name]].ages
        now, was = lives[:, real_model.columns[name]] == 1, lives[:, real_model.columns[f"{name}@last"]] == 1
        state = real_model.rows[k].factor.kind == "state"
        for log_odds, at_risk, happens in (
            (onset_log_odds(real_model.tables, block, lives, k), alive & ~(was & state), now),
            (leave_log_odds(real_model.tables, block, lives, k), alive & was & state, ~now),
        ):
            at_risk[:first], at_risk[last + 1 :] = False, False
            p = 1 / (1 + np.exp(-log_odds[at_risk]))
            error = sqrt((p * (1 - p)).sum())
            assert abs(happens[at_risk].sum() - p.sum()) <= 4 * error, name


CHILD = {"state": "conduct_problems"}


@pytest.mark.parametrize(
    ("given", "least", "most"),
    [
        (programme("a", [effect("conduct_problems", "remission", "d", -0.4)], (3, 12), CHILD), 0.85, 1.15),
        (programme("b", [effect("mental_ill_health", "remission", "RD", -0.1, 24)], (8, 16), CHILD), 0.8, 1.2),
        (programme("c", [effect("parenting_difficulties", "onset", "OR", 0.7, 15)], (0, 0)), 0.8, 1.2),
        (programme("d", [effect("convicted", "onset", "RR", 0.6, 24)], (15, 15)), 0.75, 1.25),
    ],
    ids=["indicated", "other factor", "universal", "event"],
)
def test_the_published_gap_is_what_is_realised(
    library: Library, real_model: Model, given: Programme, least: float, most: float
) -> None:
    """The gap among participants, by year since start, against the path of the published one."""
    realised, wanted = followed_gaps(library, real_model, given, 30_000)
    at = follow_up_year(given.effects[0].months or 0)
    assert least <= realised[at] / wanted[at] <= most
    assert least <= realised.sum() / wanted.sum() <= most


def test_komet_realises_its_shrunken_gap(library: Library, real_model: Model) -> None:
    realised, wanted = followed_gaps(library, real_model, library.programmes["komet"], 30_000)
    assert 0.8 <= realised[0] / wanted[0] <= 1.2
    assert 0.8 <= realised.sum() / wanted.sum() <= 1.2


def test_a_milestone_moves_by_its_gap_at_its_age(library: Library, real_model: Model) -> None:
    tuition = programme("p", [effect("eligible_upper_secondary", "onset", "RD", 0.05, 12)], (16, 16))
    realised, wanted = followed_gaps(library, real_model, tuition, 20_000)
    assert wanted[0] == pytest.approx(-0.05)
    assert realised[0] == pytest.approx(-0.05, abs=0.006)


def followed_gaps(
    library: Library, model: Model, given: Programme, persons: int, years: int = 6
) -> tuple[np.ndarray, np.ndarray]:
    """Gaps by year since start among those who take part with effect: realised, and wanted."""
    given = given.model_copy(update={"uptake": given.deadweight.model_copy(update={"value": 1.0})})
    arm = [offer(given)]
    reached: Reached = reached_groups(library, model, central, arm, PILOT)
    made = programme_tables(library, model, central, [arm], NEWBORN, reached)
    birth = birth_tables(model, library, central, NEWBORN, None, 17)
    counts = simulate_cohort(model, birth, NEWBORN, persons, made, 2, 17)
    (solved,) = solve_effects(library, model, central, arm[0], reached)
    ages, started = np.arange(AGES), counts.started.sum(axis=0)[0] / counts.started.sum()
    last = model.rows[model.row_of[given.effects[0].on]].ages[1]
    inside = np.array([started[ages + k <= last].sum() for k in range(years)])
    followed = counts.followed[0, :years].astype(float)
    assert solved.path is not None
    return (followed[:, 1] - followed[:, 2]) / followed[:, 0], solved.path[:years] * inside


def test_a_group_too_small_is_left_alone(library: Library, real_model: Model) -> None:
    rare = programme("p", [effect("conduct_problems", "remission", "d", -1.0)], (15, 15), {"state": "prison"})
    made = tables(library, real_model, rare)
    assert np.all(made.leave_factor == 1.0)


# ---------------------------------------------------------------- costs


def costed(*lines: dict[str, Any]) -> Programme:
    given = programme("p", [], (3, 12)).model_dump(by_alias=True)
    return Programme.model_validate(given | {"cost": list(lines)})


def test_costs_by_payer_and_year_at_the_price_level_of_the_run() -> None:
    def hours(n: float, sek: float, year: int) -> dict[str, Any]:
        return {"what": "staff", "hours": num(n), "sek_per_hour": num(sek) | {"year": year}}

    given = costed(
        {"payer": "municipality", "build": [hours(10, 500, 2025), hours(2, 400, 2024)]},
        {"payer": "region", "year": 2, "amount": num(900) | {"year": 2024}},
        {"payer": "municipality", "year": 2, "amount": num(100) | {"year": 2025}},
    )
    costs = participant_costs(given, central, lambda sek, year: sek * 1.1 ** (2025 - year))
    assert costs == pytest.approx({("municipality", 0): 5880.0, ("region", 2): 990.0, ("municipality", 2): 100.0})
    started = np.zeros((2, AGES), np.int64)
    started[1, 5], started[1, 64] = 3, 2
    flow = cost_flow(started, given, central, lambda sek, year: sek * 1.1 ** (2025 - year))
    assert flow["municipality"][0].sum() == 0.0
    assert flow["municipality"][1, [5, 7, 64, 65]] == pytest.approx([17640.0, 300.0, 11760.0, 200.0])
    assert sum(f.sum() for f in flow.values()) == pytest.approx(5 * sum(costs.values()))


def test_a_cost_without_price_year_is_refused() -> None:
    with pytest.raises(InputError, match="no price year"):
        participant_costs(costed({"payer": "region", "amount": num(900)}), central, lambda sek, _: sek)

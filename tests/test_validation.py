"""Validation: scores against closed forms, verdicts on predictions of known quality, totals by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import exp, log, pi, sqrt
from pathlib import Path
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livsbana.errors import InputError
from livsbana.lifecourse.compile import Fit
from livsbana.lifecourse.measure import Counted, Measures, measures_of
from livsbana.parameters.library import Library
from livsbana.uncertainty.draws import central
from livsbana.validation.experiments import Replay, effect_of, read_experiments, replay_all
from livsbana.validation.facts import compare, count, naive
from livsbana.validation.scores import RIVAL_SPREAD, Prediction, Scale, bayes_factor, interval_score, verdict
from livsbana.validation.totals import compare_totals, read_totals
from livsbana.validation.valuations import PublishedValuation, compare_valuations, read_valuations

PERSONS, SEED = 6_000, 5


@given(st.booleans(), st.floats(1e-4, 0.999))
def test_a_scale_comes_back(share: bool, x: float) -> None:
    scale = Scale(share)
    assert scale.back(scale(x)) == pytest.approx(x)


def test_bayes_factor_is_the_ratio_of_two_normal_densities() -> None:
    sd, noise, miss = 0.2, 0.1, 0.3
    right = NormalDist(0, sqrt(sd**2 + noise**2)).pdf(miss)
    rival = NormalDist(0, sqrt(sd**2 + noise**2 + RIVAL_SPREAD**2)).pdf(miss)
    assert bayes_factor(1.3, noise, Prediction(1.0, sd)) == pytest.approx(right / rival)


def test_a_sharp_hit_agrees_a_sharp_miss_does_not_and_a_vague_one_cannot_tell() -> None:
    assert verdict(bayes_factor(0.0, 0.05, Prediction(0.0, 0.05))) == "agree"
    assert verdict(bayes_factor(log(2), 0.05, Prediction(0.0, 0.05))) == "disagree"
    assert verdict(bayes_factor(0.0, 0.5, Prediction(0.0, 0.5))) == "inconclusive"


@given(st.floats(-3, 3), st.floats(0.01, 2), st.floats(0.01, 2))
def test_nearer_is_never_worse(miss: float, sd: float, noise: float) -> None:
    far = bayes_factor(miss * 1.5, noise, Prediction(0.0, sd))
    assert bayes_factor(miss, noise, Prediction(0.0, sd)) >= far * (1 - 1e-12)


def test_interval_score_by_hand() -> None:
    assert interval_score(2.0, 1.0, 4.0) == 3.0
    assert interval_score(0.5, 1.0, 4.0) == pytest.approx(3.0 + 20 * 0.5)
    assert interval_score(4.1, 1.0, 4.0) == pytest.approx(3.0 + 20 * 0.1)


def test_interval_score_is_proper() -> None:
    """The true 90 % interval of a standard normal has a smaller mean score than a narrower or a wider one."""
    grid = [k / 100 for k in range(-600, 601)]
    density = [exp(-x * x / 2) / sqrt(2 * pi) / 100 for x in grid]

    def mean(width: float) -> float:
        return sum(p * interval_score(x, -width, width) for x, p in zip(grid, density, strict=True))

    true = NormalDist().inv_cdf(0.95)
    assert mean(true) < min(mean(0.7 * true), mean(1.4 * true))


@pytest.fixture(scope="module")
def measures(library: Library) -> Measures:
    return Measures(measures_of(library).levels, (), ())


@pytest.fixture(scope="module")
def counted(library: Library, fitted: Fit, measures: Measures, pool: ThreadPoolExecutor) -> Counted:
    return count(library, fitted, central, measures, PERSONS, SEED, pool)


def test_every_frozen_fact_gets_a_verdict_disagreements_first(measures: Measures, counted: Counted) -> None:
    found = compare(measures, [counted])
    frozen = [m for m in measures.levels if getattr(m.target, "use", "") == "validation"]
    assert len(found.facts) == found.agree + found.inconclusive + found.disagree >= len({m.name for m in frozen}) > 20
    order = [("disagree", "inconclusive", "agree").index(f.verdict) for f in found.facts]
    assert order == sorted(order)
    assert all(f.low <= f.simulated <= f.high for f in found.facts)


def test_the_naive_rival_is_the_mean_of_the_factors_targets(measures: Measures) -> None:
    row = next(m.row for m in measures.levels if m.row.id == "conduct_problems")
    assert row.factor.targets != "none"
    scale = Scale(share=True)
    known = [scale(t.value.value) for t in row.factor.targets if t.use == "calibration"]
    rival = naive(row)
    assert rival is not None
    assert rival.mean == pytest.approx(sum(known) / len(known))


def test_totals_are_rates_times_todays_population(library: Library, fitted: Fit, pool: ThreadPoolExecutor) -> None:
    totals = read_totals(library)
    found = compare_totals(library, fitted, totals, PERSONS, SEED, pool)
    assert {t.id for t in found} == {t.id for t in totals}
    distance = [abs(log(t.ratio)) for t in found]
    assert distance == sorted(distance, reverse=True)
    employed = next(t for t in found if t.id == "employed")
    assert 3.5e6 < employed.simulated < 6e6
    assert employed.ratio == pytest.approx(employed.simulated / employed.published)


# ---------------------------------------------------------------- experiments


def test_effects_between_two_shares() -> None:
    assert effect_of("RD", 0.3, 0.2) == pytest.approx(0.1)
    assert effect_of("RR", 0.3, 0.2) == pytest.approx(log(1.5))
    assert effect_of("OR", 0.3, 0.2) == pytest.approx(log(0.3 / 0.7 / (0.2 / 0.8)))
    assert effect_of("HR", 1 - exp(-0.2), 1 - exp(-0.1)) == pytest.approx(log(2))


def replayed(library: Library, fitted: Fit, pool: ThreadPoolExecutor, **changed: object) -> float:
    """The predicted log odds ratio of setting conduct problems at 10 on conviction by 25, with changes."""
    said = {
        "id": "trial",
        "label": {"sv": "t", "en": "t"},
        "design": "trial",
        "population": {"ages": [10, 10]},
        "treated": [{"on": "conduct_problems", "acts_on": "set", "to": 1, "hold_years": 5}],
        "control": [{"on": "conduct_problems", "acts_on": "set", "to": 0, "hold_years": 5}],
        "outcome": "convicted",
        "outcome_ages": [15, 25],
        "measure": "OR",
        "value": {
            "value": 2.0,
            "unit": "odds_ratio",
            "low": 1.5,
            "high": 2.7,
            "source": "IV158",
            "status": "to_verify",
        },
        "note": "n",
    }
    replay = Replay.model_validate(said | changed)
    found = replay_all(library, fitted, [replay], 4_000, 0, SEED, pool).experiments[0]
    return log(found.predicted) if replay.measure != "RD" else found.predicted


def test_a_cause_of_crime_is_replayed_as_one(library: Library, fitted: Fit, pool: ThreadPoolExecutor) -> None:
    assert 0.1 < replayed(library, fitted, pool) < 2.0


def test_the_same_to_both_is_no_effect(library: Library, fitted: Fit, pool: ThreadPoolExecutor) -> None:
    same = [{"on": "conduct_problems", "acts_on": "set", "to": 0, "hold_years": 5}]
    assert replayed(library, fitted, pool, treated=same) == 0.0


def test_what_is_set_is_set(library: Library, fitted: Fit, pool: ThreadPoolExecutor) -> None:
    """Everybody treated has it and no control does, against the same persons untouched as well."""
    own = {"outcome": "conduct_problems", "outcome_ages": [11, 13], "measure": "RD"}
    assert replayed(library, fitted, pool, **own) == pytest.approx(1.0, abs=0.002)
    untouched = replayed(library, fitted, pool, **own, control=[])
    assert 0.8 < untouched < 0.99


def test_an_experiment_that_names_nothing_is_refused(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "validation"
    folder.mkdir()
    text = (library.root / "validation" / "experiments.yaml").read_text(encoding="utf-8")
    (folder / "experiments.yaml").write_text(
        text.replace("outcome: convicted", "outcome: convicte", 1), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"experiments.yaml:\d+:\d+.*convicte.*convicted"):
        read_experiments(replace(library, root=tmp_path))


# ---------------------------------------------------------------- published valuations


def valuation(kind: str, **more: object) -> PublishedValuation:
    said = {
        "id": "v",
        "label": {"sv": "v", "en": "v"},
        "source": "s",
        "kind": kind,
        "published": "p",
        "scenarios": ["foraldraprogram_cope"],
    }
    return PublishedValuation.model_validate(said | more)


def test_valuations_are_compared_by_mechanism(library: Library, fitted: Fit, pool: ThreadPoolExecutor) -> None:
    """What is opposite cannot both agree, whatever the scenario gives."""
    account = "municipality/home"
    asked = [
        valuation("sign", account=account, expected="loses"),
        valuation("sign", account=account, expected="gains"),
        valuation("payers", account=account, than="state"),
        valuation("payers", account="state", than=account),
        valuation("timing", account=account, years=(0, 65)),
        valuation("timing", account=account, years=(66, 70)),
        valuation("ranking", scenarios=["foraldraprogram_cope", "foraldraprogram_de_otroliga_aren"]),
        valuation("ranking", scenarios=["foraldraprogram_de_otroliga_aren", "foraldraprogram_cope"]),
    ]
    found = compare_valuations(library, fitted, asked, 3_000, SEED, pool)
    for one, other in zip(found[::2], found[1::2], strict=True):
        assert not (one.agrees and other.agrees)
    assert sum(v.agrees for v in found) >= 2
    assert found[6].agrees != found[7].agrees


@pytest.mark.parametrize("kind", ["sign", "ranking", "payers", "timing"])
def test_a_valuation_says_what_it_compares(kind: str) -> None:
    with pytest.raises(ValueError, match=f"kind `{kind}` needs"):
        valuation(kind)


def test_every_published_valuation_names_a_scenario_that_is_there(library: Library) -> None:
    assert len(read_valuations(library)) >= 6

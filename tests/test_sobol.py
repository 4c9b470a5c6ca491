"""Sensitivity through the whole pipeline: known functions, seed 0, guards, noise, and blocks that survive."""

from __future__ import annotations

from math import pi, sin
from pathlib import Path
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import pytest

from livsbana.errors import InputError
from livsbana.uncertainty.blocks import BlockFile
from livsbana.uncertainty.noise import noise_of, rounded_up
from livsbana.uncertainty.sensitivity import Found, run_design
from livsbana.uncertainty.sobol import Indices, Method, indices_of, make_design, normal_scores, ties_of

STANDARD = NormalDist()
T = TypeVar("T")
# Ishigami with a = 7, b = 0.1: V = a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2.
A, B = 7.0, 0.1
V1, V2, V13 = 0.5 * (1 + B * pi**4 / 5) ** 2, A**2 / 8, B**2 * pi**8 * (1 / 18 - 1 / 50)
V = V1 + V2 + V13
ISHIGAMI = {"x1": (V1 / V, (V1 + V13) / V), "x2": (V2 / V, V2 / V), "x3": (0.0, V13 / V)}
G = (0.0, 1.0, 4.5, 9.0, 99.0)  # Saltelli's coefficients of the g-function, less repetitions


def uniform(scores: np.ndarray) -> np.ndarray:
    return np.array([STANDARD.cdf(float(z)) for z in scores])


def ishigami(scores: np.ndarray) -> np.ndarray:
    x = -pi + 2 * pi * uniform(scores)
    return np.array([sin(x[0]) + A * sin(x[1]) ** 2 + B * x[2] ** 4 * sin(x[0])])


def g_function(scores: np.ndarray) -> np.ndarray:
    return np.array([np.prod([(abs(4 * x - 2) + a) / (1 + a) for x, a in zip(uniform(scores), G, strict=True)])])


def known(x: T | None) -> T:
    assert x is not None
    return x


def found(function, names, n=1024, method: Method = "sobol", seed=0, second=False, file=None, threads=1) -> Found:
    design = make_design(method, names, n, seed, second)
    return run_design(design, ["y"], lambda luck: function, 1000, file or BlockFile(None, ""), threads)


def test_ishigami_within_its_error_with_seed_0() -> None:
    indices = found(ishigami, list(ISHIGAMI)).indices["y"]
    for name, (first, total) in ISHIGAMI.items():
        got = indices[name]
        assert pytest.approx(first, abs=max(known(got.S1_conf), 0.01)) == got.S1
        assert pytest.approx(total, abs=max(known(got.ST_conf), 0.01)) == got.ST
        assert known(got.S1_conf) < 0.09
        assert known(got.ST_conf) < 0.09


def test_g_function_within_its_error() -> None:
    part = [1 / (3 * (1 + a) ** 2) for a in G]
    whole = np.prod([1 + p for p in part]) - 1
    indices = found(g_function, [f"x{k}" for k in range(len(G))], seed=3).indices["y"]
    for k, p in enumerate(part):
        total = p * np.prod([1 + q for j, q in enumerate(part) if j != k]) / whole
        got = indices[f"x{k}"]
        assert pytest.approx(p / whole, abs=max(1.5 * known(got.S1_conf), 0.01)) == got.S1
        assert pytest.approx(total, abs=max(1.5 * known(got.ST_conf), 0.01)) == got.ST


def test_second_order_of_ishigami() -> None:
    indices = found(ishigami, list(ISHIGAMI), n=1024, second=True).indices["y"]
    pairs, widths = known(indices["x1"].S2), known(indices["x1"].S2_conf)
    back = known(indices["x3"].S2)
    assert pairs["x3"] == pytest.approx(V13 / V, abs=widths["x3"])
    assert back["x1"] == pairs["x3"]
    assert abs(pairs["x2"]) < widths["x2"]


def test_morris_and_pawn_find_what_matters() -> None:
    def model(scores):
        return np.array([5 * scores[0] + scores[1]])

    asked: tuple[tuple[Method, int], ...] = (("morris", 40), ("pawn", 600))
    for method, n in asked:
        result = found(model, ["much", "little", "none"], n=n, method=method)
        ranks = ties_of(method, result.indices["y"])
        assert ranks[0] == ["much"]
    assert found(model, ["much", "little", "none"], n=40, method="morris").indices["y"]["none"].mu_star == 0


@pytest.mark.parametrize("method", ["sobol", "morris", "pawn"])
def test_the_same_seed_gives_the_same_and_touches_no_other_luck(method: Method) -> None:
    def bounded(scores):
        return np.array([np.tanh(scores).sum()])

    np.random.seed(5)  # noqa: NPY002  what SALib must neither use nor change
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    one, other = (found(bounded, ["a", "b"], n=64, method=method, seed=s).indices for s in (0, 0))
    assert one == other
    assert found(bounded, ["a", "b"], n=64, method=method, seed=1).indices != one
    np.testing.assert_equal(np.random.get_state(legacy=False), before)  # noqa: NPY002


def test_nothing_that_is_not_finite_reaches_an_estimator() -> None:
    design = make_design("sobol", ["a"], 16, 0)
    for bad in (np.nan, np.inf):
        y = np.zeros(len(design.unit))
        y[5] = bad
        with pytest.raises(ValueError, match="row 5"):
            indices_of(design, y)
    assert np.isfinite(normal_scores(np.array([[0.0, 1.0]]))).all()
    assert indices_of(design, np.full(len(design.unit), 7.0)) == {"a": Indices()}


@pytest.mark.parametrize(
    ("n", "method", "second", "said"),
    [(1000, "sobol", False, "use 1024"), (8, "pawn", False, "at least 16"), (32, "morris", True, "no second order")],
)
def test_designs_that_cannot_work_are_refused(n: int, method, second: bool, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make_design(method, ["a", "b"], n, 0, second)


def noisy(spread: float):
    """A model whose luck depends on where it is, keyed by seed and place."""

    def make(luck: int):
        def model(scores: np.ndarray) -> np.ndarray:
            place = np.frombuffer(scores.tobytes(), np.uint32).astype(np.uint64)
            error = np.random.Generator(np.random.Philox(key=int(place.sum()) * 2 + luck)).standard_normal()
            return np.array([scores.sum() + spread * error + 100 * luck])

        return model

    return make


def test_luck_is_measured_and_too_much_of_it_refused() -> None:
    design = make_design("sobol", ["a", "b", "c"], 64, 0)
    quiet = run_design(design, ["y"], noisy(0.3), 1000, BlockFile(None, ""))
    assert quiet.noise["y"].share == pytest.approx(0.09 / 3.09, rel=0.5)
    with pytest.raises(InputError, match=r"more than the 10%.*--persons (\d+)") as refused:
        run_design(design, ["y"], noisy(1.5), 1000, BlockFile(None, ""))
    needed = int(str(refused.value).split("--persons ")[1].split()[0])
    assert needed == pytest.approx(1000 * 9 * 2.25 / 3, rel=0.5)


def test_the_share_of_luck_is_that_of_its_variance() -> None:
    rng = np.random.Generator(np.random.Philox(key=1))
    x, e, f = rng.standard_normal((3, 20_000))
    found = noise_of(2 * x + e, 2 * x + f + 50, 1000)
    assert found.share == pytest.approx(1 / 5, rel=0.05)
    assert found.persons_needed == pytest.approx(1000 * 9 / 4, rel=0.06)
    assert rounded_up(21_345) == 22_000


def test_a_stopped_design_goes_on_where_it_was(tmp_path: Path) -> None:
    calls = []

    def counted(scores):
        calls.append(1)
        if len(calls) == 200:
            raise KeyboardInterrupt
        return ishigami(scores)

    whole = found(ishigami, list(ISHIGAMI), n=64)
    with pytest.raises(KeyboardInterrupt):
        found(counted, list(ISHIGAMI), n=64, file=BlockFile(tmp_path, "k"))
    done = len(calls)
    (path,) = tmp_path.iterdir()
    damaged = path.read_bytes()[:-20]  # the last line cut off
    path.write_bytes(damaged.replace(b'"pilot/3"', b'"pilot/4"', 1))  # and one changed
    again = found(counted, list(ISHIGAMI), n=64, file=BlockFile(tmp_path, "k"), threads=2)
    assert again.indices == whole.indices
    assert (again.y == whole.y).all()
    assert len(calls) - done < 2 * 64 + 64 * 5 - 150
    last = len(calls)
    assert found(counted, list(ISHIGAMI), n=64, file=BlockFile(tmp_path, "k")).indices == whole.indices
    assert len(calls) == last


def test_ties_are_overlapping_intervals() -> None:
    def index(st: float, conf: float) -> Indices:
        return Indices(S1=st, S1_conf=conf, ST=st, ST_conf=conf)

    indices = {"c": index(0.1, 0.02), "a": index(0.5, 0.1), "b": index(0.45, 0.1), "z": index(0.0, 0.01)}
    assert ties_of("sobol", indices) == [["a", "b"], ["c"], ["z"]]

"""Published valuations against ours: the same sign, ranking, payers and timing, never the same krona."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from livsbana.errors import InputError
from livsbana.lifecourse.compile import Fit
from livsbana.parameters.library import Library
from livsbana.parameters.origins import Origins
from livsbana.parameters.schema import Declaration, Identifier, Label
from livsbana.runs.answer import Answer, account, answer_of, per_participant
from livsbana.runs.document import Account, Text
from livsbana.runs.evaluate import evaluate, prepare, price
from livsbana.runs.plan import make_plan
from livsbana.scenario.read import read_scenario
from livsbana.uncertainty.draws import central
from livsbana.validation.document import Valuation
from livsbana.validation.reading import read_beside

PRESET = "asek"
MILLION = 1e6
CLEAR = 2.0  # Monte Carlo errors from which an amount can be told from 0


class PublishedValuation(Declaration):
    """What a published valuation found, in words and as something that can be compared.

    sign     ``account`` of ``scenarios[0]`` gains or loses, as ``expected`` says
    ranking  ``scenarios`` from best to worst by the public net a participant
    payers   ``account`` avoids more cost than ``than`` in ``scenarios[0]``
    timing   ``account`` of ``scenarios[0]`` breaks even within ``years`` [first, last] of the start
    """

    id: Identifier
    label: Label
    source: str
    kind: Literal["sign", "ranking", "payers", "timing"]
    published: str
    scenarios: list[Identifier] = Field(min_length=1)
    account: str = "public"
    expected: Literal["gains", "loses"] | None = None
    than: str | None = None
    years: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> PublishedValuation:
        needed = {"sign": self.expected, "payers": self.than, "timing": self.years, "ranking": self.scenarios[1:]}
        if not needed[self.kind]:
            words = {
                "sign": "`expected`",
                "payers": "`than`",
                "timing": "`years`",
                "ranking": "two or more `scenarios`",
            }
            raise ValueError(f"a valuation of kind `{self.kind}` needs {words[self.kind]}")
        return self


class PublishedValuations(Declaration):
    """What stands in ``validation/valuations.yaml``."""

    valuations: list[PublishedValuation]


def read_valuations(library: Library) -> list[PublishedValuation]:
    """Read the published valuations beside the parameters; every scenario named must be there.

    Raises
    ------
    InputError
        With ``file:line``, when a scenario or a source does not exist.
    """

    def check(declared: PublishedValuations, origins: Origins) -> None:
        for valuation in declared.valuations:
            for k, name in enumerate(valuation.scenarios):
                if not scenario_path(library, name).is_file():
                    origins.problem(f"no scenario `{name}.yaml`", valuation, "scenarios", k)

    return read_beside(library, "valuations", PublishedValuations, check).valuations


def scenarios_of(valuations: Sequence[PublishedValuation]) -> list[str]:
    """Every scenario that is named, once."""
    return list(dict.fromkeys(name for v in valuations for name in v.scenarios))


def scenario_path(library: Library, name: str) -> Path:
    """The shipped scenario of this name: scenarios stand beside the parameters."""
    return library.root.parent / "scenarios" / f"{name}.yaml"


def compare_valuations(
    library: Library,
    fit: Fit,
    valuations: Sequence[PublishedValuation],
    persons: int,
    seed: int,
    pool: ThreadPoolExecutor,
    tick: Callable[[], None] = lambda: None,
) -> list[Valuation]:
    """Run every scenario that is named once, at central values, and compare."""
    answers: dict[str, Answer] = {}
    for name in scenarios_of(valuations):
        answers[name] = _answer(library, fit, name, persons, seed, pool)
        tick()
    return [_compare(v, answers) for v in valuations]


def _answer(library: Library, fit: Fit, name: str, persons: int, seed: int, pool: ThreadPoolExecutor) -> Answer:
    """The scenario evaluated at central values."""
    plan = make_plan(library, fit, read_scenario(scenario_path(library, name), library), persons, seed, PRESET)
    found = evaluate(plan, central, prepare(plan, central), price(plan, central), pool)
    return answer_of(plan, [found], [central])


def _compare(v: PublishedValuation, answers: dict[str, Answer]) -> Valuation:
    """One published valuation beside ours."""
    compare = {"sign": _sign, "ranking": _ranking, "payers": _payers, "timing": _timing}[v.kind]
    found, agrees = compare(v, answers)
    label = Text(sv=v.label.sv, en=v.label.en)
    return Valuation(
        id=v.id, label=label, source=v.source, kind=v.kind, published=v.published, found=found, agrees=agrees
    )


def _sign(v: PublishedValuation, answers: dict[str, Answer]) -> tuple[str, bool]:
    net = _account(v, answers, v.account).net
    clear = abs(net.mean) > CLEAR * net.mc_error
    gains = "gains" if net.mean > 0 else "loses"
    return f"{_money(net.mean)} ± {_money(net.mc_error)} MSEK to {v.account}", clear and gains == v.expected


def _ranking(v: PublishedValuation, answers: dict[str, Answer]) -> tuple[str, bool]:
    each = {name: _each(answers[name]) for name in v.scenarios}
    ranked = sorted(v.scenarios, key=lambda name: -each[name])
    words = ", ".join(f"{name} {each[name]:,.0f}" for name in ranked)
    return f"public net a participant, SEK: {words}", ranked == v.scenarios


def _each(answer: Answer) -> float:
    found = per_participant(answer)
    return float("-inf") if found is None else found.net_public.mean


def _payers(v: PublishedValuation, answers: dict[str, Answer]) -> tuple[str, bool]:
    assert v.than is not None
    mine, theirs = (_account(v, answers, name).avoided_cost for name in (v.account, v.than))
    return f"{v.account} avoids {_money(mine.mean)}, {v.than} {_money(theirs.mean)} MSEK", mine.mean > theirs.mean


def _timing(v: PublishedValuation, answers: dict[str, Answer]) -> tuple[str, bool]:
    assert v.years is not None
    year = _account(v, answers, v.account).break_even_year
    if year is None:
        return f"{v.account} never breaks even", False
    after = year - answers[v.scenarios[0]].plan.start_year
    return f"{v.account} breaks even after {after} years", v.years[0] <= after <= v.years[1]


def _account(v: PublishedValuation, answers: dict[str, Answer], name: str) -> Account:
    answer = answers[v.scenarios[0]]
    if name not in answer.weights(0):
        raise InputError(f"valuation `{v.id}`: unknown account `{name}`; wanted one of {', '.join(answer.weights(0))}")
    return account(answer, name)


def _money(sek: float) -> str:
    return f"{sek / MILLION:+.1f}"

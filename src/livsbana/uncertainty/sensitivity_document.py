"""What ``livsbana sobol --json`` prints: indices by output and input, and what they rest on."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from livsbana.runs.document import Part, Text

Method = Literal["sobol", "morris", "pawn"]


class Indices(Part):
    """How much one input matters for one output; a method leaves out what it does not give.

    Sobol: ``S1`` the share of variance that knowing the input would remove on average, ``ST`` the share that
    remains when all others are known, ``S2`` with each other input together beyond both alone. Morris:
    ``mu_star`` the mean absolute effect of moving the input (SEK a unit of probability) and ``sigma`` its
    spread. PAWN: ``median`` and ``maximum`` distance between the distribution of the output and that with the
    input in a tenth of its range. ``_conf`` is half the width of a 95 % interval from resampling.
    """

    S1: float | None = None
    S1_conf: NonNegativeFloat | None = None
    ST: float | None = None
    ST_conf: NonNegativeFloat | None = None
    S2: dict[str, float] | None = None
    S2_conf: dict[str, NonNegativeFloat] | None = None
    mu_star: float | None = None
    mu_star_conf: NonNegativeFloat | None = None
    sigma: float | None = None
    median: float | None = None
    median_conf: NonNegativeFloat | None = None
    maximum: float | None = None


class Noise(Part):
    """Share of luck in the variance of an output, from ``points`` evaluated with two seeds.

    ``persons_needed`` simulated persons would bring it to a tenth.
    """

    share: NonNegativeFloat
    points: PositiveInt
    persons_needed: PositiveInt


class Input(Part):
    """One group of numbers; ``stage`` is what is made anew when it moves."""

    label: Text
    stage: str
    numbers: PositiveInt


class Spread(Part):
    """The output over the design, SEK."""

    mean: float
    sd: NonNegativeFloat
    skewness: float


class Step(Part):
    """The index by which inputs are ranked, from the first ``n`` points of the design."""

    n: PositiveInt
    index: float
    conf: NonNegativeFloat


class SobolMeta(Part):
    """What the indices rest on; ``ties`` says in words which inputs cannot be told apart."""

    scenario: str
    label: Text
    method: Method
    n: PositiveInt
    second_order: bool
    seed: NonNegativeInt
    persons: PositiveInt
    cohorts: PositiveInt
    evaluations: PositiveInt
    inputs: dict[str, Input]
    spread: dict[str, Spread]
    noise: dict[str, Noise]
    ties: dict[str, list[str]]
    convergence: dict[str, dict[str, list[Step]]]
    warnings: list[str]
    seconds: dict[str, float]
    versions: dict[str, str]


class SobolDocument(Part):
    """Indices by output and input, beside ``meta``."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, dict[str, Indices]] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]

    meta: SobolMeta

    def outputs(self) -> dict[str, dict[str, Indices]]:
        """Give the indices by output and input."""
        return dict(self.__pydantic_extra__)

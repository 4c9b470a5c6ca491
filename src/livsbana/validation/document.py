"""What ``livsbana validate`` answers, as one document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from livsbana.runs.document import Text

NonNegativeInt = Annotated[int, Field(ge=0)]
Verdict = Literal["agree", "inconclusive", "disagree"]


class Part(BaseModel):
    """Base of the parts of the document."""

    model_config = ConfigDict(extra="forbid")


class TargetMiss(Part):
    """A calibration target that is not met, or a remission that levels have moved."""

    name: str
    source: str
    published: float
    simulated: float
    allowed: float


class Internal(Part):
    """Whether the model meets what it was fitted to, on persons who took no part."""

    targets: NonNegativeInt
    met: NonNegativeInt
    missed: list[TargetMiss]
    remissions: NonNegativeInt
    moved: list[TargetMiss]
    associations: NonNegativeInt
    associations_within_2_se: NonNegativeInt


class Fact(Part):
    """A fact that took no part in the fit, and what was predicted.

    ``low`` and ``high`` hold the fact with probability 0.9 if the model is right: parameters, chance and the
    fact's own error together. ``naive`` is the mean of the calibration targets of the same factor.
    """

    name: str
    source: str
    status: str
    published: float
    simulated: float
    low: float
    high: float
    naive: float | None
    bayes_factor: float
    verdict: Verdict


class Scores(Part):
    """Coverage of the 90 % intervals and mean interval score on the log odds or log scale; smaller is better."""

    coverage: float
    interval_score: float


class External(Part):
    """Facts frozen before fitting, disagreements first; ``naive`` is scored on the facts that have one."""

    facts: list[Fact]
    agree: NonNegativeInt
    inconclusive: NonNegativeInt
    disagree: NonNegativeInt
    model: Scores
    model_where_naive: Scores | None
    naive: Scores | None


class Total(Part):
    """A national total: persons a day or a year, published and simulated at today's population by age."""

    id: str
    label: Text
    source: str
    status: str
    published: float
    simulated: float
    ratio: float
    within: bool
    why: str | None


class Experiment(Part):
    """An experiment or natural experiment that the model never saw, replayed on its own population.

    Effects are on the scale of ``measure`` (logarithms for ratios in ``slope``); ``low`` and ``high`` of the
    prediction are its 90 % interval over parameter draws.
    """

    id: str
    label: Text
    source: str
    status: str
    design: str
    measure: str
    published: float
    published_low: float | None
    published_high: float | None
    predicted: float
    predicted_low: float
    predicted_high: float
    covered: bool
    note: str


class Causal(Part):
    """Predicted against observed effects; a slope of 1 means that the model neither exaggerates nor damps."""

    experiments: list[Experiment]
    slope: float | None
    coverage: float | None


class Valuation(Part):
    """A published valuation by its mechanism: sign, ranking, payers or timing, never its amounts."""

    id: str
    label: Text
    source: str
    kind: Literal["sign", "ranking", "payers", "timing"]
    published: str
    found: str
    agrees: bool


class ValidationDocument(Part):
    """Everything that speaks for and against the model."""

    persons: NonNegativeInt
    draws: NonNegativeInt
    seed: NonNegativeInt
    internal: Internal
    external: External
    totals: list[Total]
    causal: Causal
    cross: list[Valuation]

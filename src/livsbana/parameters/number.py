"""The number that carries its meaning: unit, spread, source and status beside the value."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from livsbana.parameters.scalars import Finite, Year

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Status = Literal["published", "to_verify", "assumption"]


class Declaration(BaseModel):
    """Base of all declarations: unknown keys are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Number(Declaration):
    """One uncertain number with its unit, spread, source and status.

    ``low`` and ``high`` are the 5th and 95th percentile unless ``interval`` says ``95``
    (a published 95 % confidence interval). Without them the number is certain.
    """

    value: Finite
    unit: str
    low: Finite | None = None
    high: Finite | None = None
    interval: Literal["90", "95"] = "95"
    dist: Literal["normal", "lognormal", "beta", "gamma", "uniform", "fixed"] | None = None
    source: str
    year: Year | None = None
    status: Status
    why: str | None = None
    group: Identifier | None = None
    evidence: Literal["high", "medium", "low"] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Number:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high come together")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} lies outside low {self.low:g} – high {self.high:g}")
        if self.status == "assumption" and not self.why:
            raise ValueError("an assumption needs a sentence in `why`")
        if self.unit in ("proportion", "probability", "share") or self.dist == "beta":
            _within(self, 0, 1, f"a {self.unit}")
        least = self.value if self.low is None else self.low
        if self.dist in ("lognormal", "gamma") and least <= 0:
            raise ValueError(f"a number with dist {self.dist} lies above 0, found {least:g}")
        return self


def _within(number: Number, least: float, most: float, what: str) -> None:
    """Refuse a number whose value, low or high lies outside the range."""
    for value in (number.value, number.low, number.high):
        if value is not None and not least <= value <= most:
            raise ValueError(f"{what} lies between {least:g} and {most:g}, found {value:g}")


def _share(number: Number) -> Number:
    """Refuse a share outside 0 to 1, whatever its unit is called."""
    _within(number, 0, 1, "a share")
    return number


def _correlation(number: Number) -> Number:
    """Refuse a correlation outside -1 to 1."""
    _within(number, -1, 1, "a correlation")
    return number


Share = Annotated[Number, AfterValidator(_share)]
Correlation = Annotated[Number, AfterValidator(_correlation)]

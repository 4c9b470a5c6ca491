"""What ``livsbana voi --json`` prints: what it is worth to know more before deciding."""

from __future__ import annotations

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from livsbana.runs.document import Part, Text
from livsbana.uncertainty.sensitivity_document import Input, Noise


class Worth(Part):
    """Expected value of knowing one group of numbers exactly, SEK for one decision.

    ``floor`` is what the largest of all groups stays below in 95 of 100 cases where nothing is to be known: a
    value at or below it cannot be told from 0.
    """

    evppi: NonNegativeFloat
    standard_error: NonNegativeFloat
    floor: NonNegativeFloat


class Choice(Part):
    """One decision maker and its options, SEK of present value.

    ``options`` are expected nets, ``best`` the option with the highest. ``evpi`` is what knowing everything
    would be worth, ``groups`` what knowing one group would.
    """

    options: dict[str, float]
    best: str
    chance_best: NonNegativeFloat
    evpi: NonNegativeFloat
    groups: dict[str, Worth]


class Wait(Part):
    """Deciding ``years`` later, knowing one group exactly, against the best that can be done now.

    ``value`` is the expected net of waiting, discounted; ``now`` that of deciding now.
    """

    years: PositiveFloat
    group: str
    value: float
    now: float
    worth_waiting: bool


class Study(Part):
    """A study of one group: at most ``at_most`` SEK over all decisions; it decides nothing where that is 0."""

    group: str
    label: Text
    kind: Text
    at_most: NonNegativeFloat
    standard_error: NonNegativeFloat


class VoiDocument(Part):
    """What information is worth: per payer, and for the state with contracts.

    Choices are for the scenario's own people, once. ``decisions`` says how many such decisions a study serves:
    people of the same kind elsewhere (``population`` over those of the scenario) times years of later cohorts,
    discounted. ``studies`` are worth the value for society times ``decisions``, the best first.
    """

    scenario: str
    label: Text
    draws: PositiveInt
    persons: PositiveInt
    seed: NonNegativeInt
    population: PositiveFloat
    decision_years: PositiveInt
    decisions: PositiveFloat
    inputs: dict[str, Input]
    noise: dict[str, Noise]
    payers: dict[str, Choice]
    state_contracts: Choice
    wait: dict[str, Wait]
    studies: list[Study]
    warnings: list[str]
    seconds: dict[str, float]

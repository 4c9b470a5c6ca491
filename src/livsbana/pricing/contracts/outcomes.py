"""What a contract file may say of an outcome: what is measured, on how many, when and against what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from livsbana.parameters.number import Declaration, Identifier, Number, Share
from livsbana.parameters.scalars import Flag, Whole, Year
from livsbana.parameters.schema import Label

Persons = Annotated[Whole, Field(ge=1, le=100_000)]


class Comparator(Declaration):
    """What the treated are set against.

    ``group``: other persons at the same time, whose level lies ``bias`` better than what the treated would
    have had; ``before``: the same persons before, moved by the expected ``trend`` (a share of the level);
    ``target``: a level that the contract states; ``none``: nothing, everything observed counts.
    """

    kind: Literal["group", "before", "target", "none"]
    persons: Persons | None = None
    randomised: Flag = False
    bias: Number | None = None
    trend: Number | None = None
    target: Number | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Comparator:
        belongs = {"persons": "group", "bias": "group", "trend": "before", "target": "target"}
        for name, kind in belongs.items():
            if getattr(self, name) is not None and self.kind != kind:
                raise ValueError(f"`{name}` belongs to a comparator of kind `{kind}`, found `{self.kind}`")
        if self.kind == "group" and self.persons is None:
            raise ValueError("a comparison group needs its number of `persons`")
        if self.kind == "target" and self.target is None:
            raise ValueError("a comparator of kind `target` needs its level: `target`")
        return self


class Engine(Declaration):
    """An outcome whose levels the simulation gives: among those whom a programme reached."""

    scenario: str
    outcome: Identifier
    programme: Identifier | None = None
    years_after: Annotated[Whole, Field(ge=0, le=39)] | None = None


class Outcome(Declaration):
    """What is measured, on how many, when and against what.

    ``level`` is what the treated would have without the programme at the measurement: a share of persons
    (``yes_no``) or a mean per person (``normal``, ``skewed`` = lognormal). ``before`` is their level before,
    the same unless said. ``effect`` is the improvement that the programme causes, in the outcome's ``measure``:
    a ``difference`` per person, a fall or rise as a part of the level (``relative``), or a difference per
    person that terms read as a ``total`` over all persons. ``spread`` is the standard deviation between
    persons (``normal``) or their coefficient of variation (``skewed``); ``correlation`` that of a person's
    values before and after (of their logarithms for ``skewed``). ``selected_top``: the persons were chosen
    because they lay in that top share before. ``pools`` makes the outcome the mean of others.
    """

    outcome: Identifier
    label: Label
    kind: Literal["yes_no", "normal", "skewed"] = "yes_no"
    better: Literal["lower", "higher"]
    measure: Literal["difference", "relative", "total"] = "difference"
    persons: Persons | None = None
    start: Year
    measured: Year
    comparator: Comparator | None = None
    level: Number | None = None
    before: Number | None = None
    effect: Number | None = None
    spread: Number | None = None
    correlation: Number | None = None
    design_effect: Number | None = None
    selected_top: Share | None = None
    engine: Engine | None = None
    pools: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Outcome:
        if self.measured <= self.start:
            raise ValueError(f"measured in {self.measured}, which does not lie after its start {self.start}")
        stated = [n for n in ("level", "effect") if getattr(self, n) is not None]
        if self.pools:
            self._only_pools()
        elif self.engine is not None:
            if stated or self.kind != "yes_no":
                raise ValueError("with `engine` the simulation gives the level and the effect, for `yes_no` outcomes")
        elif len(stated) < 2:
            raise ValueError("an outcome needs `level` and `effect`, or `engine`, or `pools`")
        if not self.pools and (self.persons is None or self.comparator is None):
            raise ValueError("an outcome needs the number of its `persons` and a `comparator`")
        if self.kind != "yes_no" and self.spread is None and not self.pools:
            raise ValueError(f"an outcome of kind `{self.kind}` needs the `spread` between persons")
        self._ranges()
        return self

    def _only_pools(self) -> None:
        """A mean of other outcomes has nothing of its own."""
        own = ("persons", "comparator", "level", "effect", "engine", "spread", "before", "selected_top")
        if any(getattr(self, name) is not None for name in own):
            raise ValueError("an outcome that `pools` others has no persons, level or comparator of its own")

    def _ranges(self) -> None:
        """Refuse what no distribution can have."""
        if self.kind == "yes_no":
            for number in (self.level, self.before):
                if number is not None and not 0 <= number.value <= 1:
                    raise ValueError(f"the level of a yes_no outcome is a share of persons, found {number.value:g}")
            if self.selected_top is not None:
                raise ValueError("`selected_top` needs a `normal` or `skewed` outcome")
        if self.selected_top is not None and not 0 < self.selected_top.value < 1:
            raise ValueError(f"`selected_top` is a share between 0 and 1, found {self.selected_top.value:g}")
        if self.kind == "skewed" and self.level is not None and self.level.value <= 0:
            raise ValueError(f"the mean of a skewed outcome lies above 0, found {self.level.value:g}")
        if self.spread is not None and self.spread.value <= 0:
            raise ValueError(f"a spread lies above 0, found {self.spread.value:g}")
        if self.correlation is not None and not -1 < self.correlation.value < 1:
            raise ValueError(f"a correlation lies between −1 and 1, found {self.correlation.value:g}")
        if self.design_effect is not None and self.design_effect.value < 1:
            raise ValueError(f"a design effect is at least 1, found {self.design_effect.value:g}")

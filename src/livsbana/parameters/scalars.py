"""Text to number, number by number: what may stand where the schema wants a number, and what was meant otherwise."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,11})")


def _mended(text: str) -> str:
    """Write a number the way it was probably meant; empty when that cannot be guessed."""
    bare = re.sub(r"[_  \u202f']", "", text).replace("−", "-").rstrip("%").replace(",", ".")
    bare = re.sub(r"^([-+]?)\.", r"\g<1>0.", bare.removesuffix("."))
    bare = re.sub(r"^([-+]?)0+(?=[0-9])", r"\1", bare)
    if not _DECIMAL.fullmatch(bare):
        return ""
    return f"{float(bare) / 100:.12g}" if text.endswith("%") else bare


def _wanted(text: str, kind: str, form: re.Pattern[str]) -> ValueError:
    """Say that ``text`` is not a number, why, and what to write."""
    if text.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        return ValueError(f"found `{text}`, wanted {kind}: a finite one")
    reason = {",": "a decimal comma", "_": "digits joined by `_`", "%": "a percentage"}
    found = next((f" ({why})" for sign, why in reason.items() if sign in text), "")
    mended = _mended(text)
    return ValueError(f"found `{text}`{found}, wanted {kind}" + (f"; write {mended}" if form.fullmatch(mended) else ""))


def decimal(value: object) -> object:
    """Read text as a finite decimal number; what is no text passes.

    Raises
    ------
    ValueError
        With what was found, what was wanted and how to write it.
    """
    if not isinstance(value, str):
        return value
    if not _DECIMAL.fullmatch(value):
        raise _wanted(value, "a number", _DECIMAL)
    if not math.isfinite(float(value)):
        raise ValueError(f"found `{value}`, which is too large for a number")
    return float(value)


def whole(value: object) -> object:
    """Read text as a whole number; what is no text passes.

    Raises
    ------
    ValueError
        With what was found, what was wanted and how to write it.
    """
    if not isinstance(value, str):
        return value
    if not _WHOLE.fullmatch(value):
        raise _wanted(value, "a whole number", _WHOLE)
    return int(value)


def _flag(value: object) -> object:
    """Read text as true or false."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError(f"found `{value}`, wanted true or false")
    return value == "true" if isinstance(value, str) else value


def ordered(ages: tuple[int, int]) -> tuple[int, int]:
    """Refuse an age range that ends before it begins."""
    if ages[0] > ages[1]:
        raise ValueError(f"ages [{ages[0]}, {ages[1]}] end before they begin; write [{ages[1]}, {ages[0]}]")
    return ages


def ordered_numbers(span: tuple[int, int]) -> tuple[int, int]:
    """Refuse a span of years that is negative or ends before it begins."""
    if not 0 <= span[0] <= span[1]:
        raise ValueError(f"[{span[0]}, {span[1]}] is no span of years; write two numbers from 0, the smaller first")
    return span


Finite = Annotated[float, BeforeValidator(decimal), Field(allow_inf_nan=False)]
Proportion = Annotated[float, BeforeValidator(decimal), Field(ge=0, le=1)]
Whole = Annotated[int, BeforeValidator(whole)]
Year = Annotated[int, BeforeValidator(whole), Field(ge=1900, le=2200)]
Flag = Annotated[bool, BeforeValidator(_flag)]
ZeroOrOne = Annotated[Literal[0, 1], BeforeValidator(whole)]
Age = Annotated[int, BeforeValidator(whole), Field(ge=-1, le=120)]

"""Personal data: identity numbers are refused wherever they stand, and small groups are not shown."""

from __future__ import annotations

import re

from livsbana.errors import InputError
from livsbana.parameters.reader import Document, Node, Steps

SMALLEST_SHOWN = 10
FORM = re.compile(r"(?<!\d)(?:\d{2})?(\d{2}(\d{2})(\d{2}))[-+ ]?(\d{4})(?!\d)")
COORDINATION = 60  # added to the day of a coordination number
HEADINGS = ("personnummer", "personnr", "pnr", "samordningsnummer", "personal_identity_number", "identity_number")


def identity_number(text: str) -> bool:
    """Say whether a text holds what looks like a Swedish personal identity or coordination number.

    Ten digits YYMMDD-NNNN or twelve, with or without sign, that have a month, a day and the right check digit (Luhn).
    """
    return any(_is_number(*found.groups()) for found in FORM.finditer(text))


def _is_number(date: str, month: str, day: str, last: str) -> bool:
    of_month = int(day) - COORDINATION if int(day) > COORDINATION else int(day)
    return 1 <= int(month) <= 12 and 1 <= of_month <= 31 and luhn(date + last)


def luhn(digits: str) -> bool:
    """Check the digit sum with every second digit doubled, the first among them."""
    doubled = [int(d) * (2 - k % 2) for k, d in enumerate(digits)]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def is_identity_heading(text: str) -> bool:
    """Say whether a heading announces identity numbers."""
    return re.sub(r"[\s.-]+", "", text.casefold()) in HEADINGS


def refuse_identity_numbers(document: Document) -> None:
    """Refuse a file that holds identity numbers, anywhere in it; the number itself is not repeated.

    Raises
    ------
    InputError
        With the place of the first one.
    """
    for steps, key, text in _texts(document.node, ()):
        if identity_number(text) or (key and is_identity_heading(text)):
            message = (
                "found what looks like a personal identity number; a logic model holds no personal data, remove it"
            )
            raise InputError(message, document.where(steps, key=key))


def _texts(node: Node, steps: Steps) -> list[tuple[Steps, bool, str]]:
    """Every key and every text, with its place."""
    if isinstance(node, str):
        return [(steps, False, node)]
    if isinstance(node, list):
        return [found for i, inner in enumerate(node) for found in _texts(inner, (*steps, i))]
    pairs = [([((*steps, key), True, key)], _texts(inner, (*steps, key))) for key, inner in node.items()]
    return [found for key, inner in pairs for found in (*key, *inner)]


def shown_count(count: int | None) -> int | None:
    """Give a number of persons, or None where it is so small that persons might be known from it."""
    return None if count is None or count < SMALLEST_SHOWN else count

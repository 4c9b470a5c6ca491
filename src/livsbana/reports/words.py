"""How numbers and payers are written: never more digits than the simulation can carry."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from babel.numbers import format_decimal

from livsbana.reports.phrases import Language, phrase, said
from livsbana.runs.document import Account, Money, Mvpf, Text

MINUS = "−"
NONE = "–"
# Babel writes Swedish thousands apart by a wide space; a thin one that never breaks reads better.
WIDE, THIN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
SIGNIFICANT_DIGITS = 3
FINEST_EXPONENT = -1
# A difference is told from 0 by simulation when it is this many standard errors away.
CLEAR_ERRORS = 2.0
LARGEST_ERROR_IN_LAST_DIGIT = 3.0

PAYERS = {
    "municipality": Text(sv="Kommuner", en="Municipalities"),
    "municipality/home": Text(sv="Hemkommunen", en="Home municipality"),
    "municipality/other": Text(sv="Andra kommuner", en="Other municipalities"),
    "region": Text(sv="Regioner", en="Regions"),
    "region/home": Text(sv="Hemregionen", en="Home region"),
    "region/other": Text(sv="Andra regioner", en="Other regions"),
    "state": Text(sv="Staten", en="State"),
    "employer": Text(sv="Arbetsgivare", en="Employers"),
    "household": Text(sv="Hushåll", en="Households"),
    "victim": Text(sv="Brottsoffer", en="Victims of crime"),
    "unattributed": Text(sv="Ej fördelat", en="Not attributed"),
    "state/courts": Text(sv="Domstolarna", en="Courts"),
    "state/employment_service": Text(sv="Arbetsförmedlingen", en="Employment service"),
    "state/police": Text(sv="Polisen", en="Police"),
    "state/prison_and_probation": Text(sv="Kriminalvården", en="Prison and probation"),
    "state/prosecutor": Text(sv="Åklagarna", en="Prosecutors"),
    "state/sis": Text(sv="SiS", en="SiS, secure homes"),
    "state/social_insurance": Text(sv="Försäkringskassan", en="Social insurance"),
    "state/study_aid": Text(sv="CSN", en="Study aid"),
    "state/tax_agency": Text(sv="Skatteverket", en="Tax agency"),
    "state/universities": Text(sv="Lärosätena", en="Universities"),
    "state/victim_authority": Text(sv="Brottsoffermyndigheten", en="Victim authority"),
    "public": Text(sv="Offentliga sektorn", en="All public"),
    "society": Text(sv="Samhället", en="Society"),
}


def payer_name(payer: str, language: Language = "en") -> str:
    """Name a payer of ``by_year``; a body of the state that has no name here by its own id."""
    known = PAYERS.get(payer)
    return said(known, language) if known else payer.partition("/")[2].replace("_", " ").capitalize()


class Scale(NamedTuple):
    """A unit of money for one table or figure, the power of ten of its last digit, and the language."""

    sek: float
    unit: str
    exponent: int
    language: Language = "en"

    def text(self, money: Money, signed: bool = False) -> str:
        """Write the mean of an amount, as exact as its simulation error allows."""
        return self.plain(money.mean, money.mc_error, signed)

    def plain(self, sek: float, mc_error_sek: float = 0.0, signed: bool = False) -> str:
        """Write an amount in SEK with a given simulation error."""
        exponent = max(self.exponent, error_exponent(mc_error_sek / self.sek))
        return number(sek / self.sek, exponent, signed, self.language)

    def interval(self, money: Money) -> str:
        """Write the interval over draws; a dash without draws."""
        if money.low is None or money.high is None:
            return NONE
        low, high = (self.plain(bound, money.mc_error) for bound in (money.low, money.high))
        return low if low == high else phrase("interval", self.language, low=low, high=high)


def scale_of(amounts_sek: Iterable[float], language: Language = "en") -> Scale:
    """Choose MSEK, or thousands of SEK for small sums, with three digits for the largest amount."""
    largest = max((abs(amount) for amount in amounts_sek), default=0.0)
    sek, unit = (1e6, "millions") if largest >= 1e6 or largest == 0 else (1e3, "thousands")
    exponent = max(digits_exponent(largest / sek), FINEST_EXPONENT)
    return Scale(sek, phrase(f"unit.{unit}", language), exponent, language)


def digits_exponent(value: float, digits: int = SIGNIFICANT_DIGITS) -> int:
    """Power of ten of the last of ``digits`` significant digits; 0 for the value 0."""
    return math.floor(math.log10(abs(value))) - digits + 1 if value else 0


def error_exponent(error: float) -> int:
    """Power of ten of the finest digit that a standard error leaves meaningful; very low for no error.

    The error is at most three units of that digit.
    """
    return math.ceil(math.log10(error / LARGEST_ERROR_IN_LAST_DIGIT)) if error > 0 else -9


def number(value: float, exponent: int, signed: bool = False, language: Language = "en") -> str:
    """Write a number rounded to ``10**exponent``; ``≈0`` for what is rounded away."""
    rounded = round(value / 10.0**exponent) * 10.0**exponent
    if rounded == 0:
        return "≈0" if value else "0"
    sign = MINUS if rounded < 0 else "+" if signed else ""
    return sign + decimal(abs(rounded), max(0, -exponent), language)


def decimal(value: float, decimals: int, language: Language) -> str:
    """Write a number with so many decimals, as the language writes it."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=language).replace(WIDE, THIN).replace("-", MINUS)


def count(value: float, language: Language = "en") -> str:
    """Write how many there are, in whole ones."""
    return decimal(value, 0, language)


def percent(share: float | None, language: Language = "en") -> str:
    """Write a share in whole per cent; a dash for none."""
    if share is None:
        return NONE
    return decimal(round(100 * share), 0, language) + phrase("percent", language)


def ratio(value: float | None, language: Language = "en") -> str:
    """Write a ratio with two digits; a dash for none."""
    return NONE if value is None else decimal(value, 2, language)


def exact(value: float, language: Language = "en") -> str:
    """Write a number of a file with the digits that it has there, at most six."""
    mantissa, _, power = f"{value:.6g}".partition("e")
    decimals = len(mantissa.partition(".")[2])
    return decimal(float(mantissa), decimals, language) + (f"×10^{int(power)}" if power else "")


def mvpf_text(mvpf: Mvpf, language: Language = "en") -> str:
    """Write the marginal value of public funds."""
    return phrase("mvpf.infinite", language) if mvpf.value == "infinite" else ratio(mvpf.value, language)


def break_even(account: Account, language: Language = "en") -> str:
    """Write the first and the lasting break-even year, once when they are the same.

    A dash for who pays nothing, unless it clearly loses later.
    """
    first, lasting = account.break_even_year, account.lasting_break_even_year
    if account.programme_cost.mean == 0 and (first == lasting is not None or not is_clear(account.net)):
        return NONE
    never = phrase("never", language)
    if first == lasting:
        return never if first is None else str(first)
    return f"{first or never}/{lasting or never}"


def is_clear(money: Money) -> bool:
    """Say whether more than simulation error separates an amount from 0."""
    return abs(money.mean) > CLEAR_ERRORS * money.mc_error

"""Sweden's 290 municipalities in 21 regions: their names, residents by age and local indicators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livsbana.errors import InputError
from livsbana.parameters.reader import nearest, shown
from livsbana.parameters.tables import Row, Table, read_table

AGES = 101
SEXES = ("female", "male")
SWEDEN = "00"

_MUNICIPALITY_COLUMNS = ("code", "name", "region_code", "region_name", "population", "year", "source")
_AGE_COLUMNS = tuple(f"age_{age}" for age in range(AGES))
_GROUP_COLUMNS = ("skr_group_2023", "skr_group_name_2023")


@dataclass(frozen=True)
class Municipality:
    """A municipality, or all of Sweden.

    ``residents`` has shape [2 sexes (female, male), 101 ages], 31 December 2022; ``population`` is
    of 31 December 2024. ``profile`` maps an indicator to its value, None where it is not known.
    """

    code: str
    name: str
    region_code: str
    region_name: str
    skr_group: str
    population: int
    profile: dict[str, float | None]
    residents: NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """All municipalities by code, and Sweden as their sum."""

    municipalities: dict[str, Municipality]
    sweden: Municipality

    @property
    def regions(self) -> dict[str, str]:
        """Region code to region name."""
        return {m.region_code: m.region_name for m in self.municipalities.values()}

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the local indicators."""
        return tuple(self.sweden.profile)

    def municipality(self, code: str) -> Municipality:
        """Give the municipality with this four-digit code.

        Raises
        ------
        InputError
            If there is none, with the code or name that was probably meant.
        """
        if code not in self.municipalities:
            raise InputError(self.unknown(code))
        return self.municipalities[code]

    def find(self, text: str) -> Municipality:
        """Give the municipality with this code or name (in any case).

        Raises
        ------
        InputError
            If there is none, with the code or name that was probably meant.
        """
        return self.named(text) or self.municipality(text)

    def named(self, text: str) -> Municipality | None:
        """Give the municipality with this code or name (in any case), or None."""
        by_name = (m for m in self.municipalities.values() if m.name.casefold() == text.casefold())
        return self.municipalities.get(text) or next(by_name, None)

    def unknown(self, text: str) -> str:
        """Say that a text is no municipality, and which one was probably meant."""
        for code in self._misread(text):
            if code in self.municipalities:
                name = self.municipalities[code].name
                return (
                    f'unknown municipality `{text}`; did you mean "{code}" ({name})? Codes have four digits, in quotes'
                )
        names = {m.name: code for code, m in self.municipalities.items()}
        hint = nearest(text, [*names, *self.municipalities])
        found = re.search("`(.*)`", hint)
        code = names.get(found[1]) if found else None
        wanted = "; wanted a four-digit code such as 0581 or the exact name"
        return f"unknown municipality `{text}`{hint}{f' ({code})' if code else ''}{'' if hint else wanted}"

    @staticmethod
    def _misread(text: str) -> list[str]:
        """Codes that other tools turn into this text: a lost zero, or 0114 read as an octal number."""
        if not re.fullmatch("[0-9]{1,4}", text):
            return []
        return [text.zfill(4), f"0{int(text):o}".zfill(4)]

    def sweden_mean(self, indicator: str) -> float:
        """Give the mean of an indicator over the municipalities where it is known, weighted by population."""
        mean = self.sweden.profile.get(indicator)
        if mean is None:
            raise InputError(f"unknown local indicator `{indicator}`{nearest(indicator, self.indicators)}")
        return mean


def load_places(folder: Path) -> Places:
    """Read ``municipalities.csv``, ``municipality_profiles.csv`` and ``municipality_age_2022.csv``.

    Raises
    ------
    InputError
        With ``file:line``, for a wrong number or a municipality that one of the files lacks.
    """
    names = read_table(folder / "municipalities.csv", _MUNICIPALITY_COLUMNS)
    profiles = read_table(folder / "municipality_profiles.csv", ("code", "name", *_GROUP_COLUMNS), more=True)
    ages = read_table(folder / "municipality_age_2022.csv", ("code", "name", "sex", *_AGE_COLUMNS))
    profile_rows, age_rows = profiles.keyed("code"), ages.keyed("code", "sex")
    _refuse_strangers(names, profiles, set(profile_rows))
    _refuse_strangers(names, ages, {key.split()[0] for key in age_rows})
    municipalities: dict[str, Municipality] = {}
    for code, row in names.keyed("code").items():
        if not re.fullmatch("[0-9]{4}", code):
            raise names.error(row, f"code `{code}` has not four digits; did a spreadsheet drop a leading zero?")
        profile_row = _row(profiles, profile_rows, code)
        residents = [_residents(ages, _row(ages, age_rows, f"{code} {sex}")) for sex in SEXES]
        municipalities[code] = Municipality(
            code=code,
            name=row.cells["name"],
            region_code=row.cells["region_code"],
            region_name=row.cells["region_name"],
            skr_group=profile_row.cells["skr_group_2023"],
            population=names.whole(row, "population"),
            profile=_profile(profiles, profile_row),
            residents=np.array(residents, np.int64),
        )
    return Places(municipalities, _sweden(list(municipalities.values())))


def _refuse_strangers(names: Table, other: Table, codes: set[str]) -> None:
    """Refuse codes that ``municipalities.csv`` does not list."""
    known = {row.cells["code"] for row in names.rows}
    for row in other.rows:
        if row.cells["code"] not in known:
            raise other.error(row, f"unknown municipality `{row.cells['code']}`{nearest(row.cells['code'], known)}")
    for row in names.rows:
        if row.cells["code"] not in codes:
            raise names.error(row, f"municipality `{row.cells['code']}` has no row in {other.path.name}")


def _row(table: Table, rows: dict[str, Row], key: str) -> Row:
    """Give the row with this key."""
    if key not in rows:
        raise InputError(f"no row for `{key}`; every municipality has one", shown(table.path))
    return rows[key]


def _profile(table: Table, row: Row) -> dict[str, float | None]:
    """Read the indicators of one municipality; an empty cell is unknown."""
    columns = [c for c in table.columns if c not in ("code", "name", *_GROUP_COLUMNS)]
    return {c: table.decimal(row, c) if row.cells[c] else None for c in columns}


def _residents(table: Table, row: Row) -> list[int]:
    """Read the residents of one sex by single year of age."""
    wrong = [c for c in _AGE_COLUMNS if not re.fullmatch("[0-9]{1,9}", row.cells[c])]
    if wrong:
        raise table.error(row, f"column `{wrong[0]}`: found `{row.cells[wrong[0]]}`, wanted a number of residents")
    return [int(row.cells[c]) for c in _AGE_COLUMNS]


def _sweden(parts: list[Municipality]) -> Municipality:
    """Sum the municipalities; indicators are means weighted by population where known."""
    profile: dict[str, float | None] = {}
    for indicator in parts[0].profile:
        known = [(value, m.population) for m in parts if (value := m.profile[indicator]) is not None]
        weight = sum(population for _, population in known)
        profile[indicator] = sum(value * population for value, population in known) / weight if weight else None
    return Municipality(
        code=SWEDEN,
        name="Sverige",
        region_code=SWEDEN,
        region_name="Sverige",
        skr_group="",
        population=sum(m.population for m in parts),
        profile=profile,
        residents=np.array([m.residents for m in parts], np.int64).sum(axis=0),
    )

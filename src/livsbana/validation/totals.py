"""National totals: today's population by age and sex times the model's rates, against what registers count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from livsbana.lifecourse.align import align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.check import BATCHES, FRESH_COHORT
from livsbana.lifecourse.compile import AGES, Fit, TallySpec, compile_model
from livsbana.lifecourse.simulate import no_programmes, simulate_cohort
from livsbana.parameters.library import Library
from livsbana.parameters.names import Names
from livsbana.parameters.origins import Origins
from livsbana.parameters.schema import Counts, Declaration, Identifier, Label, Number
from livsbana.runs.document import Text
from livsbana.uncertainty.draws import central
from livsbana.validation.document import Total
from livsbana.validation.reading import check_source, read_beside

NEAR = 1.25


class NationalTotal(Declaration):
    """A published number of persons, and whom the model counts for it.

    ``counts.quantity`` scales a count of the year to the published measure; ``why`` explains a known difference.
    """

    id: Identifier
    label: Label
    counts: Counts
    value: Number
    why: str | None = None


class NationalTotals(Declaration):
    """What stands in ``validation/totals.yaml``."""

    totals: list[NationalTotal]


def read_totals(library: Library) -> list[NationalTotal]:
    """Read and check the totals beside the parameters.

    Raises
    ------
    InputError
        With ``file:line``, when a total counts something that does not exist.
    """

    def check(declared: NationalTotals, origins: Origins) -> None:
        names = Names(library.factors, origins)
        for total in declared.totals:
            for condition in total.counts.all:
                names.condition(condition)
            check_source(library, total.value, origins)

    return read_beside(library, "totals", NationalTotals, check).totals


def compare_totals(
    library: Library, fit: Fit, totals: list[NationalTotal], persons: int, seed: int, pool: ThreadPoolExecutor
) -> list[Total]:
    """Simulate the country once and scale every age to those who live today; the furthest off first."""
    specs = [TallySpec(tuple(t.counts.all), t.counts.ages or (0, AGES - 1)) for t in totals]
    model = compile_model(library, central, fit, [TallySpec(()), *specs], everywhere=True)
    model, _ = align(model, library, central)
    birth = birth_tables(model, library, central, FRESH_COHORT, None, seed)
    counts = simulate_cohort(model, birth, FRESH_COHORT, persons, no_programmes(), 1, seed, pool, BATCHES)
    tally = counts.tally[0, :, :, 0, :].astype(float)  # [age, column, group]
    sexes = [model.groups.index(f"sex.{s}") for s in ("female", "male")]
    living = np.asarray(library.places.sweden.residents, float)[:, :AGES].T  # [age, sex]
    rates = tally[:, 1:, sexes] / np.maximum(tally[:, :1, sexes], 1.0)
    simulated = np.einsum("acs,as->c", rates, living)
    found = [_total(t, float(x)) for t, x in zip(totals, simulated, strict=True)]
    return sorted(found, key=lambda t: -abs(np.log(max(t.ratio, 1e-9))))


def _total(total: NationalTotal, simulated: float) -> Total:
    """One total beside its simulated value."""
    quantity = total.counts.quantity.value if total.counts.quantity else 1.0
    simulated *= quantity
    ratio = simulated / total.value.value
    return Total(
        id=total.id,
        label=Text(sv=total.label.sv, en=total.label.en),
        source=total.value.source,
        status=total.value.status,
        published=total.value.value,
        simulated=simulated,
        ratio=ratio,
        within=1 / NEAR <= ratio <= NEAR,
        why=total.why,
    )

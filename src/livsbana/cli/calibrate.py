"""``livsbana calibrate``: fit, store the fit, and show how well the model meets its evidence."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from livsbana.lifecourse.check import Check


def calibrate_command(persons: int, seed: int, data: Path | None, json_output: bool) -> None:
    """Fit the model, write ``fitted.json`` beside the parameters, and compare with the evidence."""
    from livsbana.lifecourse.check import check_fit
    from livsbana.lifecourse.fit import central, fit_library
    from livsbana.lifecourse.simulate import cores
    from livsbana.lifecourse.stored import save_fit
    from livsbana.parameters.library import load_library, parameters_folder

    library = load_library(data)
    fit = fit_library(library, progress=lambda line: typer.echo(line, err=True))
    path = save_fit(library, fit, parameters_folder(data))
    typer.echo(f"wrote {path}; now simulating {persons:,} persons who took no part in the fit", err=True)
    with ThreadPoolExecutor(cores()) as pool:
        check = check_fit(library, fit, central, persons, seed, pool)
    if json_output:
        typer.echo(json.dumps(_document(check), indent=1))
    else:
        for line in _lines(check):
            typer.echo(line)


def _document(check: Check) -> dict[str, object]:
    """The comparison as one JSON document."""
    return {
        "persons": check.persons,
        "levels": [{**asdict(r), "met": r.met} for r in check.levels],
        "flows": [{**asdict(r), "moved": round(r.moved, 3)} for r in check.flows],
        "associations": [{**asdict(r), "miss": round(r.miss, 3)} for r in check.associations],
    }


def _lines(check: Check) -> list[str]:
    """The comparison in words, misses first."""
    lines = []
    for use in ("calibration", "validation", "report"):
        results = check.levels_for(use)
        missed = sorted((r for r in results if not r.met), key=lambda r: -abs(r.simulated - r.target) / r.allowed)
        lines.append(f"{use} targets: {len(results) - len(missed)} of {len(results)} met")
        lines += [
            f"  missed  {r.name}: {r.simulated:.4g} instead of {r.target:.4g} ± {r.allowed:.2g} ({r.source})"
            for r in missed
        ]
    lines.append(
        f"remissions: {len(check.flows) - len(check.moved)} of {len(check.flows)} near what was published; "
        "where levels and flows do not go together, levels win"
    )
    lines += [
        f"  moved   {r.name}: {r.simulated:.3g} instead of {r.target:.3g} ({r.moved:+.0%}, {r.source})"
        for r in check.moved
    ]
    for use in ("fit", "holdout", "report"):
        results = [r for r in check.associations if r.use == use]
        inside = sum(abs(r.miss) < 2 for r in results)
        root = (sum((r.simulated - r.published) ** 2 for r in results) / max(len(results), 1)) ** 0.5
        lines.append(
            f"{use} associations: {inside} of {len(results)} within 2 standard errors, root mean square miss {root:.2f}"
        )
        for r in sorted(results, key=lambda r: -abs(r.miss)):
            published = f"published {r.published:+.2f} ± {r.spread:.2f}"
            lines.append(f"  {r.id}: {r.simulated:+.2f}, {published} ({r.measure}, {r.miss:+.1f} s.e.)")
    return lines

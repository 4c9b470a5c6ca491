"""The validation in words and columns: what disagrees comes first."""

from __future__ import annotations

from collections.abc import Sequence

from livsbana.validation.document import Causal, External, Internal, TargetMiss, Total, ValidationDocument, Valuation

WIDEST_NAME = 74


def validation_text(document: ValidationDocument) -> str:
    """Write the validation for somebody who decides whether to trust the model.

    Returns
    -------
    str
        Lines of at most about 120 characters.
    """
    parts = [
        [f"Validation on {document.persons:,} persons who took no part in any fit, {document.draws} draws."],
        _external(document.external),
        _totals(document.totals),
        _causal(document.causal),
        _cross(document.cross),
        _internal(document.internal),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _external(found: External) -> list[str]:
    lines = [
        f"External: of {len(found.facts)} facts frozen before fitting {found.agree} agree, {found.inconclusive} are "
        f"inconclusive, {found.disagree} disagree.",
        f"  90 % intervals hold {found.model.coverage:.0%} of the facts; mean interval score "
        f"{found.model.interval_score:.2f}{_against_naive(found)}",
        f"  {'':12}{'published':>10}{'model':>10}   {'90 % interval':<20}{'naive':>8}{'Bayes':>9}",
    ]
    for f in found.facts:
        interval, naive = f"{_g(f.low)} – {_g(f.high)}", "" if f.naive is None else _g(f.naive)
        mark = "?" if f.status == "to_verify" else " "
        lines.append(f"  {f.verdict:12}{_g(f.published):>9}{mark}{_g(f.simulated):>10}   {interval:<20}{naive:>8}"
                     f"{_factor(f.bayes_factor):>9}  {f.name[:WIDEST_NAME]} ({f.source})")  # fmt: skip
    return [*lines, "  ?: the fact itself is still to be verified in its source."]


def _against_naive(found: External) -> str:
    if found.naive is None or found.model_where_naive is None:
        return "."
    return (
        f". Where a naive mean of the factor's targets exists: model {found.model_where_naive.interval_score:.2f}, "
        f"naive {found.naive.interval_score:.2f} (smaller is better)."
    )


def _totals(totals: Sequence[Total]) -> list[str]:
    if not totals:
        return []
    near = sum(t.within for t in totals)
    lines = [f"National totals: {near} of {len(totals)} within a factor 1.25, furthest off first."]
    for t in totals:
        why = f"  {t.why}" if t.why and not t.within else ""
        mark = {"published": " ", "to_verify": "?", "assumption": "*"}[t.status]
        lines.append(f"  {t.ratio:5.2f} ×  {t.simulated:>11,.0f} for {t.published:>11,.0f}{mark} {t.label.en}.{why}")
    return [*lines, "  ?: to be verified. *: derived from a published share."]


def _causal(causal: Causal) -> list[str]:
    if not causal.experiments:
        return []
    slope = "" if causal.slope is None else f", slope of predicted on observed {causal.slope:.2f}"
    covered = sum(e.covered for e in causal.experiments)
    lines = [f"Causal: {covered} of {len(causal.experiments)} experiments that were never inputs are covered{slope}."]
    for e in sorted(causal.experiments, key=lambda e: e.covered):
        said = f"{e.measure} {e.predicted:.2f} ({e.predicted_low:.2f} to {e.predicted_high:.2f})"
        published = "" if e.published_low is None else f" ({e.published_low:.2f} to {e.published_high:.2f})"
        lines.append(f"  {'covered' if e.covered else 'MISSED':9}{said}, published {e.published:.2f}{published}: "
                     f"{e.label.en} ({e.source}, {e.status}). {e.note}")  # fmt: skip
    return lines


def _cross(cross: Sequence[Valuation]) -> list[str]:
    if not cross:
        return []
    lines = [f"Published valuations: {sum(v.agrees for v in cross)} of {len(cross)} agree in mechanism."]
    for v in sorted(cross, key=lambda v: v.agrees):
        agrees = "agrees" if v.agrees else "DIFFERS"
        lines.append(f"  {agrees:9}{v.kind}: {v.label.en} ({v.source}): published {v.published}; here {v.found}")
    return lines


def _internal(found: Internal) -> list[str]:
    lines = [
        f"Internal: {found.met} of {found.targets} calibration targets met; {len(found.moved)} of {found.remissions} "
        f"remissions moved by levels; {found.associations_within_2_se} of {found.associations} fitted associations "
        "within two standard errors."
    ]
    lines += _misses("missed", found.missed)
    return lines + _misses("moved", found.moved)


def _misses(word: str, misses: Sequence[TargetMiss]) -> list[str]:
    return [
        f"  {word}  {m.name}: {_g(m.simulated)} for {_g(m.published)} ± {_g(m.allowed)} ({m.source})" for m in misses
    ]


def _g(x: float) -> str:
    return f"{x:.3g}"


def _factor(x: float) -> str:
    return f"{x:.1f}" if x >= 0.1 else f"1/{min(1 / x, 1e6):,.0f}"

"""Set a logic model beside its benchmark: claims, gaps both ways, power, payers, early measures."""

from __future__ import annotations

from livsbana.parameters.library import Library
from livsbana.parameters.schema import Edge
from livsbana.pilots.benchmark import FEWEST, PACKAGE, PLAUSIBLE, Benchmark
from livsbana.pilots.document import ClaimResult, CompareDocument, MissingLink, Unsupported
from livsbana.pilots.judge import has_path, judge_links, judge_outcomes
from livsbana.pilots.leading import leading_indicators
from livsbana.pilots.names import factor_label, label_of
from livsbana.pilots.planned import ASSUMPTIONS, break_evens, power_of
from livsbana.pilots.read import Pilot
from livsbana.runs.document import Text

FEW_DRAWS = 20
AMPLE = 2  # times the fewest, as some die or move
ROUND = 10_000


def compare(pilot: Pilot, library: Library, benchmark: Benchmark, draws: int) -> CompareDocument:
    """Judge every claim of a logic model.

    Parameters
    ----------
    benchmark
        From ``simulate_benchmark`` with the same pilot and library.
    draws
        Draws behind it; 0 for central values alone.
    """
    links, outcomes = judge_links(pilot, library, benchmark), judge_outcomes(pilot, library, benchmark)
    judged = {o.name for o in outcomes}
    return CompareDocument(
        pilot=pilot.file.pilot,
        label=pilot.file.label,
        place=pilot.place.name if pilot.place else "Sweden",
        ages=pilot.file.target.ages,
        group=[factor_label(library, name) for name in pilot.file.target.where],
        simulated=benchmark.simulated,
        followed=int(benchmark.persons[1]),
        draws=draws,
        seed=benchmark.seed,
        links=links,
        outcomes=outcomes,
        unmeasured=[o.label for o in pilot.file.outcomes if o.outcome not in judged],
        missing=missing_links(pilot, library),
        without_evidence=unsupported(pilot, library),
        power=power_of(pilot, library, benchmark),
        break_even=break_evens(pilot, benchmark),
        leading_indicators=leading_indicators(pilot, library, benchmark),
        assumptions=[_plausible(), *ASSUMPTIONS],
        cautions=_cautions(benchmark, [*links, *outcomes], draws),
    )


def missing_links(pilot: Pilot, library: Library) -> list[MissingLink]:
    """Causal edges between factors that the logic model names, where it draws no link; the strongest first."""
    drawn = {(link.source, link.target) for link in pilot.file.links}
    best: dict[tuple[str, str], Edge] = {}
    for edge in library.edges:
        pair = (edge.source_factor, edge.target_factor)
        named = pair[0] in pilot.factors and pair[1] in pilot.factors and pair[0] != pair[1]  # not peers
        if named and pair not in drawn and (pair not in best or _strength(edge) > _strength(best[pair])):
            best[pair] = edge
    ordered = sorted(best.items(), key=lambda item: (-_strength(item[1]), item[0]))
    return [
        MissingLink(
            source=source,
            target=target,
            label=label_of(pilot, library, source, target),
            odds_ratio=edge.causal.value,
            evidence_source=edge.causal.source,
            status=edge.causal.status,
        )
        for (source, target), edge in ordered
    ]


def _strength(edge: Edge) -> float:
    """How far an odds ratio lies from 1."""
    return max(edge.causal.value, 1 / edge.causal.value)


def unsupported(pilot: Pilot, library: Library) -> list[Unsupported]:
    """Links for which the model has no evidence."""
    found = []
    for link in pilot.file.links:
        why = _why_unsupported(pilot, library, link.source, link.target)
        if why is not None:
            label = label_of(pilot, library, link.source, link.target)
            found.append(Unsupported(source=link.source, target=link.target, label=label, why=why))
    return found


def _why_unsupported(pilot: Pilot, library: Library, source: str, target: str) -> Text | None:
    """Say why a link has no evidence; None when it has some."""
    if source not in pilot.programmes:
        if has_path(library, source, target):
            return None
        return Text(
            sv="inget orsakssamband i modellen, varken direkt eller på omvägar",
            en="no causal way in the model, direct or not",
        )
    programme = pilot.programmes[source]
    if programme is None:
        return Text(sv="aktiviteten är inget program i biblioteket", en="the activity is no programme of the library")
    effects = [e.on for e in library.programmes[programme].effects]
    if target in effects or any(has_path(library, name, target) for name in effects):
        first, last = library.programmes[programme].eligible.ages
        if first <= pilot.file.target.ages[1] and last >= pilot.file.target.ages[0]:
            return None
        return Text(
            sv=f"programmet {programme} är för {first}–{last} år",
            en=f"programme {programme} is for ages {first}–{last}",
        )
    return Text(sv=f"programmet {programme} påverkar inte detta", en=f"programme {programme} does not act on this")


def _plausible() -> Text:
    """Say what was assumed where nothing was stated."""
    low, high = PLAUSIBLE.low or 0.0, PLAUSIBLE.high or 0.0
    return Text(
        sv=f"Där kedjan inte säger hur mycket en faktor ändras antas {low:.0%}–{high:.0%} av gapet (antagande).",
        en=f"Where the chain does not say how much a factor changes: {low:.0%}–{high:.0%} of the gap (assumption).",
    )


def _cautions(benchmark: Benchmark, claims: list[ClaimResult], draws: int) -> list[Text]:
    """What to beware of."""
    found = [
        Text(
            sv="Modellen vilar till stor del på bedömningar; ett omdöme om rimlighet är inget bevis om er pilot.",
            en="The model rests largely on judgement; a verdict on plausibility is no evidence on your pilot.",
        )
    ]
    if draws < FEW_DRAWS:
        found.append(
            Text(
                sv=f"Bara {draws} dragningar: P5 och P95 är grova. Kör med --draws 100.",
                en=f"Only {draws} draws: P5 and P95 are coarse. Run with --draws 100.",
            )
        )
    if benchmark.persons[1] < FEWEST or any(c.verdict == "not_simulated" for c in claims):
        found.append(_too_few(benchmark))
    if PACKAGE not in benchmark.share:
        found.append(
            Text(
                sv="Ingen aktivitet är ett program i biblioteket: pilotens följder räknas från dess första faktorer.",
                en="No activity is a programme of the library: what the pilot does is counted from its first factors.",
            )
        )
    return found


def _too_few(benchmark: Benchmark) -> Text:
    """Say that the group is small in the simulation, and with how many persons it is large enough."""
    followed = int(benchmark.persons[1])
    wanted = AMPLE * FEWEST * benchmark.simulated // max(followed, 1)
    wanted = -(-wanted // ROUND) * ROUND
    return Text(
        sv=f"Bara {followed} simulerade personer hör till målgruppen: kör med --persons {wanted}, eller vidga gruppen.",
        en=f"Only {followed} simulated persons are in the target group: use --persons {wanted}, or widen the group.",
    )

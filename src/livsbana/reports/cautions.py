"""What a reader must know before using an answer: how much is guessed, what loses, what cannot be told."""

from __future__ import annotations

from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.text import amount, scale_for
from livsbana.reports.words import Scale, is_clear, percent
from livsbana.runs.document import ProgrammeResult, RunDocument


def evidence_line(document: RunDocument, language: Language = "en") -> str:
    """Say how much of what the answer rests on is known, and how much is guessed."""
    evidence = document.evidence
    shares = phrase(
        "evidence",
        language,
        published=percent(evidence.published, language),
        to_verify=percent(evidence.to_verify, language),
        assumption=percent(evidence.assumption, language),
    )
    return f"{shares} {said(evidence.note, language)}".strip()


def cautions(document: RunDocument, language: Language = "en") -> list[str]:
    """List what a reader must know before using the answer: the run's own warnings, then what they imply."""
    scale = scale_for([document], language)
    derived = [
        *(_null_effect(p, scale) for p in document.programmes if has_null_effect(p)),
        *(_losing(p, scale) for p in document.programmes if is_losing(p) and not has_null_effect(p)),
    ]
    if not is_clear(document.public.net) and document.public.net.mc_error > 0:
        derived.append(phrase("caution.unclear", language))
    if document.draws == 0:
        derived.append(phrase("caution.central", language))
    return [*(said(warning, language) for warning in document.warnings), *derived]


def has_null_effect(programme: ProgrammeResult) -> bool:
    """Say whether every published effect of a programme is none."""
    return bool(programme.effects) and all(effect.published_gap == 0 for effect in programme.effects)


def is_losing(programme: ProgrammeResult) -> bool:
    """Say whether the package would clearly be worth more without this programme."""
    net = programme.net_society
    return net is not None and net.mean < 0 and is_clear(net)


def _null_effect(programme: ProgrammeResult, scale: Scale) -> str:
    name = said(programme.label, scale.language)
    return phrase("caution.null_effect", scale.language, name=name, cost=amount(programme.cost, scale))


def _losing(programme: ProgrammeResult, scale: Scale) -> str:
    assert programme.net_society is not None
    parts = {"cost": amount(programme.cost, scale), "loss": amount(programme.net_society, scale)}
    return phrase("caution.losing", scale.language, name=said(programme.label, scale.language), **parts)

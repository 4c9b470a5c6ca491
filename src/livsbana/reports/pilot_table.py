"""One comparison as tables, in Swedish or English: claims, gaps, power, payers, early measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from livsbana.pilots.document import ClaimResult, CompareDocument, Verdict
from livsbana.reports.table import bullets, new_table
from livsbana.reports.words import MINUS, NONE, Language, number, payer_name, percent, said, scale_of
from livsbana.runs.document import Text

VERDICTS: dict[Verdict, Text] = {
    "below": Text(sv="försiktig", en="below"),
    "within": Text(sv="rimlig", en="within"),
    "optimistic": Text(sv="optimistisk", en="optimistic"),
    "beyond": Text(sv="bortom allt simulerat", en="beyond anything simulated"),
    "not_stated": Text(sv="ingen storlek angiven", en="no size stated"),
    "no_evidence": Text(sv="saknar stöd i modellen", en="no evidence in the model"),
    "not_simulated": Text(sv="för få simulerade", en="too few simulated"),
}
COMPARATORS = {
    "randomised": Text(sv="lottning", en="randomised"),
    "matched": Text(sv="matchad", en="matched"),
    "before_after": Text(sv="före–efter", en="before–after"),
}
LEVELS = {
    "wished_change": Text(sv="önskad förändring", en="wished change"),
    "indicator": Text(sv="indikator", en="indicator"),
    "effect": Text(sv="effekt", en="effect"),
}
SHOWN_MISSING = 8


def points(value: float | None) -> str:
    """Write a change in percentage points."""
    if value is None:
        return NONE
    rounded = f"{abs(value):.1f}"
    return rounded if float(rounded) == 0 else f"{MINUS if value < 0 else '+'}{rounded}"


def local(text: str, language: Language) -> str:
    """Write numbers as the language does: decimal comma and thin spaces in Swedish."""
    if language == "en":
        return text
    return text.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def finding(document: CompareDocument, language: Language) -> str:
    """Say the main thing in one sentence."""
    found = Counter(c.verdict for c in (*document.links, *document.outcomes))
    parts = [f"{n} {said(VERDICTS[v], language)}" for v in VERDICTS if (n := found[v])]
    lead = "Antaganden i logikmodellen" if language == "sv" else "Claims of the logic model"
    return f"{lead}: {', '.join(parts)}"


def setting(document: CompareDocument, language: Language) -> str:
    """Say whom the comparison is about."""
    group = ", ".join(said(g, language).lower() for g in document.group)
    if language == "sv":
        who = f"{document.place}, {document.ages[0]}–{document.ages[1]} år" + (f" med {group}" if group else "")
        return f"{who}. {local(f'{document.followed:,}', language)} simulerade i målgruppen, {document.draws} dragningar, frö {document.seed}."
    who = f"{document.place}, ages {document.ages[0]}–{document.ages[1]}" + (f" with {group}" if group else "")
    return f"{who}. {document.followed:,} simulated in the target group, {document.draws} draws, seed {document.seed}."


def pilot_answer(document: CompareDocument, language: Language) -> RenderableType:
    """Show a whole comparison."""
    sv = language == "sv"
    parts: list[RenderableType] = [
        Line(document.label, style="bold"),
        Line(finding(document, language)),
        Line(setting(document, language), style="dim"),
        Line(),
        claim_table(document.links, "Kedjans steg" if sv else "Steps of the chain", language),
    ]
    if document.outcomes:
        parts += [
            Line(),
            claim_table(
                document.outcomes, "Utfallen, av hela piloten" if sv else "Outcomes, by the whole pilot", language
            ),
        ]
    parts += [Line(), *_gaps(document, language)]
    if document.power:
        parts += [Line(), power_table(document, language)]
    if document.break_even:
        parts += [Line(), payer_table(document, language)]
    if document.leading_indicators is not None:
        parts += [Line(), leading_table(document, language)]
    notes = [said(note, language) for note in (*document.cautions, *document.assumptions)]
    if document.unmeasured:
        lead = "Utfall som modellen inte känner: " if sv else "Outcomes that the model does not know: "
        notes.append(lead + "; ".join(document.unmeasured))
    return Group(*parts, Line(), bullets([local(n, language) if sv and "%" in n else n for n in notes]))


def claim_table(claims: Sequence[ClaimResult], title: str, language: Language) -> Table:
    """Show claims beside what was simulated."""
    sv = language == "sv"
    heads = (
        ("Steg", "mån", "Ni säger", "P5", "P50", "P95", "percentil", "Omdöme", "syns efter år")
        if sv
        else ("Step", "months", "You say", "P5", "P50", "P95", "percentile", "Verdict", "shows, years")
    )
    table = new_table(f"{title}, {'procentenheter' if sv else 'percentage points'}", heads)
    for c in claims:
        name = (
            said(c.label, language)
            if c.level is None
            else f"{said(c.label, language).rpartition(' → ')[2]} ({said(LEVELS[c.level], language)})"
        )
        cells = [str(c.months), *(points(x) for x in (c.claim, c.p5, c.p50, c.p95))]
        cells += [NONE if c.percentile is None else f"{c.percentile:.0f}", said(VERDICTS[c.verdict], language)]
        cells.append(NONE if c.shows_after_years is None else str(c.shows_after_years))
        table.add_row(name, *(local(x, language) for x in cells))
    table.caption = (
        "P5–P95: så mycket ändras andelen i målgruppen i modellen. Percentil: andel simuleringar med mindre förändring än er."
        if sv
        else "P5–P95: how much the share of the target group changes in the model. Percentile: simulations with a smaller change than yours."
    )
    return table


def _gaps(document: CompareDocument, language: Language) -> list[RenderableType]:
    """Say what each of the two lacks of the other."""
    sv = language == "sv"
    lines: list[RenderableType] = []
    if document.missing:
        lines.append(
            Line(
                "Samband som modellen har och ni inte tagit med" if sv else "Links the model has and yours lacks",
                style="bold",
            )
        )
        for m in document.missing[:SHOWN_MISSING]:
            lines.append(
                Line(
                    f"· {said(m.label, language)}, {'oddskvot' if sv else 'odds ratio'} {local(f'{m.odds_ratio:.2g}', language)} [{m.status}: {m.evidence_source}]"
                )
            )
        left = len(document.missing) - SHOWN_MISSING
        if left > 0:
            lines.append(Line(f"  … {'och' if sv else 'and'} {left} {'till' if sv else 'more'}"))
    if document.without_evidence:
        lines.append(Line("Steg utan stöd i modellen" if sv else "Steps without evidence in the model", style="bold"))
        lines += [Line(f"· {said(u.label, language)}: {said(u.why, language)}") for u in document.without_evidence]
    return lines


def power_table(document: CompareDocument, language: Language) -> Table:
    """Show whether the evaluation can see what is to be expected."""
    sv = language == "sv"
    heads = (
        (
            "Utfall",
            "mån",
            "Jämförelse",
            "antal",
            "P50",
            "Ser modellens effekt",
            "Ser er effekt",
            "Falskt larm",
            "behövs per grupp",
        )
        if sv
        else (
            "Outcome",
            "months",
            "Comparator",
            "persons",
            "P50",
            "Sees the model's",
            "Sees yours",
            "False alarm",
            "needed an arm",
        )
    )
    table = new_table("Kan er uppföljning se effekten?" if sv else "Can your evaluation see the effect?", heads)
    for p in document.power:
        few = "<10"
        sizes = f"{few if p.treated is None else p.treated}" + (
            "" if p.comparator == "before_after" else f" + {few if p.compared is None else p.compared}"
        )
        table.add_row(
            said(p.label, language),
            str(p.months),
            said(COMPARATORS[p.comparator], language),
            NONE if p.detects is None and p.treated is None else sizes,
            local(points(p.effect_p50), language),
            percent(p.detects),
            percent(p.detects_claim),
            NONE if p.false_alarm is None else local(f"{100 * p.false_alarm:.3g} %", language),
            NONE if p.needed_an_arm is None else local(f"{p.needed_an_arm:,}", language),
        )
    table.caption = (
        "Chans att en skillnad blir statistiskt säker (5 %). Falskt larm: att det ser ut att fungera utan effekt. Behövs: för 80 %."
        if sv
        else "Chance of statistical significance (5 %). False alarm: it seems to work without effect. Needed: for 80 %."
    )
    return table


def payer_table(document: CompareDocument, language: Language) -> Table:
    """Show who gains, when, and how much effect each payer needs."""
    sv = language == "sv"
    scale = scale_of(x for b in document.break_even for x in (b.cost, b.avoided_p50, b.avoided_p95))
    heads = (
        ("Betalare", "kostar", "undviker P5", "P50", "P95", "går ihop", "chans", "effekt som krävs", "vinner från")
        if sv
        else ("Payer", "spends", "avoids P5", "P50", "P95", "square in", "chance", "effect needed", "gains from")
    )
    table = new_table(f"{'Vem vinner och när' if sv else 'Who gains and when'}, {scale.unit}", heads)
    for b in document.break_even:
        amounts = [scale.plain(x) for x in (b.cost, b.avoided_p5, b.avoided_p50, b.avoided_p95)]
        needed = NONE if b.effect_needed is None else f"{number(b.effect_needed, -1)} ×"
        year = NONE if b.cost == 0 else str(b.break_even_year or ("aldrig" if sv else "never"))
        row = [*amounts, year, percent(b.probability), needed, str(b.first_gain_year or NONE)]
        table.add_row(payer_name(b.payer, language), *(local(x, language) for x in row))
    table.caption = (
        "Nuvärde till och med 65 år, hela piloten. Effekt som krävs: gånger modellens effekt (P50) för att betalaren ska gå jämnt ut."
        if sv
        else "Present value up to age 65, whole pilot. Effect needed: times the model's effect (P50) for the payer to be square."
    )
    return table


def leading_table(document: CompareDocument, language: Language) -> Table:
    """Show which early measures carry the long-term gain."""
    sv, found = language == "sv", document.leading_indicators
    assert found is not None
    goal = said(found.label, language)
    title = (
        f"Tidiga mått på {goal.lower()} i {found.years} år"
        if sv
        else f"Early measures of {goal.lower()} over {found.years} years"
    )
    heads = (
        ("Mått", "mät efter mån", "bär", "bär inte", "prövat på", "behövs per grupp")
        if sv
        else ("Measure", "read after months", "carries", "leaves out", "tried on", "needed an arm")
    )
    table = new_table(title, heads)
    for i in found.indicators:
        table.add_row(
            said(i.label, language),
            str(i.after_months),
            percent(i.carried),
            percent(i.not_carried),
            str(i.programmes),
            NONE if i.needed_an_arm is None else local(f"{i.needed_an_arm:,}", language),
        )
    table.caption = (
        f"Andel av den långsiktiga orsaksverkan som måttet förutsäger i insatser som inte användes i skattningen. {found.assumption}."
        if sv
        else f"Share of the long-term causal change foretold in interventions left out of the estimate. {found.assumption}."
    )
    return table

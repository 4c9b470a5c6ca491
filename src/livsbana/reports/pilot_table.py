"""One comparison as tables, in Swedish or English: claims, gaps, power, payers, early measures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from livsbana.pilots.document import ClaimResult, CompareDocument, MissingLink, PowerResult, Verdict
from livsbana.pilots.personal import SMALLEST_SHOWN
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
SMALL = 0.095  # points; smaller changes get another decimal


def points(value: float | None) -> str:
    """Write a change in percentage points."""
    if value is None:
        return NONE
    rounded = f"{abs(value):.2f}" if abs(value) < SMALL else f"{abs(value):.1f}"
    return rounded if float(rounded) == 0 else f"{MINUS if value < 0 else '+'}{rounded}"


def local(text: str, language: Language) -> str:
    """Write the numbers of a text as the language does: decimal comma and spaced thousands in Swedish."""
    if language == "en":
        return text
    spaced = re.sub(r"(?<=\d),(?=\d{3})", "\N{NO-BREAK SPACE}", text)
    return re.sub(r"(?<=\d)%", "\N{NO-BREAK SPACE}%", re.sub(r"(?<=\d)\.(?=\d)", ",", spaced))


def _inside(name: str) -> str:
    """Write a name inside a sentence."""
    return name[:1].lower() + name[1:]


def finding(document: CompareDocument, language: Language) -> str:
    """Say the main thing in one sentence."""
    found = Counter(c.verdict for c in (*document.links, *document.outcomes))
    parts = [f"{n} {said(VERDICTS[v], language)}" for v in VERDICTS if (n := found[v])]
    lead = "Antaganden i logikmodellen" if language == "sv" else "Claims of the logic model"
    return f"{lead}: {', '.join(parts)}"


def setting(document: CompareDocument, language: Language) -> str:
    """Say whom the comparison is about."""
    sv, (first, last) = language == "sv", document.ages
    group = ", ".join(_inside(said(g, language)) for g in document.group)
    place = "Sverige" if sv and document.place == "Sweden" else document.place
    ages = f"{first}–{last} år" if sv else f"ages {first}–{last}"
    with_group = f" {'med' if sv else 'with'} {group}" if group else ""
    followed = local(f"{document.followed:,}", language)
    words = (
        ("simulerade i målgruppen", "dragningar", "frö") if sv else ("simulated in the target group", "draws", "seed")
    )
    return (
        f"{place}, {ages}{with_group}. {followed} {words[0]}, {document.draws} {words[1]}, {words[2]} {document.seed}."
    )


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
    return Group(*parts, Line(), bullets([local(n, language) for n in notes]))


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
        "Så ändras andelen i målgruppen i modellen, från svagast (P5) till starkast (P95). "
        "Percentil: hur många av 100 simuleringar som ger mindre än er."
        if sv
        else "How the share of the target group changes in the model, from weakest (P5) to strongest (P95). "
        "Percentile: of 100 simulations, how many give less than you say."
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
        lines += [Line(f"· {_missing(m, language)}") for m in document.missing[:SHOWN_MISSING]]
        left = len(document.missing) - SHOWN_MISSING
        if left > 0:
            lines.append(Line(f"  … {'och' if sv else 'and'} {left} {'till' if sv else 'more'}"))
    if document.without_evidence:
        lines.append(Line("Steg utan stöd i modellen" if sv else "Steps without evidence in the model", style="bold"))
        lines += [Line(f"· {said(u.label, language)}: {said(u.why, language)}") for u in document.without_evidence]
    return lines


def _missing(link: MissingLink, language: Language) -> str:
    """Write one link that is lacking, with its evidence."""
    word = "oddskvot" if language == "sv" else "odds ratio"
    odds = local(f"{link.odds_ratio:.2g}", language)
    return f"{said(link.label, language)}, {word} {odds} [{link.status}: {link.evidence_source}]"


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
        table.add_row(
            said(p.label, language),
            str(p.months),
            said(COMPARATORS[p.comparator], language),
            _sizes(p),
            local(points(p.effect_p50), language),
            percent(p.detects),
            percent(p.detects_claim),
            NONE if p.false_alarm is None else local(f"{100 * p.false_alarm:.3g} %", language),
            NONE if p.needed_an_arm is None else local(f"{p.needed_an_arm:,}", language),
        )
    table.caption = (
        "Chans att en skillnad blir statistiskt säker (5 %). Falskt larm: att det ser ut att fungera utan effekt. "
        "Behövs: för 80 %."
        if sv
        else "Chance of statistical significance (5 %). False alarm: it seems to work without effect. Needed: for 80 %."
    )
    return table


def _sizes(result: PowerResult) -> str:
    """Write how many are treated and compared; small counts are not shown, and a dash is not stated."""
    hidden = f"<{SMALLEST_SHOWN}" if result.hidden else NONE
    counts = [result.treated] if result.comparator == "before_after" else [result.treated, result.compared]
    shown = [hidden if n is None else str(n) for n in counts]
    return NONE if set(shown) == {NONE} else " + ".join(shown)


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
        "Nuvärde till och med 65 år, hela piloten. Effekt som krävs: gånger modellens effekt (P50) för att betalaren "
        "ska gå jämnt ut."
        if sv
        else "Present value up to age 65, whole pilot. Effect needed: times the model's effect (P50) for the payer "
        "to be square."
    )
    return table


def leading_table(document: CompareDocument, language: Language) -> Table:
    """Show which early measures carry the long-term gain."""
    sv, found = language == "sv", document.leading_indicators
    assert found is not None
    goal = said(found.label, language)
    title = (
        f"Tidiga mått på {_inside(goal)} i {found.years} år"
        if sv
        else f"Early measures of {_inside(goal)} over {found.years} years"
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
        "Andel av den långsiktiga orsaksverkan som måttet förutsäger i insatser som inte användes i skattningen. "
        f"Surrogat antas hålla ({found.assumption})."
        if sv
        else "Share of the long-term causal change that is foretold in interventions left out of the estimate; "
        f"{found.assumption}."
    )
    return table

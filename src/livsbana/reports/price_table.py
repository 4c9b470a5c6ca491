"""What an outcome is worth and what to pay for it, as tables for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from livsbana.pricing.document import LocalParticipation, PriceDocument
from livsbana.reports.grid import bullets, indented, new_table
from livsbana.reports.sharing import sharing
from livsbana.reports.words import NONE, Language, Scale, is_clear, payer_name, said, scale_of
from livsbana.runs.document import PUBLIC, SOCIETY, Money
from livsbana.runs.sharing import PARTIES

VERDICTS = {
    "price": "This outcome can be priced alone.",
    "do_not_price_alone": "Do not price this outcome alone.",
    "unknown": "Whether this outcome can be priced alone cannot be told.",
}
THOUSANDS = Scale(1e3, "kSEK", 0)
SHOWN = (
    "municipality/home",
    "municipality/other",
    "region/home",
    "region/other",
    "state",
    PUBLIC,
    "household",
    "employer",
    "victim",
    SOCIETY,
)


def price_answer(document: PriceDocument, language: Language = "en") -> RenderableType:
    """Put together everything that a reader of one price is shown."""
    outcome = document.outcome
    tables: list[RenderableType] = [
        reach_table(document),
        value_table(document, language),
        corridor_table(document, language),
    ]
    if document.rate_card is not None:
        tables.append(rate_card_table(document, language))
    if document.milestones:
        tables.append(milestone_table(document, language))
    if document.linked:
        tables.append(linked_table(document, language))
    tables.append(sharing(document.cost_sharing, language))
    return Group(
        Text(f"{said(outcome.label, language)}: what to pay for it", style="bold"),
        Text(setting(document, language), style="dim"),
        _below(Text(verdict(document), style="bold")),
        Text(" ".join(document.reasons)),
        _below(Text(three_levels(document, language))),
        *map(_below, tables),
        _below(bullets(document.cautions)),
    )


def setting(document: PriceDocument, language: Language = "en") -> str:
    """Say for whom, where, when and in what money the price holds."""
    first, last = document.paid_years
    years = str(first) if first == last else f"{first}–{last}"
    drawn = f"{document.draws:,} parameter draws" if document.draws else "central parameter values"
    return (
        f"{said(document.label, language)}, {document.place.name}: {document.population:,.0f} persons who can still "
        f"reach it, {document.reach.participants:,.0f} participants. Known and paid in {years}; SEK of "
        f"{document.price_year} at that time, {100 * document.discount_rate:g}% a year ({document.preset}). "
        f"{document.persons:,} simulated persons, {drawn}."
    )


def verdict(document: PriceDocument) -> str:
    """Say in one sentence whether to price the outcome, and between which amounts."""
    words = VERDICTS[document.verdict]
    floor, ceiling = document.floor.per_observed, document.ceiling.per_observed
    if floor is None or ceiling is None:
        return words
    between = f"floor {_sek(floor)}, ceiling {_sek(ceiling)} for an observed outcome"
    return f"{words} ({between})"


def three_levels(document: PriceDocument, language: Language = "en") -> str:
    """Say what is wished for, what is measured, and what of the model is valued."""
    outcome, told = document.outcome, document.outcome.indicator
    return (
        f"Wished for: {said(outcome.wished_change, language)} Measured: {_small(said(told.what, language))}, by "
        f"{_small(said(told.measured_by, language))} ({said(told.register_name, language)}). Valued: what "
        f"`{outcome.factor}` = {outcome.holds_when} causes."
    )


def _small(words: str) -> str:
    """Words inside a sentence; names of agencies keep their capital."""
    return (
        words
        if words[1:2].isupper() or words.startswith(("Statistics", "National", "SCB"))
        else words[:1].lower() + words[1:]
    )


def reach_table(document: PriceDocument) -> Table:
    """Show how many achieve without and with the package, and what delivery costs."""
    reach, scale = document.reach, scale_of([document.reach.delivery_cost])
    table = new_table("What the package does", ("", ""))
    table.show_header = False
    rows = (
        ("Participants whose outcome is open", f"{reach.participants:,.0f}"),
        ("Of them achieve without the package", f"{reach.share_without:.1%}"),
        ("Of them achieve with the package", f"{reach.share_with:.1%}"),
        ("Outcomes caused, in everybody", f"{reach.caused.mean:,.1f} ± {reach.caused.mc_error:,.1f}"),
        (
            "Of observed outcomes, would have come anyway",
            NONE if reach.deadweight is None else f"{reach.deadweight:.1%}",
        ),
        (f"Delivery, {scale.unit}", scale.plain(reach.delivery_cost)),
        (f"The same with interest until paid, {scale.unit}", scale.plain(reach.with_interest)),
    )
    for label, amount in rows:
        table.add_row(Text(label), amount)
    table.caption = "± is simulation error, one standard error."
    return table


def value_table(document: PriceDocument, language: Language = "en") -> Table:
    """Show the value of one outcome to each payer, each way."""
    scale = THOUSANDS
    headings = ("Payer", "Caused", "and kept", "Package's", "Record only", "Naive (wrong)")
    table = new_table(f"What one outcome is worth, {scale.unit}", headings)
    for name in SHOWN:
        if name == PUBLIC:
            table.add_section()
        found = document.payers[name]
        amounts = (found.do, found.do_held, found.iv, found.null, found.naive)
        if name in (*PARTIES, PUBLIC, SOCIETY) or any(m is not None and is_clear(m) for m in amounts[:3]):
            cells = [NONE if m is None else scale.text(m, signed=True) for m in amounts]
            words = Text(payer_name(name, language), style="bold" if name in (PUBLIC, SOCIETY) else "")
            table.add_row(words, *cells)
    table.caption = " ".join(value_notes(document, scale))
    return table


def value_notes(document: PriceDocument, scale: Scale) -> list[str]:
    """Say what each way to value means, and why the naive one is wrong."""
    notes = [
        "Caused: the model gives the outcome to those whom the package flips. And kept: to the last age at which it "
        "can be. Package's: all that the package avoids, for each outcome it causes. Record only: the record moves, "
        "nothing else.",
    ]
    naive, effect = document.values.naive.public, document.values.do_failures.public
    wrong = document.values.confounding.public
    if naive is not None and effect is not None and wrong is not None:
        notes.append(
            f"Naive: failures against successes, {scale.text(naive)}; given to all who fail the outcome is worth "
            f"{scale.text(effect)}, and the other {scale.text(wrong)} is confounding: what those who achieve would "
            "have cost less anyway (public)."
        )
    return notes


def corridor_table(document: PriceDocument, language: Language = "en") -> Table:
    """Show floor and ceiling, for a caused and for an observed outcome."""
    table = new_table("The corridor, SEK for one outcome", ("", "Caused", "Observed"))
    table.add_row(
        Text("Floor: delivery with its risk", style="bold"),
        *_bounds(document.floor.per_caused, document.floor.per_observed),
    )
    table.add_row(
        Text("Ceiling: what it is worth", style="bold"),
        *_bounds(document.ceiling.per_caused, document.ceiling.per_observed),
    )
    for name in PARTIES:
        found = document.payers[name]
        table.add_row(
            indented(payer_name(name, language)), *_bounds(found.ceiling_per_caused, found.ceiling_per_observed)
        )
    cap = document.state_cap
    table.add_row(indented(f"State's cap, {cap.share:.0%} of the costs"), NONE, _kronor(cap.per_observed, 0.0))
    modes = document.modes
    table.caption = (
        "Pot or value, for the state and an observed outcome: by envelope "
        f"{_kronor(modes.envelope_based, 0.0)}, by value "
        f"{NONE if modes.value_based is None else _kronor(modes.value_based, 0.0)} SEK. The cap amounts to "
        f"{_kronor(cap.amount, 0.0)} SEK in all; promising its ceiling the state expects to pay "
        f"{_kronor(cap.expected_payment, 0.0)}."
    )
    local = document.local_participation
    table.caption = Text(f"{table.caption} {local_sentence(local)}")
    return table


def local_sentence(local: LocalParticipation) -> str:
    """Say whether the home municipality gains with the state's payment."""
    worse = "" if local.net_p20 is None else f" ({_kronor(local.net_p20, 0.0)} in the worst fifth of draws)"
    outcome = "gains" if local.gains else "still loses" if local.net < 0 else "may lose"
    return f"With that payment the home municipality {outcome}: net {_kronor(local.net, 0.0)} SEK{worse}."


def rate_card_table(document: PriceDocument, language: Language = "en") -> Table:
    """Show prices by risk group that leave nothing to gain from choosing whom to serve."""
    card = document.rate_card
    assert card is not None
    basis = "the middle of the corridor" if card.one_price_is == "middle_of_corridor" else "the floor"
    title = f"Rate card in place of one price of {_kronor(card.one_price, 0.0)} SEK ({basis})"
    headings = ("Group", "Participants", "Without", "With", "Price", "Margin, one price", "Margin, card")
    table = new_table(title, headings)
    for row in card.rows:
        table.add_row(
            Text(said(row.group, language)),
            f"{row.participants:,.0f}",
            f"{row.share_without:.1%}",
            f"{row.share_with:.1%}",
            NONE if row.price_per_observed is None else _kronor(row.price_per_observed, 0.0),
            _kronor(row.margin_at_one_price, 0.0),
            NONE if row.margin is None else _kronor(row.margin, 0.0),
        )
    table.caption = (
        "SEK; price for an observed outcome, margins for a participant. With the card no group is worth more to serve "
        "than another. All groups are taken to cost the same."
    )
    return table


def milestone_table(document: PriceDocument, language: Language = "en") -> Table:
    """Show what earlier outcomes causally add, and so are worth."""
    table = new_table("Milestones on the way", ("Milestone", "Paid at", "Adds to probability", "Worth, SEK"))
    for m in document.milestones:
        adds = NONE if m.probability is None else f"{100 * m.probability:.2f} ± {100 * m.mc_error:.2f} points"
        worth = NONE if m.price_per_caused is None else _kronor(m.price_per_caused, 0.0)
        table.add_row(Text(said(m.label, language)), str(m.paid_at_age), adds, worth)
    table.caption = "For a caused milestone: the ceiling times what it adds, less what leaks, paid earlier."
    return table


def linked_table(document: PriceDocument, language: Language = "en") -> Table:
    """Show outcomes that share causes with this one: nobody is paid for twice."""
    headings = ("Linked outcome", "Its value, SEK", "Flipped in both", "This only", "Other only", "Paid once / twice")
    table = new_table("Linked outcomes: paid once, the higher price", headings)
    for other in document.linked:
        once = NONE
        if other.paid_once is not None and other.paid_sum is not None:
            once = f"{_kronor(other.paid_once, 0.0)} / {_kronor(other.paid_sum, 0.0)}"
        table.add_row(
            Text(said(other.label, language)),
            NONE if other.value is None else _kronor(other.value.mean, other.value.mc_error),
            f"{other.flipped_in_both:,.1f}",
            f"{other.flipped_in_this_only:,.1f}",
            f"{other.flipped_in_other_only:,.1f}",
            once,
        )
    return table


def _bounds(caused: Money | None, observed: Money | None) -> list[str]:
    """Write two amounts in SEK."""
    return [NONE if m is None else _kronor(m.mean, m.mc_error) for m in (caused, observed)]


def _kronor(sek: float, error: float) -> str:
    """Write SEK with three digits, or as many as simulation carries."""
    return Scale(1.0, "SEK", 0).plain(sek, max(error, abs(sek) / 1000))


def _sek(money: Money) -> str:
    """Write an amount with its unit."""
    return f"{_kronor(money.mean, money.mc_error)} SEK"


def _below(content: RenderableType) -> Padding:
    """Leave an empty line above."""
    return Padding(content, (1, 0, 0, 0))

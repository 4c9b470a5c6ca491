"""What a run found, in sentences: who pays, who gains, what is known and what to beware of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot

from livsbana.reports.words import (
    CLEAR_ERRORS,
    Language,
    Scale,
    digits_exponent,
    error_exponent,
    is_clear,
    mvpf_text,
    number,
    payer_name,
    percent,
    ratio,
    said,
    scale_of,
)
from livsbana.runs.document import Account, Money, PayerAccounts, ProgrammeResult, RunDocument

SMALL_SHARE_OF_LARGEST = 0.02
OTHER_WINNERS = ("state", "region", "household", "employer", "victim")


def scale_for(documents: Iterable[RunDocument]) -> Scale:
    """Choose one unit of money for everything that is said about these runs."""
    accounts = [account for document in documents for account in document.accounts().values()]
    return scale_of(money.mean for a in accounts for money in (a.programme_cost, a.avoided_cost, a.net))


def headline(document: RunDocument, language: Language = "en") -> str:
    """Say in a few sentences what the package costs, what comes back, and for whom.

    Parameters
    ----------
    document
        The answer of one run.
    language
        Of labels; the sentences are English.
    """
    scale = scale_for([document])
    sentences = (_public(document, scale), _local(document, scale), who(document, language), _society(document, scale))
    return " ".join(sentence for sentence in sentences if sentence)


def finding(document: RunDocument) -> str:
    """Say the most important thing in one short English sentence, for the title of a figure."""
    scale = scale_for([document])
    payer, name = _local_payer(document)
    accounts = document.accounts()
    others = [*OTHER_WINNERS, *(["municipality/other"] if payer == "municipality/home" else [])]
    winner = max(others, key=lambda other: accounts[other].net.mean)
    net, gains = accounts[winner].net, ""
    if net.mean > 0 and is_clear(net):
        gains = f"; {_in_sentence(winner)} {_amount(net, scale)}"
    return f"{name} {_recovery(accounts[payer], scale)}{gains}"


def comparison_finding(documents: Sequence[RunDocument], language: Language = "en") -> str:
    """Say which of several runs leaves public budgets, and society, best off."""
    scale = scale_for(documents)
    nets_of = {
        "for public budgets": [document.public.net for document in documents],
        "for society": [document.society.net for document in documents],
    }
    winners: dict[str, list[str]] = {}
    for whose, nets in nets_of.items():
        best = _clearly_best(nets)
        name = "No alternative is clearly" if best is None else f"{said(documents[best].label, language)} is"
        amount = "" if best is None else f" ({scale.text(nets[best], signed=True)} {scale.unit})"
        winners.setdefault(name, []).append(whose + amount)
    return "; ".join(f"{name} best {' and '.join(whose)}" for name, whose in winners.items())


def _clearly_best(nets: Sequence[Money]) -> int | None:
    """Find the position of the best net; none where simulation error may have put it first."""
    order = sorted(range(len(nets)), key=lambda i: -nets[i].mean)
    first, second = nets[order[0]], nets[order[1]]
    error = hypot(first.mc_error, second.mc_error)
    return order[0] if first.mean - second.mean > CLEAR_ERRORS * error else None


def who(document: RunDocument, language: Language = "en") -> str:
    """Say who loses and who gains, largest first; what simulation cannot tell from 0 is left out."""
    scale = scale_for([document])
    nets = [(name, getattr(document.payers, name).net) for name in PayerAccounts.model_fields]
    least = SMALL_SHARE_OF_LARGEST * max(abs(net.mean) for _, net in nets)
    told = [(name, net) for name, net in nets if is_clear(net) and abs(net.mean) >= least]
    told.sort(key=lambda pair: -abs(pair[1].mean))
    sides = {"Who loses": [pair for pair in told if pair[1].mean < 0], "Who gains": [p for p in told if p[1].mean > 0]}
    sentences: list[str] = []
    for side, pairs in sides.items():
        listed = ", ".join(f"{payer_name(name, language)} {scale.text(net, signed=True)}" for name, net in pairs)
        if listed:
            sentences.append(f"{side}, {scale.unit}: {listed}.")
    return " ".join(sentences)


def setting(document: RunDocument) -> str:
    """Say for whom, where, over which years and in what money the answer holds."""
    drawn = f"{document.draws:,} parameter draws" if document.draws else "central parameter values"
    return (
        f"{document.place.name}, {document.population:,.0f} persons, {document.participants:,.0f} participants, "
        f"{document.start_year}–{document.end_year}. Present value at {100 * document.discount_rate:g}% a year "
        f"({document.preset}), prices of {document.price_year}. {document.persons:,} simulated persons, {drawn}."
    )


def ratios(document: RunDocument) -> str:
    """Write the ratios of the package, what it is per participant, and the lines that stand apart."""
    scale = scale_for([document])
    sentences = [
        f"Benefit–cost ratio {ratio(document.bcr)}. Marginal value of public funds {mvpf_text(document.mvpf)}.",
        f"Wrong-pocket index {ratio(document.wrong_pocket_index)}, within the first mandate "
        f"{ratio(document.wrong_pocket_index_mandate)} (0: each pays its share of the gains; 1: only others gain).",
    ]
    if document.per_participant is not None:
        each = document.per_participant
        sentences.append(
            f"Per participant: cost {_each(each.programme_cost)}, public net {_each(each.net_public)}, "
            f"net to society {_each(each.net_society)} SEK."
        )
    tax = document.municipal_tax
    sentences.append(
        f"Municipal tax {scale.text(tax.gross, signed=True)} {scale.unit}, after income equalisation "
        f"{scale.text(tax.net_of_equalisation, signed=True)}."
    )
    if document.beyond_65 is not None:
        late = document.beyond_65
        sentences.append(
            f"After 65, not counted above: public {scale.text(late.public, signed=True)}, "
            f"society {scale.text(late.society, signed=True)} {scale.unit}."
        )
    return " ".join(sentences)


def evidence_line(document: RunDocument) -> str:
    """Say how much of what the answer rests on is known, and how much is guessed."""
    evidence = document.evidence
    shares = (
        f"{percent(evidence.published)} read in a published source, {percent(evidence.to_verify)} still to be "
        f"verified, {percent(evidence.assumption)} our assumptions"
    )
    return f"The numbers used: {shares}. {evidence.note}".strip()


def cautions(document: RunDocument, language: Language = "en") -> list[str]:
    """List what a reader must know before using the answer: the run's own warnings, then what they imply."""
    scale = scale_for([document])
    derived = [
        *(_null_effect(p, scale, language) for p in document.programmes if has_null_effect(p)),
        *(_losing(p, scale, language) for p in document.programmes if is_losing(p) and not has_null_effect(p)),
    ]
    if not is_clear(document.public.net) and document.public.net.mc_error > 0:
        derived.append("The public net cannot be told from 0 with so few simulated persons; raise --persons.")
    if document.draws == 0:
        derived.append("Central values only, so no intervals; --draws adds what we do not know about the parameters.")
    return [*document.warnings, *derived]


def has_null_effect(programme: ProgrammeResult) -> bool:
    """Say whether every published effect of a programme is none."""
    return bool(programme.effects) and all(effect.published_gap == 0 for effect in programme.effects)


def is_losing(programme: ProgrammeResult) -> bool:
    """Say whether the package would clearly be worth more without this programme."""
    net = programme.net_society
    return net is not None and net.mean < 0 and is_clear(net)


def _null_effect(programme: ProgrammeResult, scale: Scale, language: Language) -> str:
    return (
        f"{said(programme.label, language)}: its study found no effect, so none is counted; "
        f"it costs {_amount(programme.cost, scale)} and gives nothing back."
    )


def _losing(programme: ProgrammeResult, scale: Scale, language: Language) -> str:
    assert programme.net_society is not None
    return (
        f"{said(programme.label, language)} loses money: it costs {_amount(programme.cost, scale)}, and without it "
        f"society would be better off by {_amount(programme.net_society, scale)}."
    )


def _public(document: RunDocument, scale: Scale) -> str:
    """Say what public budgets spend and get back."""
    account = document.public
    if not is_clear(account.avoided_cost):
        back = "gives nothing back that can be told from 0"
    elif account.avoided_cost.mean < 0:
        back = f"does not pay back: it raises other public costs by {_amount(account.avoided_cost, scale)}"
    else:
        back = f"gives back {_amount(account.avoided_cost, scale)}"
        back += f", {percent(document.recovery_share)} of it" if document.recovery_share is not None else ""
    square = _square("The public purse", account, document)
    return f"The package costs public budgets {_amount(account.programme_cost, scale)} and {back}. {square}".strip()


def _local(document: RunDocument, scale: Scale) -> str:
    """Say what the municipality that decides spends and gets back."""
    payer, name = _local_payer(document)
    account = document.accounts()[payer]
    sentence = f"{name} {_recovery(account, scale)}"
    if account.programme_cost.mean > 0:
        cashable = scale.text(account.cashable_net, signed=True)
        sentence += f" (net {scale.text(account.net, signed=True)}; {cashable} when only cash counts)"
    return f"{sentence}. {_square('It', account, document)}".strip()


def _society(document: RunDocument, scale: Scale) -> str:
    """Say what all payers together gain or lose."""
    net = document.society.net
    if not is_clear(net):
        return "For society the net cannot be told from 0."
    interval = f" (90% interval {scale.interval(net)})" if net.low is not None else ""
    weight = f", public money counted {document.tax_factor:g} times" if document.tax_factor != 1 else ""
    return f"Society as a whole {'gains' if net.mean > 0 else 'loses'} {_amount(net, scale)}{interval}{weight}."


def _recovery(account: Account, scale: Scale) -> str:
    """Say what one payer pays and gets back, as the end of a sentence."""
    cost, avoided = account.programme_cost, account.avoided_cost
    if cost.mean <= 0:
        verb = "gains" if avoided.mean > 0 else "loses"
        return f"pays nothing and {verb} {_amount(avoided, scale)}" if is_clear(avoided) else "pays and gains nothing"
    if not is_clear(avoided):
        return f"pays {_amount(cost, scale)} and gets nothing back that can be told from 0"
    if avoided.mean < 0:
        return f"pays {_amount(cost, scale)} and another {_amount(avoided, scale)} in other costs"
    return f"pays {_amount(cost, scale)} and gets {percent(avoided.mean / cost.mean)} of it back"


def _square(name: str, account: Account, document: RunDocument) -> str:
    """Say when a payer has got back what it spent."""
    first, lasting = account.break_even_year, account.lasting_break_even_year
    if account.programme_cost.mean <= 0:
        return ""
    if lasting is None:
        return f"{name} does not break even by {document.end_year}."
    earlier = f" (first in {first})" if first != lasting else ""
    return f"{name} breaks even in {lasting}{earlier}."


def _local_payer(document: RunDocument) -> tuple[str, str]:
    """Give the payer that decides locally, as a name of ``by_year`` and in words."""
    if document.place.municipalities:
        return "municipality/home", document.place.name
    return "municipality", "The municipal sector"


def _amount(money: Money, scale: Scale) -> str:
    """Write an amount without its sign, with its unit."""
    return f"{scale.plain(abs(money.mean), money.mc_error)} {scale.unit}"


def _each(money: Money) -> str:
    """Write SEK for one participant."""
    return number(money.mean, max(digits_exponent(money.mean), error_exponent(money.mc_error), 0))


def _in_sentence(payer: str) -> str:
    """Name a payer that gains inside a sentence."""
    return "the state gains" if payer == "state" else f"{payer_name(payer).lower()} gain"

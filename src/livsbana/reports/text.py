"""What a run found, in sentences: who pays, who gains, what is known and what to beware of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot

from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.words import (
    CLEAR_ERRORS,
    Scale,
    count,
    digits_exponent,
    error_exponent,
    exact,
    is_clear,
    mvpf_text,
    number,
    payer_name,
    percent,
    ratio,
    scale_of,
)
from livsbana.runs.document import Account, Money, PayerAccounts, RunDocument

SMALL_SHARE_OF_LARGEST = 0.02
OTHER_WINNERS = ("state", "region", "household", "employer", "victim")


def scale_for(documents: Iterable[RunDocument], language: Language = "en") -> Scale:
    """Choose one unit of money for everything that is said about these runs."""
    accounts = [account for document in documents for account in document.accounts().values()]
    return scale_of((money.mean for a in accounts for money in (a.programme_cost, a.avoided_cost, a.net)), language)


def headline(document: RunDocument, language: Language = "en") -> str:
    """Say in a few sentences what the package costs, what comes back, and for whom."""
    scale = scale_for([document], language)
    sentences = (
        public_sentence(document, scale),
        local_sentence(document, scale),
        who(document, language),
        society_sentence(document, scale),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def finding(document: RunDocument, language: Language = "en") -> str:
    """Say the most important thing in one short sentence, for a title."""
    scale = scale_for([document], language)
    payer, name = local_payer(document, language)
    accounts = document.accounts()
    others = [*OTHER_WINNERS, *(["municipality/other"] if payer == "municipality/home" else [])]
    winner = max(others, key=lambda other: accounts[other].net.mean)
    net, gains = accounts[winner].net, ""
    if net.mean > 0 and is_clear(net):
        gains = f"; {_in_sentence(winner, language)} {amount(net, scale)}"
    return f"{name} {recovery(accounts[payer], scale)}{gains}"


def comparison_finding(documents: Sequence[RunDocument], language: Language = "en") -> str:
    """Say which of several runs leaves public budgets, and society, best off."""
    scale = scale_for(documents, language)
    nets_of = {
        "public": [document.public.net for document in documents],
        "society": [document.society.net for document in documents],
    }
    winners: dict[str, list[str]] = {}
    for whose, nets in nets_of.items():
        best = _clearly_best(nets)
        said_of = phrase(f"compare.{whose}", language)
        if best is None:
            winners.setdefault(phrase("compare.none", language), []).append(said_of)
        else:
            key = "compare.best" if nets[best].mean >= 0 else "compare.loses_least"
            beginning = phrase(key, language, name=said(documents[best].label, language))
            net = f" ({scale.text(nets[best], signed=True)} {scale.unit})"
            winners.setdefault(beginning, []).append(said_of + net)
    both = phrase("and", language)
    return "; ".join(f"{beginning} {both.join(whose)}" for beginning, whose in winners.items())


def _clearly_best(nets: Sequence[Money]) -> int | None:
    """Find the position of the best net; none where simulation error may have put it first."""
    order = sorted(range(len(nets)), key=lambda i: -nets[i].mean)
    first, second = nets[order[0]], nets[order[1]]
    error = hypot(first.mc_error, second.mc_error)
    return order[0] if first.mean - second.mean > CLEAR_ERRORS * error else None


def told(document: RunDocument) -> list[tuple[str, Money]]:
    """List whose net is worth telling, largest first; what simulation cannot tell from 0 is left out."""
    nets = [(name, getattr(document.payers, name).net) for name in PayerAccounts.model_fields]
    least = SMALL_SHARE_OF_LARGEST * max(abs(net.mean) for _, net in nets)
    clear = [(name, net) for name, net in nets if is_clear(net) and abs(net.mean) >= least]
    return sorted(clear, key=lambda pair: -abs(pair[1].mean))


def who(document: RunDocument, language: Language = "en") -> str:
    """Say who loses and who gains, largest first."""
    scale, pairs = scale_for([document], language), told(document)
    sides = {"who.loses": [p for p in pairs if p[1].mean < 0], "who.gains": [p for p in pairs if p[1].mean > 0]}
    sentences: list[str] = []
    for side, told_of in sides.items():
        listed = ", ".join(f"{payer_name(name, language)} {scale.text(net, signed=True)}" for name, net in told_of)
        if listed:
            sentences.append(phrase(side, language, unit=scale.unit, listed=listed))
    return " ".join(sentences)


def setting(document: RunDocument, language: Language = "en") -> str:
    """Say for whom, where, over which years and in what money the answer holds."""
    return phrase(
        "setting",
        language,
        place=place_name(document, language),
        population=count(document.population, language),
        participants=count(document.participants, language),
        start=document.start_year,
        end=document.end_year,
        rate=exact(100 * document.discount_rate, language),
        preset=document.preset,
        price_year=document.price_year,
        persons=count(document.persons, language),
        drawn=drawn(document, language),
    )


def settings(documents: Sequence[RunDocument], language: Language) -> list[str]:
    """Say for whom each run holds, or in one line what holds for all of several runs."""
    shared = {setting(document, language) for document in documents}
    if len(shared) == 1 < len(documents):
        return sorted(shared)
    return [f"{said(document.label, language)}. {setting(document, language)}" for document in documents]


def drawn(document: RunDocument, language: Language) -> str:
    """Say whether the parameters were drawn, and how often."""
    if not document.draws:
        return phrase("drawn.central", language)
    return phrase("drawn.draws", language, draws=count(document.draws, language))


def place_name(document: RunDocument, language: Language) -> str:
    """Name the place; the country in the language."""
    return document.place.name if document.place.municipalities else phrase("sweden", language)


def ratios(document: RunDocument, language: Language = "en") -> str:
    """Write the ratios of the package, what it is per participant, and the lines that stand apart."""
    scale = scale_for([document], language)
    sentences = [
        phrase("ratios.bcr", language, bcr=ratio(document.bcr, language), mvpf=mvpf_text(document.mvpf, language)),
        phrase(
            "ratios.pockets",
            language,
            index=ratio(document.wrong_pocket_index, language),
            mandate=ratio(document.wrong_pocket_index_mandate, language),
        ),
    ]
    if document.per_participant is not None:
        each = document.per_participant
        parts = {"cost": each.programme_cost, "public": each.net_public, "society": each.net_society}
        sentences.append(phrase("ratios.each", language, **{k: _each(m, language) for k, m in parts.items()}))
    tax = document.municipal_tax
    sentences.append(
        phrase(
            "ratios.tax",
            language,
            gross=scale.text(tax.gross, signed=True),
            net=scale.text(tax.net_of_equalisation, signed=True),
            unit=scale.unit,
        )
    )
    if document.beyond_65 is not None:
        late = {"public": document.beyond_65.public, "society": document.beyond_65.society}
        written = {name: scale.text(money, signed=True) for name, money in late.items()}
        sentences.append(phrase("ratios.late", language, unit=scale.unit, **written))
    return " ".join(sentences)


def public_sentence(document: RunDocument, scale: Scale) -> str:
    """Say what public budgets spend and get back."""
    account, language = document.public, scale.language
    avoided = amount(account.avoided_cost, scale)
    if not is_clear(account.avoided_cost):
        back = phrase("public.nothing", language)
    elif account.avoided_cost.mean < 0:
        back = phrase("public.raises", language, avoided=avoided)
    else:
        share = document.recovery_share
        of_it = "" if share is None else phrase("public.of_it", language, share=percent(share, language))
        back = phrase("public.gives", language, avoided=avoided) + of_it
    sentence = phrase("public", language, cost=amount(account.programme_cost, scale), back=back)
    return f"{sentence} {_square(phrase('public.purse', language), account, document, language)}".strip()


def local_sentence(document: RunDocument, scale: Scale) -> str:
    """Say what the municipality that decides spends and gets back."""
    language = scale.language
    payer, name = local_payer(document, language)
    account = document.accounts()[payer]
    sentence = f"{name} {recovery(account, scale)}"
    if account.programme_cost.mean > 0:
        net, cash = (scale.text(money, signed=True) for money in (account.net, account.cashable_net))
        sentence += phrase("local.net", language, net=net, cash=cash)
    return f"{sentence}. {_square(phrase('it', language), account, document, language)}".strip()


def local_square(document: RunDocument, scale: Scale) -> str:
    """Say when the municipality that decides is square, or that nobody there pays."""
    payer, name = local_payer(document, scale.language)
    account = document.accounts()[payer]
    square = _square(name, account, document, scale.language)
    return square or f"{name} {recovery(account, scale)}."


def society_sentence(document: RunDocument, scale: Scale) -> str:
    """Say what all payers together gain or lose."""
    net, language = document.society.net, scale.language
    if not is_clear(net):
        return phrase("society.unclear", language)
    interval = phrase("society.interval", language, interval=scale.interval(net)) if net.low is not None else ""
    factor = exact(document.tax_factor, language)
    weight = phrase("society.weight", language, factor=factor) if document.tax_factor != 1 else ""
    verb = phrase("gains" if net.mean > 0 else "loses", language)
    return phrase("society", language, verb=verb, amount=amount(net, scale), interval=interval, weight=weight)


def recovery(account: Account, scale: Scale) -> str:
    """Say what one payer pays and gets back, as the end of a sentence."""
    cost, avoided, language = account.programme_cost, account.avoided_cost, scale.language
    if cost.mean <= 0:
        verb = phrase("gains" if avoided.mean > 0 else "loses", language)
        if not is_clear(avoided):
            return phrase("recovery.untouched", language)
        return phrase("recovery.free", language, verb=verb, amount=amount(avoided, scale))
    parts = {"cost": amount(cost, scale), "avoided": amount(avoided, scale)}
    if not is_clear(avoided):
        return phrase("recovery.nothing", language, **parts)
    if avoided.mean < 0:
        return phrase("recovery.more", language, **parts)
    return phrase("recovery.share", language, **parts, share=percent(avoided.mean / cost.mean, language))


def _square(name: str, account: Account, document: RunDocument, language: Language) -> str:
    """Say when a payer has got back what it spent."""
    first, lasting = account.break_even_year, account.lasting_break_even_year
    if account.programme_cost.mean <= 0:
        return ""
    if lasting is None:
        return phrase("square.never", language, name=name, end=document.end_year)
    earlier = phrase("square.first", language, first=first) if first != lasting else ""
    return phrase("square", language, name=name, lasting=lasting, earlier=earlier)


def local_payer(document: RunDocument, language: Language = "en") -> tuple[str, str]:
    """Give the payer that decides locally, as a name of ``by_year`` and in words."""
    if document.place.municipalities:
        return "municipality/home", document.place.name
    return "municipality", phrase("municipal_sector", language)


def name_in(document: RunDocument, payer: str, language: Language) -> str:
    """Name a payer; the home municipality by its own name."""
    is_home = payer == "municipality/home" and document.place.municipalities
    return document.place.name if is_home else payer_name(payer, language)


def amount(money: Money, scale: Scale) -> str:
    """Write an amount without its sign, with its unit."""
    return f"{scale.plain(abs(money.mean), money.mc_error)} {scale.unit}"


def _each(money: Money, language: Language) -> str:
    """Write SEK for one participant."""
    exponent = max(digits_exponent(money.mean), error_exponent(money.mc_error), 0)
    return number(money.mean, exponent, language=language)


def _in_sentence(payer: str, language: Language) -> str:
    """Name a payer that gains inside a sentence."""
    if payer == "state":
        return phrase("gains.state", language)
    return phrase("gains.others", language, name=payer_name(payer, language).lower())

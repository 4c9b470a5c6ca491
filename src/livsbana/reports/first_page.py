"""What a politician reads in one minute: who pays, who gains, how sure it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from livsbana.reports import charts
from livsbana.reports.cautions import cautions
from livsbana.reports.layout import payers_to_draw
from livsbana.reports.palette import OF_STATUS, colour
from livsbana.reports.phrases import Language, phrase
from livsbana.reports.text import local_payer, local_square, name_in, public_sentence, scale_for, society_sentence
from livsbana.reports.words import is_clear, payer_name, percent
from livsbana.runs.document import PUBLIC, SOCIETY, RunDocument

Shown = Mapping[str, Any]


def summary(document: RunDocument, language: Language) -> Shown:
    """Show who pays, who gains and how sure it is, in one minute."""
    scale, accounts = scale_for([document], language), document.accounts()
    payers = payers_to_draw([document])
    names = {p: name_in(document, p, language) for p in payers}
    single = [p for p in payers if p not in (PUBLIC, SOCIETY)]
    pays = [
        {"name": names[p], "amount": scale.text(accounts[p].programme_cost), "colour": colour(p)}
        for p in single
        if accounts[p].programme_cost.mean > 0
    ]
    clear = [p for p in single if is_clear(accounts[p].net) and accounts[p].net.mean]
    clear.sort(key=lambda p: (accounts[p].net.mean > 0, -abs(accounts[p].net.mean)))
    nets = [{"name": names[p], "amount": scale.text(accounts[p].net, signed=True), "colour": colour(p)} for p in clear]
    unclear = [names[p] for p in single if p not in clear]
    return {
        "lead": f"{public_sentence(document, scale)} {society_sentence(document, scale)}",
        "pays": pays,
        "nets": nets,
        "unclear": ", ".join(unclear),
        "chances": list(_chances(document, language)),
        "evidence": evidence_bar(document, language),
        "unit": scale.unit,
        "bars": charts.payer_bars(accounts, names, scale),
        "caption": local_square(document, scale),
        "cautions": cautions(document, language),
    }


def _chances(document: RunDocument, language: Language) -> Iterable[str]:
    """Say in how many draws those who matter most gain."""
    payer, name = local_payer(document, language)
    asked = {payer: name, PUBLIC: payer_name(PUBLIC, language), SOCIETY: payer_name(SOCIETY, language)}
    for key, named in asked.items():
        share = document.accounts()[key].chance_of_gain
        if share is not None:
            yield phrase("summary.chance", language, name=named, share=percent(share, language))


def evidence_bar(document: RunDocument, language: Language) -> Shown:
    """Show the shares of the numbers by status."""
    shares = {status: getattr(document.evidence, status) for status in OF_STATUS}
    written = {status: percent(share, language) for status, share in shares.items()}
    parts = [
        {
            "share": round(100 * share, 2),
            "colour": OF_STATUS[status],
            "text": written[status],
            "name": phrase(f"status.{status}", language),
        }
        for status, share in shares.items()
    ]
    return {"parts": parts, "alt": phrase("summary.evidence_alt", language, **written)}

"""What would mislead a reader of a fund's numbers."""

from __future__ import annotations

from livsbana.institutions.document import FundDocument
from livsbana.institutions.read import Fund

LEAST_LOSS = 0.5  # MSEK


def fund_cautions(fund: Fund, document: FundDocument) -> list[str]:
    """Sentences for a reader, the most important first."""
    happening, payers = document.happening, document.payers
    full = document.budget.outcome_payments
    found = [
        f"The budget of {document.budget.total:g} MSEK is what it costs if every pilot of mean cost reaches "
        f"everything. On average {document.payments.total.mean:.0f} of {full:g} MSEK of outcomes are paid here."
    ]
    frame = next(r for r in document.rules if "can pay in full" in r.rule)
    if document.exceedance.probability > 0:
        found.append(
            f"{fund.file.pilots} pilots may cost more than the frame: in {document.exceedance.probability:.1%} "
            f"of worlds more than {document.frame:g} MSEK falls due. If promises are held within the frame that cannot "
            f"happen, and {frame.idle_share:.0%} of it lies idle."
        )
    losing = [name for name, p in payers.items() if p.net.mean < -max(LEAST_LOSS, 2 * p.net.mc_error)]
    if losing:
        verb, pronoun = ("lays", "it avoids and gets") if len(losing) == 1 else ("lay", "they avoid and get")
        names = " and ".join(("the state" if n == "state" else f"the {n}") for n in losing)
        found.append(f"Within the years that are counted {names} {verb} out more than {pronoun}.")
    if happening.willing_without_tolerance < happening.willing - 0.5:
        found.append(
            f"Of {happening.applied:.0f} constellations {happening.willing:.1f} would sign because each tolerates an "
            f"expected loss of {fund.file.rules.tolerated_loss.value:.0%} of its cost, an assumption; without it "
            f"{happening.willing_without_tolerance:.1f} would."
        )
    if fund.contract is not None:
        found.append(
            f"How far pilots reach comes from one contract, {fund.contract.file.contract}: all alike. Real pilots "
            "differ in goal, size and comparison, and all three measurements show the same result here."
        )
    else:
        found.append("Pilots succeed or not, with a probability that is an assumption; real results lie between.")
    if fund.contract is not None:
        found.append(
            "What outcomes are worth to each payer is what the contract states, within its years; most gains of "
            "prevention come later, and often to others."
        )
    share = document.status["assumption"] / max(sum(document.status.values()), 1)
    found.append(f"{share:.0%} of the numbers are assumptions. Amounts are undiscounted.")
    return found

"""What a contract does to each party, and how often it pays for nothing or fails to pay for something."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from livsbana.parameters.schema import Label
from livsbana.pricing.contracts.achievement import achieved
from livsbana.pricing.contracts.cautions import cautions
from livsbana.pricing.contracts.cohorts import Truth, central_values, drawn
from livsbana.pricing.contracts.document import (
    ContractDocument,
    Fact,
    PartyResult,
    Reading,
    Rule,
    Spread,
    TermResult,
    Text,
    YearLine,
)
from livsbana.pricing.contracts.payments import Paid, Values, scaled, simulate, truths_of
from livsbana.pricing.contracts.read import Contract, used_outcomes
from livsbana.pricing.contracts.schema import Party
from livsbana.pricing.contracts.terms import AnyTerm, FixedTerm, GainShare, OutcomeTerm, Threshold
from livsbana.uncertainty.luck import FloatArray


def assess(
    contract: Contract, replicates: int, seed: int, engine: Mapping[str, list[tuple[float, float, float]]]
) -> ContractDocument:
    """Simulate a contract over possible worlds, without effect, and with the stated effect.

    Parameters
    ----------
    engine
        For each outcome that the simulation gives: level, effect and simulated persons, at central values and
        then in each draw.
    """
    central = central_values(contract, replicates)
    certain = truths_of(contract, central, {name: repeated(found[:1], replicates) for name, found in engine.items()})
    failing = simulate(contract, central, scaled(certain, 0.0), seed)
    succeeding = simulate(contract, central, certain, seed)
    values = drawn(contract, seed, replicates)
    worlds = truths_of(contract, values, {name: repeated(f[1:] or f, replicates) for name, f in engine.items()})
    possible = simulate(contract, values, worlds, seed)
    parties = {
        p.party: _party(contract, i, p, possible, failing, succeeding) for i, p in enumerate(contract.file.parties)
    }
    terms = {t.term: _term(contract, t, possible, failing, succeeding, central) for t in contract.file.terms}
    file = contract.file
    statuses = [n.status for n in contract.numbers()]
    return ContractDocument(
        contract=file.contract,
        label=_text(file.label),
        description=file.description,
        currency=file.currency,
        start_year=file.start_year,
        end_year=file.end_year,
        replicates=replicates,
        seed=seed,
        parties=parties,
        terms=terms,
        rule=_rule(parties),
        pays_without_effect=float(np.mean(_outcome_pay(contract, failing) > 0)),
        unpaid_with_effect=float(np.mean(_outcome_pay(contract, succeeding) <= 0)),
        outcome_pay_without_effect=float(_outcome_pay(contract, failing).mean()),
        outcome_pay_with_effect=float(_outcome_pay(contract, succeeding).mean()),
        fixed_share=_fixed_share(contract, succeeding),
        status={s: statuses.count(s) for s in ("published", "to_verify", "assumption")},
        facts=[Fact(fact=f.fact, source=f.source, status=f.status) for f in file.facts],
        sources=dict(file.sources),
        cautions=cautions(contract, terms, parties, engine),
    )


def spread(values: FloatArray) -> Spread:
    """Summarise replicates."""
    p5, p50, p95 = (float(q) for q in np.percentile(values, (5, 50, 95)))
    sd = float(np.std(values))
    return Spread(mean=float(np.mean(values)), sd=sd, p5=p5, p50=p50, p95=p95, mc_error=sd / np.sqrt(len(values)))


def repeated(found: list[tuple[float, float, float]], replicates: int) -> Truth:
    """Worlds of the simulation's draws, each as often as replicates allow."""
    pairs = np.array(found)[np.arange(replicates) % len(found)]
    return Truth(pairs[:, 0], pairs[:, 1])


def _text(label: Label) -> Text:
    return Text(sv=label.sv, en=label.en)


def _party(contract: Contract, i: int, party: Party, possible: Paid, failing: Paid, succeeding: Paid) -> PartyResult:
    """Sum up one party."""
    net = possible.transfers[:, i].sum(axis=1).astype(float)
    received = possible.received[:, i].sum(axis=1).astype(float)
    position = possible.position[:, i].astype(float)
    bad, good = (float(p.position[:, i].mean()) for p in (failing, succeeding))
    loses, gains = (bad < 0, good > 0) if _has_a_stake(contract, party.party) else (None, None)
    covariance, correlation = _together(net, possible.impact)
    mean = {
        "received": possible.received[:, i].mean(axis=0),
        "paid": (possible.received - possible.transfers)[:, i].mean(axis=0),
        "costs": possible.costs[:, i].mean(axis=0),
        "worth": possible.worths[:, i].mean(axis=0),
    }
    return PartyResult(
        role=party.role,
        label=_text(party.label),
        received=spread(received),
        paid=spread(received - net),
        net_payments=spread(net),
        position=spread(position),
        loss_probability=float(np.mean(position < 0)),
        position_without_effect=bad,
        position_with_effect=good,
        loses_when_failing=loses,
        gains_when_succeeding=gains,
        follows_rule=None if loses is None or gains is None else loses and gains,
        covariance_with_impact=covariance,
        correlation_with_impact=correlation,
        by_year=[YearLine(year=y, **{k: float(v[t]) for k, v in mean.items()}) for t, y in enumerate(contract.years)],
    )


def _has_a_stake(contract: Contract, party: str) -> bool:
    """Whether the file says what a party lays out or what the outcome is worth to it, or it only lends money."""
    file = contract.file
    stated = any(item.party == party for item in (*file.costs, *file.worths))
    receives = any(party in t.payees for t in file.terms)
    pays = any(party in t.payers for t in file.terms)
    return stated or (receives and pays)


def _together(net: FloatArray, impact: FloatArray) -> tuple[float | None, float | None]:
    """Covariance and correlation of net payments with the true impact; nothing when one of them never varies."""
    if np.ptp(net) == 0 or np.ptp(impact) == 0:
        return None, None
    return float(np.cov(net, impact)[0, 1]), float(np.corrcoef(net, impact)[0, 1])


def _term(
    contract: Contract, term: AnyTerm, possible: Paid, failing: Paid, succeeding: Paid, central: Values
) -> TermResult:
    """Sum up one term."""
    used = [contract.outcome(name) for name in used_outcomes(term)]
    fixed = isinstance(term, FixedTerm)
    bad, good, full = failing.terms[term.term], succeeding.terms[term.term], succeeding.full[term.term]
    open_ended = fixed or isinstance(term, GainShare)
    most = float(full.max())
    return TermResult(
        kind=term.kind,
        label=_text(term.label),
        expected=float(possible.terms[term.term].mean()),
        at_most=most if not isinstance(term, GainShare) else (term.cap.value if term.cap else None),
        outcome=", ".join(o.outcome for o in used) or None,
        persons=succeeding.measured[used[0].outcome].persons if used else None,
        comparison=_comparison(contract, used[0].outcome) if used else None,
        window_years=max(o.measured - o.start for o in used) if used else None,
        pays_without_effect=None if fixed else float(np.mean(bad > _least(term))),
        unpaid_with_effect=None if fixed else float(np.mean(good <= _least(term))),
        expected_without_effect=float(bad.mean()),
        expected_with_effect=float(good.mean()),
        share_without_effect=None if open_ended or not most else float(bad.mean() / most),
        share_with_effect=None if open_ended or not most else float(good.mean() / most),
        readings=_readings(contract, term, failing, succeeding, central),
    )


def _least(term: AnyTerm) -> float:
    """What a term pays at least: more than that is pay for an outcome."""
    return 0.0 if term.floor is None else term.floor.value


def _comparison(contract: Contract, name: str) -> str:
    """Say in words what an outcome is set against."""
    outcome = contract.outcome(name)
    if outcome.pools:
        return _comparison(contract, outcome.pools[0])
    comparator = outcome.comparator
    assert comparator is not None
    if comparator.kind == "group":
        how = "randomised" if comparator.randomised else "matched"
        return f"{comparator.persons:,} {how} others"
    words = {"before": "themselves before", "target": "a stated level", "none": "nothing"}
    return words[comparator.kind] + (", trend-adjusted" if comparator.trend is not None else "")


def _readings(contract: Contract, term: AnyTerm, failing: Paid, succeeding: Paid, central: Values) -> list[Reading]:
    """What other readings of an ambiguous threshold do."""
    if not isinstance(term, OutcomeTerm) or not isinstance(term.achievement, Threshold):
        return []
    outcome = contract.outcome(term.outcome)
    sums = {a.amount: central[id(a.value)] for a in contract.file.amounts}

    def met(paid: Paid, at: float) -> float:
        return float(achieved(term.achievement, outcome, paid.measured[term.outcome], sums, at).mean())

    return [
        Reading(at=at, pays_without_effect=met(failing, at), unpaid_with_effect=1 - met(succeeding, at))
        for at in term.achievement.other_readings
    ]


def _outcome_pay(contract: Contract, paid: Paid) -> FloatArray:
    """What is paid above floors by the terms that hang on outcomes."""
    terms = [t for t in contract.file.terms if not isinstance(t, FixedTerm)]
    return np.sum([paid.terms[t.term] - _least(t) for t in terms], axis=0)


def _fixed_share(contract: Contract, succeeding: Paid) -> float:
    """Share of what is paid at the stated effect that would be paid whatever comes of it; advances are no pay."""
    paid = {t.term: float(succeeding.terms[t.term].mean()) for t in contract.file.terms if t.kind != "advance"}
    fixed = sum(paid[t.term] for t in contract.file.terms if t.kind in ("guaranteed", "activity"))
    return fixed / sum(paid.values()) if sum(paid.values()) else 0.0


def _rule(parties: Mapping[str, PartyResult]) -> Rule:
    """Test the pre-study's rule over all parties."""
    broken = [name for name, p in parties.items() if p.follows_rule is False]
    unknown = [name for name, p in parties.items() if p.follows_rule is None]
    return Rule(holds=False if broken else None if unknown else True, broken_by=broken, unknown_for=unknown)

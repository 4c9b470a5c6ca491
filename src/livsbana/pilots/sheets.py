"""How a logic model lies in a workbook: sheets, columns, what they are called in Swedish and English, and help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from livsbana.parameters.reader import Steps

Language: TypeAlias = Literal["sv", "en"]
Words: TypeAlias = tuple[str, str]  # Swedish, English


def in_language(words: Words, language: Language) -> str:
    """Choose a language."""
    return words[0 if language == "sv" else 1]


@dataclass(frozen=True)
class Field:
    """One value: where it goes in the file, its heading and its help."""

    steps: Steps
    heading: Words
    help: Words


@dataclass(frozen=True)
class Sheet:
    """One sheet: a list of fields down (``key`` is None), or a table with a row for each item of ``key``."""

    key: str | None
    name: Words
    fields: tuple[Field, ...]


def _f(steps: str, heading: Words, text: Words) -> Field:
    path = tuple(int(s) if s.isdigit() else s for s in steps.split("/"))
    return Field(path, heading, text)


_PP = (
    "Förändring i procentenheter bland dem som får insatsen; minus är färre. Tomt om ni inte vet.",
    "Change in percentage points among those served; minus is fewer. Empty if you do not know.",
)
_MEASURE = (
    "I stället för procentenheter: OR, RR, HR, RD, d eller r från en studie.",
    "Instead of percentage points: OR, RR, HR, RD, d or r from a study.",
)
_VALUE = ("Måttets värde, t.ex. 0,8.", "Value of the measure, e.g. 0.8.")
_MONTHS = ("Månader efter start när förändringen ska synas.", "Months after the start when the change is to show.")

SHEETS = (
    Sheet(
        None,
        ("Pilot", "Pilot"),
        (
            _f("pilot", ("Namn", "Name"), ("Små bokstäver a–z, siffror och _.", "Small letters a–z, digits and _.")),
            _f("label", ("Rubrik", "Title"), ("Så som piloten kallas.", "What the pilot is called.")),
            _f("description", ("Beskrivning", "Description"), ("En eller två meningar.", "One or two sentences.")),
            _f(
                "municipality",
                ("Kommun", "Municipality"),
                ("Namn eller kod; tomt är hela Sverige.", "Name or code; empty is the whole of Sweden."),
            ),
            _f("start_year", ("Startår", "Start year"), ("När insatsen börjar.", "When the activity begins.")),
            _f("target/ages/0", ("Ålder från", "Age from"), ("Yngsta vid start.", "The youngest at the start.")),
            _f("target/ages/1", ("Ålder till", "Age to"), ("Äldsta vid start.", "The oldest at the start.")),
            _f(
                "target/where",
                ("Alla har", "All have"),
                (
                    "Vad alla i gruppen har året före start, med komma emellan: livsbana parameters list",
                    "What all in the group have the year before, with commas between: livsbana parameters list",
                ),
            ),
            _f("evaluation/treated", ("Antal som får insatsen", "Number treated"), ("Personer.", "Persons.")),
            _f(
                "evaluation/compared",
                ("Antal jämförda", "Number compared"),
                ("Personer; tomt vid före–efter.", "Persons; empty for before–after."),
            ),
            _f(
                "evaluation/comparator",
                ("Jämförelse", "Comparator"),
                ("randomised, matched eller before_after", "randomised, matched or before_after"),
            ),
            _f(
                "evaluation/months",
                ("Uppföljning, månader", "Follow-up, months"),
                ("När piloten ska bedömas.", "When the pilot is to be judged."),
            ),
        ),
    ),
    Sheet(
        "activities",
        ("Aktiviteter", "Activities"),
        (
            _f("activity", ("Aktivitet", "Activity"), ("Kort namn: a–z, siffror, _.", "Short name: a–z, digits, _.")),
            _f("label", ("Rubrik", "Title"), ("Vad ni gör.", "What you do.")),
            _f(
                "programme",
                ("Program", "Programme"),
                (
                    "Samma insats i biblioteket (livsbana programmes list); tomt om ingen.",
                    "The same in the library (livsbana programmes list); empty if none.",
                ),
            ),
        ),
    ),
    Sheet(
        "links",
        ("Kedja", "Chain"),
        (
            _f("from", ("Från", "From"), ("En aktivitet eller en faktor.", "An activity or a factor.")),
            _f("to", ("Till", "To"), ("En faktor (livsbana parameters list).", "A factor (livsbana parameters list).")),
            _f("change_pp", ("Procentenheter", "Percentage points"), _PP),
            _f("measure", ("Mått", "Measure"), _MEASURE),
            _f("value", ("Värde", "Value"), _VALUE),
            _f("months", ("Månader", "Months"), _MONTHS),
            _f("note", ("Anmärkning", "Note"), ("Varifrån storleken kommer.", "Where the size comes from.")),
        ),
    ),
    Sheet(
        "outcomes",
        ("Utfall", "Outcomes"),
        (
            _f("outcome", ("Utfall", "Outcome"), ("Kort namn: a–z, siffror, _.", "Short name: a–z, digits, _.")),
            _f(
                "level",
                ("Nivå", "Level"),
                (
                    "wished_change (önskad förändring), indicator (indikator/proxy) eller effect (effekt)",
                    "wished_change, indicator (or proxy) or effect",
                ),
            ),
            _f("label", ("Rubrik", "Title"), ("I ord för beslutsfattare.", "In words for decision makers.")),
            _f(
                "factor",
                ("Faktor", "Factor"),
                (
                    "Vad det heter i modellen; tomt om den saknas där.",
                    "Its name in the model; empty if it is not there.",
                ),
            ),
            _f(
                "register",
                ("Register", "Register"),
                ("Var det läses: register eller formulär.", "Where it is read: a register or a form."),
            ),
            _f(
                "months",
                ("Månader", "Months"),
                ("Månader efter start när det mäts.", "Months after the start when it is measured."),
            ),
            _f("change_pp", ("Procentenheter", "Percentage points"), _PP),
            _f("measure", ("Mått", "Measure"), _MEASURE),
            _f("value", ("Värde", "Value"), _VALUE),
            _f("note", ("Anmärkning", "Note"), ("Varifrån det kommer.", "Where it comes from.")),
        ),
    ),
    Sheet(
        "costs",
        ("Kostnader", "Costs"),
        (
            _f(
                "payer",
                ("Betalare", "Payer"),
                (
                    "municipality, region, state/ORGAN, employer, household …",
                    "municipality, region, state/BODY, employer, household …",
                ),
            ),
            _f("sek", ("Kronor", "SEK"), ("För hela piloten det året.", "For the whole pilot in that year.")),
            _f("year", ("År", "Year"), ("0 är startåret.", "0 is the start year.")),
        ),
    ),
)

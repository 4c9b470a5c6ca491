"""Templates that run: a worked example as commented YAML and as a workbook, and a commented scenario."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from livsbana.errors import InputError
from livsbana.parameters.reader import Steps
from livsbana.pilots.schema import PilotFile
from livsbana.pilots.sheets import SHEETS, Language, Sheet, Words, in_language

_ALWAYS = datetime(2026, 1, 1)  # the same bytes every time
NAME = re.compile(r"[a-z][a-z0-9_]*")

INTRO: Words = (
    "Logikmodell. Exemplet nedan går att köra som det är; byt ut det mot ert eget.\n"
    "Sifferformat: decimalpunkt i YAML. Skriv aldrig uppgifter om enskilda personer.\n"
    "Faktorer: livsbana parameters list --kind factor. Program: livsbana programmes list.\n"
    "Jämför med modellen: livsbana compare {file} --lang sv",
    "Logic model. The example below runs as it stands; replace it with your own.\n"
    "Never write data on single persons.\n"
    "Factors: livsbana parameters list --kind factor. Programmes: livsbana programmes list.\n"
    "Set it beside the model: livsbana compare {file}",
)


def _example(name: str, language: Language) -> dict[str, Any]:
    """A worked example: parent training for children with conduct problems."""

    def said(sv: str, en: str) -> str:
        return in_language((sv, en), language)

    return {
        "pilot": name,
        "label": said("Föräldrastöd (exempel)", "Parent training (example)"),
        "description": said(
            "Föräldrar till barn med utagerande beteende får gruppträning.",
            "Parents of children with conduct problems get group training.",
        ),
        "municipality": "Norrköping",
        "start_year": 2026,
        "target": {"ages": [6, 10], "where": ["conduct_problems"]},
        "activities": [
            {"activity": "parent_groups", "label": said("Föräldragrupper", "Parent groups"), "programme": "komet"}
        ],
        "links": [
            {
                "from": "parent_groups",
                "to": "conduct_problems",
                "change_pp": -10,
                "months": 12,
                "note": said("Er egen bedömning eller en studie.", "Your own judgement, or a study."),
            },
            {"from": "conduct_problems", "to": "school_absence", "change_pp": -3, "months": 36},
            {"from": "conduct_problems", "to": "offending", "months": 120},
        ],
        "outcomes": [
            {
                "outcome": "safe_childhood",
                "level": "wished_change",
                "label": said("Färre unga dras in i kriminalitet", "Fewer young people are drawn into crime"),
                "factor": "offending",
                "months": 120,
            },
            {
                "outcome": "behaviour",
                "level": "indicator",
                "label": said("Utagerande beteende", "Conduct problems"),
                "factor": "conduct_problems",
                "register": said("Formulär SDQ, föräldrar och lärare", "Questionnaire SDQ, parents and teachers"),
                "months": 12,
                "change_pp": -10,
            },
            {
                "outcome": "absence",
                "level": "effect",
                "label": said(
                    "Mindre skolfrånvaro än i jämförelsegruppen", "Less absence than in the comparison group"
                ),
                "factor": "school_absence",
                "register": said("Skolans frånvarosystem", "The school's absence records"),
                "months": 24,
            },
        ],
        "costs": [{"payer": "municipality", "sek": 600000, "year": 0}],
        "evaluation": {"treated": 60, "compared": 60, "comparator": "matched", "months": 24},
    }


def new_pilot(name: str, folder: Path, language: Language) -> tuple[Path, Path]:
    """Write ``NAME.yaml`` and ``NAME.xlsx``, two ways to fill in the same logic model.

    Raises
    ------
    InputError
        For a name that is none, or a file that is there already: nobody's work is written over.
    """
    yaml, xlsx = (_unused(name, folder, ending) for ending in ("yaml", "xlsx"))
    example = PilotFile.model_validate(_example(name, language))
    _write_text(yaml, pilot_yaml(example, language, yaml.name))
    write_workbook(example, xlsx, language)
    return yaml, xlsx


def _unused(name: str, folder: Path, ending: str) -> Path:
    """Give the path of a file that is not there yet."""
    if not NAME.fullmatch(name):
        raise InputError(f"found the name `{name}`, wanted small letters a–z, digits and _, such as `our_pilot`")
    path = folder / f"{name}.{ending}"
    if path.exists():
        raise InputError(f"{path} is there already and is not written over; choose another name, or move it away")
    return path


def _write_text(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}; name another --out", str(path)) from None


def plain(pilot: PilotFile) -> dict[str, Any]:
    """A logic model as nested plain values, without what is not said."""
    return pilot.model_dump(mode="json", by_alias=True, exclude_none=True)


def pilot_yaml(pilot: PilotFile, language: Language, file: str) -> str:
    """Write a logic model as commented YAML."""
    node = plain(pilot)
    lines = [f"# {line}" for line in in_language(INTRO, language).format(file=file).splitlines()]
    for sheet in SHEETS:
        lines.append("")
        if sheet.key is None:
            lines += _fields(sheet, node, language)
            continue
        lines += [f"# {in_language(sheet.name, language)}:"]
        lines += [f"#   {'.'.join(map(str, f.steps))}: {in_language(f.help, language)}" for f in sheet.fields]
        items = node.get(sheet.key) or []
        lines += [f"{sheet.key}:" if items else f"{sheet.key}: []"]
        for item in items:
            known = {str(f.steps[0]): item.get(f.steps[0]) for f in sheet.fields}
            pairs = [f"{key}: {_scalar(value)}" for key, value in known.items() if value is not None]
            lines += [f"  - {pairs[0]}", *(f"    {pair}" for pair in pairs[1:])]
    return "\n".join(lines) + "\n"


def _fields(sheet: Sheet, node: dict[str, Any], language: Language) -> list[str]:
    """Write the fields of the first sheet with their help as comments."""
    lines: list[str] = []
    opened: set[str] = set()
    for field in sheet.fields:
        top, help_line = str(field.steps[0]), f"# {in_language(field.help, language)}"
        value = _value(node, field.steps)
        if len(field.steps) == 1:
            lines += [help_line, f"{top}: {_scalar(value)}" if value is not None else f"# {top}:"]
            continue
        if top not in opened:
            opened.add(top)
            lines += ["", f"{top}:"]
        if field.steps[-1] == 1:
            continue
        inner = str(field.steps[1])
        value = _value(node, field.steps[:2])
        lines += [f"  {help_line}", f"  {inner}: {_scalar(value)}" if value is not None else f"  # {inner}:"]
    return lines


def _value(node: Any, steps: Steps) -> Any:
    """What stands at a place, or None."""
    for step in steps:
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def _scalar(value: Any) -> str:
    """Write a value so that the strict reader reads it back as it is."""
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(v) for v in value) + "]"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}"
    plain_word = re.fullmatch(r"[A-Za-zÅÄÖåäö][\w./ -]*", value) and value.lower() not in ("null", "true", "false")
    return value if plain_word else json.dumps(value, ensure_ascii=False)


def write_workbook(pilot: PilotFile, path: Path, language: Language) -> None:
    """Write a logic model as a workbook; a text that begins with ``=`` stays a text."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    node = plain(pilot)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(str(path), options) as book:
            book.set_properties({"title": pilot.label, "created": _ALWAYS})
            bold, dim = (
                book.add_format({"bold": True, "bottom": 1}),
                book.add_format({"italic": True, "font_color": "#555555", "text_wrap": True, "valign": "top"}),
            )
            for sheet in SHEETS:
                page = book.add_worksheet(in_language(sheet.name, language))
                (_write_down if sheet.key is None else _write_across)(page, sheet, node, language, bold, dim)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}; name another --out", str(path)) from None


def _write_down(page: Any, sheet: Sheet, node: dict[str, Any], language: Language, bold: Any, dim: Any) -> None:
    """Headings in A, values in B, help in C."""
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 36)
    page.set_column(2, 2, 80)
    for column, heading in enumerate((("Fält", "Field"), ("Ert svar", "Your answer"), ("Hjälp", "Help"))):
        page.write_string(0, column, in_language(heading, language), bold)
    for row, field in enumerate(sheet.fields, 1):
        page.write_string(row, 0, in_language(field.heading, language))
        value = _value(node, field.steps)
        _write(page, row, 1, ", ".join(value) if isinstance(value, list) else value)
        page.write_string(row, 2, in_language(field.help, language), dim)
    page.freeze_panes(1, 1)


def _write_across(page: Any, sheet: Sheet, node: dict[str, Any], language: Language, bold: Any, dim: Any) -> None:
    """Headings in row 1, help in row 2, one item a row from row 3."""
    assert sheet.key is not None
    page.set_column(0, len(sheet.fields) - 1, 26)
    for column, field in enumerate(sheet.fields):
        page.write_string(0, column, in_language(field.heading, language), bold)
        page.write_string(1, column, in_language(field.help, language), dim)
        for row, item in enumerate(node.get(sheet.key) or [], 2):
            _write(page, row, column, _value(item, field.steps))
    page.freeze_panes(2, 1)


def _write(page: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, int | float):
        page.write_number(row, column, value)
    elif value is not None:
        page.write_string(row, column, value)


SCENARIO: Words = (
    """# Ett scenario: vad händer om ni gör mer än idag? Exemplet går att köra: livsbana run {file}
scenario: {name}
label: {{sv: Exempel, en: Example}}
# Kommun med namn eller fyrsiffrig kod inom citattecken; ta bort raden för hela Sverige.
place: {{municipalities: [Norrköping]}}
# Vilka: barn födda ett år (births) och/eller invånare i en ålder (residents).
population: [{{births: 2026}}, {{residents: [1, 17]}}]
# Året då insatserna börjar; pengar räknas om till det året.
start_year: 2026
# Program: livsbana programmes list visar alla. coverage: andel av de berörda som erbjuds plats;
# today: andel som redan erbjuds det. Bara skillnaden räknas.
programmes:
  - programme: komet
    reach: {{coverage: 0.4, today: 0.1}}
""",
    """# A scenario: what if you do more than today? The example runs: livsbana run {file}
scenario: {name}
label: {{sv: Exempel, en: Example}}
# Municipality by name or four-digit code in quotes; remove the line for the whole of Sweden.
place: {{municipalities: [Norrköping]}}
# Who: children born in a year (births) and/or residents by age (residents).
population: [{{births: 2026}}, {{residents: [1, 17]}}]
# The year in which the programmes begin; money is discounted to it.
start_year: 2026
# Programmes: livsbana programmes list shows all. coverage: share of those eligible who are offered a place;
# today: share who are offered one already. Only the difference counts.
programmes:
  - programme: komet
    reach: {{coverage: 0.4, today: 0.1}}
""",
)


def new_scenario(name: str, folder: Path, language: Language) -> Path:
    """Write ``NAME.yaml``, a commented scenario that runs; see ``new_pilot`` for what is refused."""
    path = _unused(name, folder, "yaml")
    _write_text(path, in_language(SCENARIO, language).format(name=name, file=path.name))
    return path

"""The shipped parameters load, hang together, and every number has a source and an address."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from livsbana.cli.app import main
from livsbana.cli.json_schemas import ANSWERS, FILES, RUNS, schema_text
from livsbana.errors import InputError
from livsbana.parameters.library import Library, edge_name, load_library, parameters_folder
from livsbana.parameters.names import Names, active_ages

SCHEMAS = Path(__file__).resolve().parents[1] / "src" / "livsbana" / "parameters" / "json_schema"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_loading_takes_less_than_a_second_and_a_half() -> None:
    seconds: list[float] = []
    for _ in range(3):
        start = time.process_time()
        load_library()
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1.5


def test_the_network_is_as_large_as_promised(library: Library) -> None:
    assert len([f for f in library.factors.values() if f.kind not in ("trait", "liability")]) >= 60
    assert len(library.edges) >= 120
    assert len([a for a in library.associations if a.use != "report"]) >= 90
    assert len(library.associations) >= 100
    assert len(library.unit_costs) >= 25
    assert len(library.programmes) >= 3
    assert {f.id for f in library.factors.values() if f.kind == "liability"} >= {"externalising", "internalising"}
    assert set(library.domain_of) == set(library.factors)


def test_every_number_has_one_address_and_its_line(library: Library) -> None:
    assert len(library.address) == len(library.numbers)
    for address, number in library.numbers.items():
        assert library.address[id(number)] == address
    for address in (f"edge/{edge_name(library.edges[0])}/causal", "shrinkage/scale_up", "programme/komet/uptake"):
        name, line = library.line_of(address).rsplit(":", 1)
        text = (Path.cwd() / name).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert "value" in text


def test_every_number_is_sourced_and_only_read_sources_are_published(library: Library) -> None:
    for address, number in library.numbers.items():
        if number.source == "judgement":
            assert number.status == "assumption", address
        else:
            assert number.source in library.sources, address
        if number.status == "published":
            assert library.sources[number.source].status == "published", address
        if number.status == "assumption":
            assert number.why, address


def test_payer_shares_and_trait_shares_sum_to_one(library: Library) -> None:
    for cost in library.unit_costs.values():
        assert sum(share.value for share in cost.payers.values()) == pytest.approx(1, abs=1e-9)
    for factor in library.factors.values():
        if factor.values:
            assert sum(value.share.value for value in factor.values) == pytest.approx(1, abs=1e-6)


def test_what_is_settled_once_stays_readable(library: Library) -> None:
    names = Names(library.factors, library.origins)
    for factor in library.factors.values():
        found = names.find(factor.id, factor)
        assert found is not None
        if factor.kind == "milestone" and factor.ages:
            assert active_ages(found) == (factor.ages[0], 120)


def test_the_life_table_rises_with_age(library: Library) -> None:
    assert library.life_table.shape == (101, 2)
    assert ((library.life_table > 0) & (library.life_table <= 1)).all()
    assert (library.life_table[80] > library.life_table[40]).all()
    assert library.life_table[40, 0] < library.life_table[40, 1]


def test_all_municipalities_are_there(library: Library) -> None:
    places = library.places
    assert len(places.municipalities) == 290
    assert len(places.regions) == 21
    assert places.municipality("0581").name == "Norrköping"
    assert places.find("norrköping").code == places.find("0581").code == "0581"
    assert places.sweden.population == sum(m.population for m in places.municipalities.values())
    assert places.sweden.residents.shape == (2, 101)
    assert places.sweden.residents.dtype == np.int64
    mean = places.sweden_mean("tax_total_2025")
    assert min(m.profile["tax_total_2025"] or 99 for m in places.municipalities.values()) < mean < 36


@pytest.mark.parametrize(
    ("text", "meant"), [("581", "0581"), ("76", "0114"), ("Norköping", "Norrköping"), ("stockholms", "Stockholm")]
)
def test_a_misread_municipality_is_recognised(library: Library, text: str, meant: str) -> None:
    with pytest.raises(InputError, match=meant):
        library.places.find(text)


def test_the_schema_files_are_current() -> None:
    for name, model in {**FILES, **ANSWERS}.items():
        written = (SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")
        assert written == schema_text(model), f"run `livsbana parameters schema --out {SCHEMAS}`"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    captured = capsys.readouterr()
    assert left.value.code == 0, captured.err
    assert captured.err == ""
    return captured.out


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["parameters", "list"], "parameters_list"),
        (["parameters", "list", "--kind", "place"], "parameters_list"),
        (["programmes", "list"], "programmes_list"),
        (["parameters", "show", "conduct_problems"], "parameters_show"),
        (["parameters", "show", "Norrköping"], "parameters_show"),
        (["programmes", "show", "komet"], "parameters_show"),
        (["parameters", "check"], "parameters_check"),
    ],
)
def test_json_answers_fit_their_schema(capsys: pytest.CaptureFixture[str], command: list[str], name: str) -> None:
    document = json.loads(answer(capsys, *command, "--json"))
    ANSWERS[name].model_validate(document, strict=True)


def test_text_answers_are_for_people(capsys: pytest.CaptureFixture[str], library: Library) -> None:
    assert "komet" in answer(capsys, "programmes", "list")
    shown = answer(capsys, "parameters", "show", "programme/komet/uptake")
    assert shown.startswith("number programme/komet/uptake")
    source = next(n.source for n in library.numbers.values() if n.source in library.sources)
    assert "used by" in answer(capsys, "parameters", "show", source)
    assert "published" in answer(capsys, "parameters", "check")


def test_schemas_are_written_where_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    written = answer(capsys, "parameters", "schema", "--out", str(tmp_path / "new")).splitlines()
    assert len(written) == len(FILES) + len(ANSWERS) + len(RUNS)
    assert all(json.loads(Path(path).read_text(encoding="utf-8"))["$schema"] for path in written)


def test_the_shipped_folder_is_found_through_the_one_above() -> None:
    folder = parameters_folder()
    assert parameters_folder(folder.parent) == folder

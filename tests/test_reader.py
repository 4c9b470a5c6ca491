"""The strict reader: text stays text, places are right, and nothing but plain mappings and lists gets in."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from livsbana.errors import InputError
from livsbana.parameters.library import parameters_folder
from livsbana.parameters.reader import Document, Position, parse, read_document, read_text
from livsbana.parameters.scalars import Finite, Flag, Proportion, Whole
from livsbana.parameters.typed import typed

PATH = Path("file.yaml")


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: Finite = 0.0
    count: Whole = 0
    share: Proportion = 0.0
    yes: Flag = False
    text: str = ""


def read(text: str, loader: type = yaml.SafeLoader) -> Document:
    return parse(text, PATH, loader)


def message(text: str) -> str:
    with pytest.raises(InputError) as caught:
        typed(Sample, read(text))
    return str(caught.value)


def test_every_scalar_stays_the_text_that_stands_in_the_file() -> None:
    node = read("a: 0114\nb: yes\nc: 1e3\nd: 2024-01-01\ne: [0x1F, 1_000]\non: off\nf: '~'\n").node
    assert node == {
        "a": "0114",
        "b": "yes",
        "c": "1e3",
        "d": "2024-01-01",
        "e": ["0x1F", "1_000"],
        "on": "off",
        "f": "~",
    }


def test_keys_and_values_know_their_line_and_column() -> None:
    document = read("a: 1\nlist:\n  - {b: [x, yy]}\n")
    assert document.keys[("list",)] == Position(2, 1)
    assert document.keys[("list", 0, "b")] == Position(3, 6)
    assert document.values[("list", 0, "b", 1)] == Position(3, 13)
    assert document.where(("list", 0, "b", 1)) == "file.yaml:3:13"
    assert document.where(("list", 0, "absent", "deeper")) == "file.yaml:3:5"


@pytest.mark.parametrize("path", sorted(parameters_folder().glob("*.yaml")), ids=lambda path: path.name)
def test_both_loaders_read_the_parameters_alike(path: Path) -> None:
    text = read_text(path)
    assert parse(text, path, yaml.SafeLoader) == parse(text, path, yaml.CSafeLoader)


def test_both_loaders_accept_the_same_of_a_thousand_damaged_files() -> None:
    whole = (
        "a:\n  - id: x\n    label: {sv: \"å: b\", en: 'it''s'}\n    t: >-\n      long\n      text\n  - []\nb : c # d\n"
    )
    luck = random.Random(1)
    for _ in range(1000):
        damaged = list(whole)
        for _ in range(luck.randint(1, 3)):
            at = luck.randrange(len(damaged))
            damaged[at : at + luck.randint(0, 1)] = luck.choice([*"{}[],:-?&*!'\" \n~x", ": ", "\n- ", ""])
        results = []
        for loader in (yaml.SafeLoader, yaml.CSafeLoader):
            try:
                results.append(read("".join(damaged), loader))
            except InputError:
                results.append(None)
        assert results[0] == results[1], "".join(damaged)


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60) | st.text("{}[]:,-&*!|>'\"%@` \n\tab0~#?", max_size=40)
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        node, said = read(text).node, "file.yaml:"
    except InputError as error:
        node, said = dict[str, str](), str(error)
    assert isinstance(node, dict)
    assert said.startswith("file.yaml:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "file.yaml:3:1: duplicate key `a`, first on line 1"),
        ("a: &x 1\n", "anchors (`&x`)"),
        ("a: *x\n", "aliases (`*x`)"),
        ("a: !!int 1\n", "tags (`tag:yaml.org,2002:int`)"),
        ("a: !!python/object/apply:os.system [ls]\n", "tags ("),
        ("<<: {a: 1}\n", "merge keys"),
        ("a: 1\n---\nb: 2\n", "file.yaml:2:1: a second document"),
        ("%YAML 1.1\n---\na: 1\n", "directives"),
        ("a: ~\n", "file.yaml:1:4: found `~` where a value was wanted"),
        ("a: null\n", "found `null`"),
        ("a:\nb: 1\n", "found nothing"),
        ("? [a]\n: 1\n", "a key is plain text"),
        ("a: {b:[1]}\n", ""),
        ("\ta: 1\n", "file.yaml:1:1: found a tab; indent with spaces"),
        ("- a\n", "a mapping (`key: value`) was wanted at the top"),
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("a: [1, 2\n", "is a bracket, brace or quotation mark left open"),
        ("a: b: c\n", "mapping values are not allowed"),
        ("a: {value: 0,84, b: c}\n", "has a decimal comma; write 0.84"),
    ],
)
def test_what_is_not_plain_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("file.yaml:")


def test_five_thousand_brackets_are_refused_quickly() -> None:
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        for text in ("a: " + "[" * 5000, "a: " + "{a: " * 5000, "\n".join(" " * i + "a:" for i in range(2000))):
            start = time.perf_counter()
            with pytest.raises(InputError, match="nested deeper than 50"):
                read(text, loader)
            assert time.perf_counter() - start < 2


def test_very_many_values_are_refused_quickly() -> None:
    start = time.perf_counter()
    with pytest.raises(InputError, match="more than 100,000 values"):
        parse("a: [" + "x, " * 1_500_000 + "x]", PATH)
    assert time.perf_counter() - start < 2


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"100\.0 MB, at most 5 MB"):
        read_document(path)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("a: 1".encode("utf-16"), "1:1: the file is UTF-16; save it as UTF-8"),
        ("a: 1".encode("utf-16-le"), "invisible character U+0000; is the file UTF-16"),
        ("a: 1".encode("utf-8-sig"), "byte order mark"),
        ("x: y\na: å".encode("latin-1"), ":2:4: byte 0xe5 is not UTF-8"),
        (b"a: x\x07\n", "invisible character U+0007"),
    ],
)
def test_only_plain_utf8_is_read(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert said in str(caught.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "family.yaml").write_text("a: 1")
    with pytest.raises(InputError, match=r"no such file; did you mean `family\.yaml`\?"):
        read_document(tmp_path / "famly.yaml")
    with pytest.raises(InputError, match="this is a folder"):
        read_document(tmp_path)
    with pytest.raises(InputError, match="not a plain file"):
        read_document(Path("/dev/null"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("number: 0.84", 0.84), ("number: -1e-3", -0.001), ("number: +5", 5.0), ("number: '7'", 7.0), ("number: 0", 0.0)],
)
def test_numbers_are_read(text: str, value: float) -> None:
    assert typed(Sample, read(text)).number == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("number: 0,84", "1:9: found `0,84` (a decimal comma), wanted a number; write 0.84"),
        ("number: 1_000", "(digits joined by `_`), wanted a number; write 1000"),
        ("number: 1 000", "write 1000"),
        ("number: 84 %", "(a percentage), wanted a number; write 0.84"),
        ("number: .5", "write 0.5"),
        ("number: −3", "write -3"),
        ("number: 007", "write 7"),
        ("number: .nan", "a finite one"),
        ("number: -inf", "a finite one"),
        ("number: 1e999", "too large"),
        ("number: 0x10", "found `0x10`, wanted a number"),
        ("number: ٣", "wanted a number"),
        ("number: twelve", "wanted a number"),
        ("number: [1]", "found a list of 1"),
        ("count: 3.0", "found `3.0`, wanted a whole number"),
        ("count: 3,0", "wanted a whole number"),
        ("share: 84", "84` per cent is 0.84"),
        ("yes: on", "wanted true or false"),
        ("text: {a: b}", "found a mapping, wanted a text"),
        ("numbr: 1", "1:1: unknown key `numbr`; did you mean `number`?"),
    ],
)
def test_wrong_values_are_refused_with_what_was_meant(text: str, said: str) -> None:
    assert said in message(text)


def test_several_mistakes_are_said_at_once_and_in_order() -> None:
    lines = message("yes: on\nnumber: x\ncount: y\n").splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "2", "3"]

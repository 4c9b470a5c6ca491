"""Strict reading of YAML: nested mappings, lists and text, each with its line and column.

PyYAML is used for its event stream only. Nothing is constructed, so no tag, alias or merge key
can do anything, and every scalar stays the text that stands in the file (``0114`` is four characters).
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias, cast

import yaml
from yaml import events as ev

from livsbana.errors import InputError

MAX_BYTES = 5_000_000
MAX_DEPTH = 50
MAX_VALUES = 100_000

Node: TypeAlias = "dict[str, Node] | list[Node] | str"
Steps: TypeAlias = tuple[str | int, ...]

_EMPTY = {"", "~", "null", "Null", "NULL"}
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Position(NamedTuple):
    """Line and column in a file, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """One YAML file as text: what stands in it, and where each key and value begins."""

    path: Path
    node: Node
    keys: dict[Steps, Position]
    values: dict[Steps, Position]

    def where(self, steps: Steps = (), *, key: bool = False) -> str:
        """Give ``file:line:column`` of the value at ``steps``, or of its key.

        A path that leads outside the document gives the nearest thing that encloses it.
        """
        line, column = self.position(steps, key=key)
        return f"{shown(self.path)}:{line}:{column}"

    def position(self, steps: Steps = (), *, key: bool = False) -> Position:
        """Give the place of the value at ``steps``, or of its key; mistakes are told in this order."""
        found = self.keys.get(steps) if key else None
        while found is None and steps not in self.values:
            steps = steps[:-1]
        return found or self.values[steps]


def shown(path: Path) -> str:
    """Write a path the short way: relative to the working folder when it lies inside it."""
    full, here = os.path.abspath(path), os.getcwd()
    return os.path.relpath(full, here) if full.startswith(here + os.sep) else str(path)


def nearest(found: str, known: Iterable[str]) -> str:
    """Say which known name lies nearest, as an ending for a message; empty when none is near."""
    names = sorted(set(known))
    close = difflib.get_close_matches(found, names, n=1, cutoff=0.6)
    if not close:
        folded = {name.casefold(): name for name in names}
        close = [folded[n] for n in difflib.get_close_matches(found.casefold(), folded, n=1, cutoff=0.6)]
    return f"; did you mean `{close[0]}`?" if close else ""


def read_text(path: Path) -> str:
    """Read a UTF-8 text file of at most 5 MB.

    Raises
    ------
    InputError
        If the file is absent, not a plain file, too large, or not UTF-8 without byte order mark.
    """
    try:
        _refuse_unreadable(path)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", shown(path)) from None
    return _decode(raw, path)


def _refuse_unreadable(path: Path) -> None:
    """Refuse what is absent, not a plain file, or too large, before any of it is read."""
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InputError(f"no such file{nearest(path.name, siblings)}", shown(path))
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not a plain file"
        raise InputError(f"this is {kind}; a text file was wanted", shown(path))
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputError(f"the file has {size / 1e6:.1f} MB, at most 5 MB are read", shown(path))


def _decode(raw: bytes, path: Path) -> str:
    """Turn bytes into text, with a hint about the encoding when they are not plain UTF-8."""
    at_start = f"{shown(path)}:1:1"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("the file is UTF-16; save it as UTF-8", at_start)
    if raw.startswith(b"\xef\xbb\xbf"):
        raise InputError("the file begins with a byte order mark; save it as UTF-8 without BOM", at_start)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8 (not Windows-1252 or Latin-1)"
        raise InputError(message, f"{shown(path)}:{line}:{column}") from None
    bad = re.search("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        hint = "is the file UTF-16 or not text?" if bad.group() == "\0" else "remove it"
        raise InputError(f"invisible character U+{ord(bad.group()):04X}; {hint}", f"{shown(path)}:{line}:{column}")
    return text


def read_document(path: Path) -> Document:
    """Read one YAML file strictly.

    Parameters
    ----------
    path
        A UTF-8 file of at most 5 MB that holds one document, a mapping.

    Returns
    -------
    Document
        Nested ``dict``, ``list`` and ``str``; every scalar is text.

    Raises
    ------
    InputError
        With ``file:line:column``, for anything but plain nested mappings and lists.
    """
    return parse(read_text(path), path)


def parse(text: str, path: Path, loader: type = _LOADER) -> Document:
    """Parse YAML text; ``path`` only names it in messages and ``loader`` only supplies events.

    libyaml's events come fifteen times faster than the pure loader's and say the same.
    """
    _refuse_tab(text, path)
    try:
        events = cast("Iterator[ev.Event]", yaml.parse(text, Loader=loader))  # pyright: ignore[reportUnknownMemberType]
        return _Builder(path).document(events)
    except yaml.YAMLError as error:
        raise _syntax_error(error, path) from None


def _refuse_tab(text: str, path: Path) -> None:
    """Refuse tabs, on which YAML parsers disagree."""
    at = text.find("\t")
    if at >= 0:
        column = at - text.rfind("\n", 0, at)
        raise InputError("found a tab; indent with spaces", f"{shown(path)}:{text.count(chr(10), 0, at) + 1}:{column}")


def _syntax_error(error: yaml.YAMLError, path: Path) -> InputError:
    """Put a scanner's or parser's complaint into one sentence with a hint."""
    begun, mark = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "the text is not YAML"
    if mark is None:
        return InputError(problem, f"{shown(path)}:1:1")
    context = (
        f" {error.context} from line {begun.line + 1}" if isinstance(error, yaml.MarkedYAMLError) and begun else ""
    )
    return InputError(f"{problem}{context}{_hint(problem)}", f"{shown(path)}:{mark.line + 1}:{mark.column + 1}")


def _hint(problem: str) -> str:
    """Guess the usual cause of a syntax error from what the parser says."""
    if "mapping values are not allowed" in problem:
        return "; is the indentation right, and is a text that holds `: ` quoted?"
    if "',' or" in problem or "end of stream" in problem or "document start" in problem:
        return "; is a bracket, brace or quotation mark left open?"
    if "expected <block end>" in problem or "expected key" in problem or "'-'" in problem or "':'" in problem:
        return "; is the indentation right, and does each key end with `: `?"
    if "escape" in problem:
        return "; between double quotes a backslash is written twice, between single quotes once"
    return "; quote a text that begins with one of @ ` % & * ! | > { } [ ]"


@dataclass
class _Builder:
    """Builds one document from an event stream."""

    path: Path
    keys: dict[Steps, Position] = field(default_factory=dict[Steps, Position])
    values: dict[Steps, Position] = field(default_factory=dict[Steps, Position])
    flow_depth: int = 0

    def document(self, stream: Iterator[ev.Event]) -> Document:
        """Read exactly one document and nothing after it."""
        next(stream)
        start = next(stream)
        if not isinstance(start, ev.DocumentStartEvent):
            raise InputError("the file is empty; a mapping was wanted", f"{shown(self.path)}:1:1")
        if getattr(start, "version", None) or getattr(start, "tags", None):
            raise self._error(start, "directives (%YAML, %TAG) are not used here; remove the line")
        root = next(stream)
        if not isinstance(root, ev.MappingStartEvent):
            raise self._error(root, "a mapping (`key: value`) was wanted at the top of the file")
        node = self._node(root, stream, ())
        next(stream)
        after = next(stream)
        if not isinstance(after, ev.StreamEndEvent):
            raise self._error(after, "a second document begins here; one file holds one document")
        return Document(self.path, node, self.keys, self.values)

    def _node(self, event: ev.Event, stream: Iterator[ev.Event], steps: Steps) -> Node:
        """Build the node that begins with ``event``."""
        self._refuse(event, steps)
        self.values[steps] = _position(event)
        if isinstance(event, ev.ScalarEvent):
            return self._scalar(event)
        in_flow = bool(getattr(event, "flow_style", False))
        self.flow_depth += in_flow
        build = self._sequence if isinstance(event, ev.SequenceStartEvent) else self._mapping
        node = build(stream, steps)
        self.flow_depth -= in_flow
        return node

    def _sequence(self, stream: Iterator[ev.Event], steps: Steps) -> list[Node]:
        """Build a list up to its end event."""
        items: list[Node] = []
        while not isinstance(event := next(stream), ev.SequenceEndEvent):
            items.append(self._node(event, stream, (*steps, len(items))))
        return items

    def _mapping(self, stream: Iterator[ev.Event], steps: Steps) -> dict[str, Node]:
        """Build a mapping up to its end event; its keys are plain text and differ."""
        items: dict[str, Node] = {}
        while not isinstance(event := next(stream), ev.MappingEndEvent):
            key = self._key(event, steps)
            name = key.value
            if name in items:
                first = self.keys[(*steps, name)].line
                raise self._error(key, f"duplicate key `{name}`, first on line {first}; keep one of them")
            self.keys[(*steps, name)] = _position(key)
            value = next(stream)
            if key.implicit[0] and value.start_mark.index == key.end_mark.index + 1 and not _is_empty(value):
                raise self._error(value, f"a space is missing after `{name}:`")
            self._refuse_comma(value, name, items)
            items[name] = self._node(value, stream, (*steps, name))
        return items

    def _key(self, event: ev.Event, steps: Steps) -> ev.ScalarEvent:
        """Check that a key is plain text and give its event."""
        self._refuse(event, steps)
        if not isinstance(event, ev.ScalarEvent):
            raise self._error(event, "a key is plain text; quote a value that begins with a bracket or brace")
        if event.value == "<<" and event.implicit[0]:
            raise self._error(event, "merge keys (`<<`) are not used here; write the values out")
        if not event.value:
            raise self._error(event, "a key is missing before `:`")
        self._refuse_question(event)
        return event

    def _scalar(self, event: ev.ScalarEvent) -> str:
        """Give the text of a scalar; a plain empty value is refused."""
        if event.implicit[0] and event.value in _EMPTY:
            found = f"`{event.value}`" if event.value else "nothing"
            raise self._error(event, f"found {found} where a value was wanted; leave the key out if it is unknown")
        self._refuse_question(event)
        return event.value

    def _refuse_question(self, event: ev.ScalarEvent) -> None:
        """Refuse what the two loaders read differently: `?` in an unquoted text between brackets."""
        if self.flow_depth and event.implicit[0] and "?" in event.value:
            raise self._error(event, "quote a text that holds `?` between brackets or braces")

    def _refuse(self, event: ev.Event, steps: Steps) -> None:
        """Refuse aliases, anchors, tags, deep nesting and very many values."""
        if isinstance(event, ev.AliasEvent):
            raise self._error(event, f"aliases (`*{event.anchor}`) are not used here; write the value out")
        assert isinstance(event, ev.NodeEvent)
        if event.anchor is not None:
            raise self._error(event, f"anchors (`&{event.anchor}`) are not used here; remove it")
        tag: str | None = getattr(event, "tag", None)
        if tag is not None:
            raise self._error(event, f"tags (`{tag}`) are not used here; remove it, every value is read as text")
        if len(steps) > MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")
        if len(self.values) >= MAX_VALUES:
            raise self._error(event, f"the file holds more than {MAX_VALUES:,} values; split it")

    def _refuse_comma(self, event: ev.Event, name: str, before: dict[str, Node]) -> None:
        """Recognise ``{value: 0,84, …}``, which YAML reads as ``value: 0`` and an empty key ``84``."""
        if not (_is_empty(event) and before and re.fullmatch(r"[0-9]+", name)):
            return
        key, value = list(before.items())[-1]
        if isinstance(value, str) and re.fullmatch(r"[-+]?[0-9]+", value):
            raise self._error(event, f"`{key}: {value},{name}` has a decimal comma; write {value}.{name}")

    def _error(self, event: ev.Event, message: str) -> InputError:
        line, column = _position(event)
        return InputError(message, f"{shown(self.path)}:{line}:{column}")


def _is_empty(event: ev.Event) -> bool:
    return isinstance(event, ev.ScalarEvent) and not event.value and event.implicit[0]


def _position(event: ev.Event) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)

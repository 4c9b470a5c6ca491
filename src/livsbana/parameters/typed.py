"""From text to declarations: run a schema on a document, and say what is wrong in its own words and lines."""

from __future__ import annotations

import re
import types
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from livsbana.errors import InputError, first_of
from livsbana.parameters.reader import Document, Node, Steps, nearest

Model = TypeVar("Model", bound=BaseModel)


class _Complaint(NamedTuple):
    """One mistake: where it stands, and what to say."""

    steps: Steps
    at_key: bool
    message: str


def typed(model: type[Model], document: Document) -> Model:
    """Give a document the types of ``model``.

    Parameters
    ----------
    model
        The declaration that the whole document should be.
    document
        What the strict reader read: nested mappings, lists and text.

    Raises
    ------
    InputError
        With the first few mistakes: file:line:column, found, wanted, nearest valid name.
    """
    try:
        return model.model_validate(document.node)
    except ValidationError as error:
        complaints = [c for e in error.errors(include_url=False) if (c := _complaint(e, model, document.node))]
    raise first_of(
        [
            InputError(c.message, document.where(c.steps, key=c.at_key))
            for c in sorted(_worth_saying(complaints), key=lambda c: _order(c, document))
        ]
    )


def _order(complaint: _Complaint, document: Document) -> tuple[int, int]:
    """Sort mistakes by their place in the file."""
    return document.position(complaint.steps, key=complaint.at_key)


def _worth_saying(complaints: list[_Complaint]) -> list[_Complaint]:
    """Drop repetitions, and `is missing` where a misspelt key in the same mapping explains it."""
    said = "".join(c.message for c in complaints)
    kept: dict[tuple[Steps, str], _Complaint] = {}
    for c in complaints:
        name = re.match(r"`(\w+)` is missing", c.message)
        if not (name and f"did you mean `{name[1]}`" in said):
            kept[(c.steps, c.message)] = c
    return list(kept.values())


def _complaint(error: ErrorDetails, model: type[BaseModel], root: Node) -> _Complaint | None:
    """Translate one of pydantic's errors; None for the branch of a union that was not meant."""
    steps, rest = _locate(error["loc"], root)
    found, kind = _at(root, steps), error["type"]
    if kind == "literal_error" and isinstance(found, list):
        return None
    if kind == "extra_forbidden":
        known = _keys_of(_types_at(model, steps[:-1]))
        return _Complaint(steps, True, f"unknown key `{steps[-1]}`{nearest(str(steps[-1]), known) or _list(known)}")
    if kind == "missing":
        return _Complaint(steps, False, _missing(rest, found, _types_at(model, steps)))
    if rest == ("[key]",):
        return _Complaint(steps, True, _said(error, str(steps[-1])))
    return _Complaint(steps, False, _said(error, found))


def _locate(location: tuple[int | str, ...], root: Node) -> tuple[Steps, tuple[int | str, ...]]:
    """Split pydantic's location into steps that exist in the document and what is left over."""
    steps: list[int | str] = []
    node: Node = root
    for i, step in enumerate(location):
        if isinstance(node, dict) and step in node:
            node = node[str(step)]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        elif i == len(location) - 1:
            return tuple(steps), (step,)
        else:
            continue
        steps.append(step)
    return tuple(steps), ()


def _at(root: Node, steps: Steps) -> Node:
    """Give the node that stands at ``steps``."""
    node = root
    for step in steps:
        if isinstance(node, dict):
            node = node[str(step)]
        elif isinstance(node, list):
            node = node[int(step)]
    return node


def _missing(rest: tuple[int | str, ...], found: Node, known: list[Any]) -> str:
    """Say what is missing from a mapping or from a list of fixed length."""
    if not rest or isinstance(rest[0], int):
        return f"found a list of {len(found)}, wanted more values, such as [3, 12]"
    return f"`{rest[0]}` is missing{_list(_required(known), ' here; wanted at least')}"


def _said(error: ErrorDetails, found: Node) -> str:
    """Put one error on a value into words: found, wanted."""
    context: dict[str, Any] = error.get("ctx", {})
    kind = error["type"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        return f"found {_shape(found)}{_list(options, ', wanted one of')}{nearest(str(found), options)}"
    if kind == "string_pattern_mismatch":
        return f"found {_shape(found)}, wanted a name like `conduct_problems` (small letters a–z, digits and _)"
    wanted = {
        "model_type": "a mapping (`key: value`)",
        "model_attributes_type": "a mapping (`key: value`)",
        "dict_type": "a mapping (`key: value`)",
        "list_type": "a list (`[…]` or lines with `- `)",
        "tuple_type": "a list such as [3, 12]",
        "string_type": "a text",
        "too_long": f"at most {context.get('max_length')} values",
        "too_short": f"at least {context.get('min_length')} values",
        "greater_than_equal": f"at least {context.get('ge')}",
        "less_than_equal": f"at most {context.get('le')}",
        "greater_than": f"more than {context.get('gt')}",
        "less_than": f"less than {context.get('lt')}",
        "int_type": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
    }.get(kind)
    if kind == "less_than_equal" and context.get("le") == 1.0 and float(error["input"]) <= 100:
        wanted = f"a share up to 1; {_shape(found)} per cent is {float(error['input']) / 100:g}"
    return f"found {_shape(found)}, wanted {wanted}" if wanted else f"found {_shape(found)}: {error['msg']}"


def _shape(node: Node) -> str:
    """Describe what was found, shortly."""
    if isinstance(node, dict):
        return "a mapping"
    if isinstance(node, list):
        return f"a list of {len(node)}"
    return f"`{node}`" if len(node) <= 40 else f"`{node[:40]}…`"


def _list(names: list[str], lead: str = "; known here:") -> str:
    """Write a list of names as the end of a message."""
    return f"{lead} {', '.join(f'`{n}`' for n in names)}" if names else ""


def _types_at(model: Any, steps: Steps) -> list[Any]:
    """Find what the schema may want at ``steps`` of a document."""
    wanted = _alternatives(model)
    for step in steps:
        wanted = [inner for one in wanted for inner in _inside(one, step)]
    return wanted


def _alternatives(annotation: Any) -> list[Any]:
    """Unpack ``Annotated`` and unions."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [one for arg in get_args(annotation) for one in _alternatives(arg)]
    return [annotation]


def _inside(annotation: Any, step: str | int) -> list[Any]:
    """Take one step down into a model, mapping or list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if (field.alias or name) == step:
                return _alternatives(field.annotation)
        return []
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal or not arguments:
        return []
    return _alternatives(arguments[-1])


def _keys_of(wanted: list[Any]) -> list[str]:
    """List the keys that the schemas know."""
    models = [one for one in wanted if isinstance(one, type) and issubclass(one, BaseModel)]
    return [field.alias or name for one in models for name, field in one.model_fields.items()]


def _required(wanted: list[Any]) -> list[str]:
    """List the keys that the schemas cannot do without."""
    models = [one for one in wanted if isinstance(one, type) and issubclass(one, BaseModel)]
    return [f.alias or name for one in models for name, f in one.model_fields.items() if f.is_required()]

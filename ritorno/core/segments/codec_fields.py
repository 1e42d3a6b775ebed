"""The fields of a leaf as they are told: names, choices and spans, each looked up; part of `codec.py`."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

import msgspec

from ritorno.core.instants import Span, parse_span
from ritorno.core.near import meant
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.check_values import OPS, op_problem
from ritorno.core.segments.rule import Rule, Where

LEAVES: dict[str, type[Any]] = {str(leaf.__struct_config__.tag): leaf for leaf in get_args(Rule)}
_INFO = {leaf: msgspec.inspect.type_info(leaf) for leaf in (*LEAVES.values(), Where)}


def leaf_of(data: object, path: str) -> type[Any]:
    if not isinstance(data, Mapping):
        raise RuleError(f'{path}: must be a rule, {{"is": …}}, not {shown(data)}')
    name = data.get("is")
    leaf = LEAVES.get(name) if isinstance(name, str) else None
    if leaf is None:
        said = 'says not what it "is"' if name is None else f"there is no leaf {shown(name)}"
        raise RuleError(f"{path}: {said}{meant(str(name or ''), LEAVES)}")
    return leaf


def _fields(leaf: type[Any]) -> dict[str, msgspec.inspect.Field]:
    info = _INFO[leaf]
    assert isinstance(info, msgspec.inspect.StructType)
    return {field.name: field for field in info.fields}


def check_fields(leaf: type[Any], values: dict[Any, Any], path: str) -> None:
    """Refuse unknown and missing fields and names that are none of a choice; spans in text become spans."""
    fields = _fields(leaf)
    for name in values:
        if name not in fields:
            raise RuleError(f"{path}: there is no field {shown(name)} here{meant(str(name), fields) if fields else ''}")
    missing = [name for name, field in fields.items() if field.required and name not in values]
    if missing:
        raise RuleError(f"{path}: {missing[0]} is missing")
    for name, value in values.items():
        place = f"{path}.{name}"
        if name == "op":
            _check_op(value, place)
        elif name == "where" and isinstance(value, list | tuple):
            for index, one in enumerate(value):
                if isinstance(one, Mapping):
                    check_fields(Where, dict(one), f"{place}[{index}]")
        values[name] = _plain(value, fields[name].type, place)


def _check_op(op: object, path: str) -> None:
    if not isinstance(op, str):
        raise RuleError(f"{path}: must be one of {', '.join(OPS)}, not {shown(op)}")
    if problem := op_problem(op):
        raise RuleError(f"{path}: {problem}")


def _plain(value: object, kind: msgspec.inspect.Type, path: str) -> object:
    """A value as the fields hold it: spans from text, days as text; choices are looked up."""
    kinds = kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        items = [each.item_type for each in kinds if isinstance(each, msgspec.inspect.VarTupleType)]
        return [_plain(each, items[0], path) for each in value] if items else value
    if not isinstance(value, str):
        return value
    if any(isinstance(each, msgspec.inspect.StructType) and each.cls is Span for each in kinds):
        try:
            return msgspec.to_builtins(parse_span(value))
        except ValueError as error:
            raise RuleError(f"{path}: {error}") from error
    known = [str(name) for each in kinds for name in _choices(each)]
    if known and value not in known:
        raise RuleError(f"{path}: there is no {shown(value)}{meant(value, known)}")
    return value


def _choices(kind: msgspec.inspect.Type) -> tuple[object, ...]:
    match kind:
        case msgspec.inspect.EnumType(cls=cls):
            return tuple(each.value for each in cls)
        case msgspec.inspect.LiteralType(values=values):
            return tuple(values)
        case _:
            return ()


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"

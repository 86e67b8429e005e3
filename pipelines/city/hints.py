"""What is wrong with a key of a settings file, in words that lead to its correction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

LISTED = 12
TAGS = ("union_tag_invalid", "union_tag_not_found")  # the key that tells a variant, wrong or missing
KINDS = {
    "string_type": "should be a text",
    "int_type": "should be a whole number",
    "float_type": "should be a number",
    "bool_type": "should be true or false",
    "tuple_type": "should be a list: [..., ...]",
    "list_type": "should be a list: [..., ...]",
    "dict_type": "should be keys and values",
    "model_type": "should be keys and values",
    "model_attributes_type": "should be keys and values",
    "date_type": "should be a day such as 2026-10-31",
    "date_parsing": "should be a day such as 2026-10-31",
    "date_from_datetime_parsing": "should be a day such as 2026-10-31",
    "date_from_datetime_inexact": "should be a day such as 2026-10-31, without a time of day",
    "datetime_type": "should be a moment such as 2026-10-31T23:59:59",
    "datetime_parsing": "should be a moment such as 2026-10-31T23:59:59",
    "datetime_from_date_parsing": "should be a moment such as 2026-10-31T23:59:59",
    "too_short": "it is empty: name at least one",
    "string_pattern_mismatch": "should be small letters, digits and underscores, beginning with a letter",
}


def nearest(name: str, others: Iterable[str]) -> str:
    """`` did you mean …?`` with the one of ``others`` that is most like ``name``; nothing where none is like it."""
    known = {other.casefold(): other for other in others}
    found = get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
    return f"; did you mean {known[found[0]]!r}?" if found else ""


def told(model: type[BaseModel], loc: Sequence[str | int], item: Mapping[str, Any]) -> str:
    """One of pydantic's errors in ``model`` as a message for a person: what is wrong, what would be right."""
    kind, text = item["type"], str(item["msg"])
    if kind == "extra_forbidden":
        known = sorted(keys_at(model, loc[:-1]))
        hint = nearest(str(loc[-1]), known)
        return f"this key is not known here{hint or f'; known are {_listed(known)}'}"
    if kind == "missing":
        return "this key is missing"
    text = text.removeprefix("Value error, ").replace("Input should be", "should be")
    text = KINDS.get(kind, text)
    given = item.get("input")
    if kind == "string_type" and isinstance(given, (int, float, dict)):
        text += ": put quotation marks around it"
    if kind in TAGS:
        tags = str(item["ctx"].get("expected_tags", "")).replace("'", "").split(", ")
        tag = item["ctx"].get("tag")
        if tag is None:
            return f"the key {item['ctx']['discriminator']} is missing, which tells what it is"
        return f"{tag!r} is not known{nearest(str(tag), tags)}; use one of {', '.join(tags)}"
    if kind == "literal_error":
        allowed = str(item["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
        text += nearest(str(given), allowed)
    if kind != "value_error" and isinstance(given, (str, int, float, bool)):
        text += f" (it is {given!r})"
    return text


def together(messages: Sequence[str]) -> str:
    """What several possible types of one key say: ``should be a text, a whole number or true or false``."""
    if len(messages) == 1 or not all(message.startswith("should be ") for message in messages):
        return "; or ".join(messages)
    kinds = [message.removeprefix("should be ") for message in messages]
    return f"should be {', '.join(kinds[:-1])} or {kinds[-1]}"


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    """The keys that are known where ``loc`` leads from ``model``."""
    here: list[Any] = [model]
    for part in loc:
        deeper = [inner for kind in here for inner in _inside(kind, part)]
        here = deeper or here  # a part that is no key, such as the name of a variant, leads nowhere
    return {name for kind in here for each in _models(kind) for name in _names(each)}


def without_tags(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[str | int, ...]:
    """``loc`` without the names of variants that pydantic puts among the keys, where a key tells the variant: ``pages``
    of a fetch may be either.
    """
    here: list[Any] = [model]
    kept: list[str | int] = []
    for part in loc:
        variants = [variant for kind in here for variant in _variants(kind, part)]
        if variants:
            here = variants
            continue
        kept.append(part)
        here = [inner for kind in here for inner in _inside(kind, part)]
    return tuple(kept)


def _variants(kind: Any, tag: str | int) -> list[type[BaseModel]]:
    """The models that ``tag`` stands for where ``kind`` is a choice told by one of their keys."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return [found for each in inner for found in _variants(each, tag)]
    key = next((told for each in inner[1:] if isinstance(told := getattr(each, "discriminator", None), str)), "")
    if origin is not Annotated or not key:
        return []
    return [each for each in _models(inner[0]) if tag in get_args(each.model_fields[key].annotation)]


def _names(model: type[BaseModel]) -> set[str]:
    names = {field.alias or name for name, field in model.model_fields.items()}
    return names | set(getattr(model, "also_known", ()))


def _inside(kind: Any, part: str | int) -> list[Any]:
    """The types that the key or position ``part`` of a ``kind`` may have."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _inside(inner[0], part)
    if origin in (Union, UnionType):
        return [found for each in inner for found in _inside(each, part)]
    if origin is dict:
        return [inner[1]]
    if origin in (tuple, list):
        return [inner[0]] if isinstance(part, int) else []
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [f.annotation for name, f in kind.model_fields.items() if part == (f.alias or name)]
    return []


def _models(kind: Any) -> list[type[BaseModel]]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _models(inner[0])
    if origin in (Union, UnionType):
        return [found for each in inner for found in _models(each)]
    return [kind] if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (" …" if len(names) > LISTED else "")

"""No setting is taken for what it is not written as: a text for a number, 1 for true, a number for a day."""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic import Strict as Marked
from pydantic.functional_validators import BeforeValidator

import expectations
import pipelines
from pipelines.city.strict import Strict
from pipelines.errors import UsageError
from pipelines.scoring import load_schemes
from pipelines.settings import REPO
from tests.unit.conftest import TinyCity

SCALARS = (bool, int, float, Decimal, date, datetime)


def _models(kind: type[BaseModel] = Strict) -> Iterator[type[BaseModel]]:
    for each in kind.__subclasses__():
        yield each
        yield from _models(each)


def _lax(kind: Any, marks: tuple[Any, ...] = ()) -> Iterator[Any]:
    """The scalars in ``kind`` that pydantic would make of a value that is written as something else."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        yield from _lax(inner[0], (*marks, *inner[1:]))
    elif origin in (typing.Union, types.UnionType):
        for each in inner:
            yield from _lax(each, marks)
    elif origin in (tuple, list, dict):
        for each in inner:
            yield from _lax(each)
    elif kind in SCALARS and not any(isinstance(mark, (Marked, BeforeValidator)) for mark in marks):
        yield kind


def test_no_setting_is_made_of_a_value_of_another_kind() -> None:
    for package in (pipelines, expectations):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith("__main__") and ".defs" not in module.name:
                importlib.import_module(module.name)
    found = list(_models())
    assert len(found) > 40
    for model in found:
        for name, field in model.model_fields.items():
            lax = list(_lax(field.annotation, tuple(field.metadata)))
            assert not lax, f"{model.__module__}.{model.__name__}.{name} takes {lax} from a value of another kind"


SCHEME = yaml.safe_load((REPO / "cities" / "kansascity" / "schemes" / "districts_quarterly.yaml").read_text("utf-8"))
WRONG: dict[str, tuple[str, object, str]] = {
    "day-as-number": ("valid_from", 20260101, "20260101 is a number; write a day as 2026-10-31"),
    "day-as-quoted-number": ("valid_from", "20260101", "'20260101' is a number; write a day as 2026-10-31"),
    "day-since-1970": ("valid_to", 1767225600, "1767225600 is a number; write a day as 2026-10-31"),
    "flag-as-number": ("weights_need_not_add_up", 1, "should be true or false (it is 1)"),
    "flag-as-text": ("weights_need_not_add_up", "no", "should be true or false (it is 'no')"),
    "count-as-text": ("objection_work_days", "5", "should be a whole number (it is '5')"),
    "count-as-fraction": ("objection_work_days", 5.0, "should be a whole number (it is 5.0)"),
    "points-as-text": ("bonus", {"cap": "5"}, "should be a number (it is '5'); take the quotation marks away"),
    "points-as-truth": ("bonus", {"cap": True}, "should be a number (it is True)"),
}


def _scheme(tiny: TinyCity, changes: dict[str, object]) -> Path:
    path = tiny.folder / "schemes" / "wrong.yaml"
    path.parent.mkdir(exist_ok=True)
    text = yaml.safe_dump({**SCHEME, "scheme": "wrong", **changes}, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("key", "value", "message"), WRONG.values(), ids=WRONG)
def test_a_scheme_is_refused_with_file_key_and_line(tiny: TinyCity, key: str, value: object, message: str) -> None:
    city = tiny.load()
    path = _scheme(tiny, {key: value})
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if text.startswith(f"{key}:"))
    with pytest.raises(UsageError) as caught:
        load_schemes(city)
    told = [each for each in caught.value.what.splitlines() if message in each]
    assert len(told) == 1, caught.value.what
    assert told[0].startswith((f"{path}:{line}: {key}", f"{path}:{line + 1}: {key}.cap"))
    assert caught.value.remedy


OF_THE_CITY: dict[str, tuple[str, object, str]] = {
    "as-of-without-time": ("as_of", date(2026, 10, 31), "2026-10-31 tells no time of day; write the day's end"),
    "as-of-as-quoted-number": ("as_of", "20261031", "'20261031' is a number"),
    "synthetic-as-text": ("synthetic", "yes", "should be true or false (it is 'yes')"),
    "bound-as-text": ("bounds", {"west": "1", "south": 1, "east": 2, "north": 2}, "should be a number (it is '1')"),
    "metres-as-fraction": (
        "stop_is_served",
        {"within_metres": 50.0, "minutes_early": 1, "minutes_late": 1},
        "should be a whole number (it is 50.0)",
    ),
}


@pytest.mark.parametrize(("key", "value", "message"), OF_THE_CITY.values(), ids=OF_THE_CITY)
def test_city_yaml_is_refused(tiny: TinyCity, key: str, value: object, message: str) -> None:
    tiny.settings[key] = value
    with pytest.raises(UsageError) as caught:
        tiny.load()
    assert "city.yaml:" in caught.value.what
    assert message in caught.value.what


def test_a_source_is_refused(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"rejected_share": {"warn": "0.02"}, "due": {"every": "month", "within_days": "5"}}
    with pytest.raises(UsageError) as caught:
        tiny.load()
    assert "watch.rejected_share.warn: should be a number (it is '0.02')" in caught.value.what
    assert "watch.due.within_days: should be a whole number (it is '5')" in caught.value.what

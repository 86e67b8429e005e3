"""The library, imported once a process, with the one context in which frames are checked."""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib import import_module
from typing import Any


@cache
def library() -> Any:
    """``great_expectations``, quiet. Importing it costs seconds, so it is called only where something is checked."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, when the library is imported
    import great_expectations as gx  # noqa: PLC0415 as above

    # on import the library sets its own level and announces every temporary folder
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("great_expectations"):
            logging.getLogger(name).setLevel(logging.ERROR)
    _name_metrics_quickly()
    return gx


def _name_metrics_quickly() -> None:
    """Spare the library looking for thirty kinds of object, those of numpy and Spark among them, behind each blank.

    It names every metric of every check by a hash of its arguments as JSON, 26 in a check, and most arguments are
    blank. Plain values are the same in JSON as they are, so they need no conversion: the name stays the same. This is
    the only thing of the library that is replaced; a test compares the names.
    """
    id_dict: Any = import_module("great_expectations.core.id_dict")
    convert = id_dict.convert_to_json_serializable

    def quickly(data: dict[str, Any]) -> Any:
        is_plain = all(value is None or type(value) in (str, int, bool) for value in data.values())
        return data if is_plain else convert(data=data)

    id_dict.convert_to_json_serializable = quickly


@cache
def _frames() -> Any:
    """What makes a batch of a frame. A context of its own for every frame would cost a fifth of its check."""
    context: Any = library().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return (
        context.data_sources.add_pandas("frames")
        .add_dataframe_asset("frame")
        .add_batch_definition_whole_dataframe("all")
    )


def as_batch(frame: Any) -> Any:
    """The batch of a pandas frame; it takes the place of the batch before, which must be done with."""
    return _frames().get_batch(batch_parameters={"dataframe": frame})


def let_go() -> None:
    """Forget the last frame: the context would keep it, up to 100,000 rows, as long as the process lives."""
    from pandas import DataFrame  # noqa: PLC0415 with the library

    as_batch(DataFrame()).validate(library().ExpectationSuite("nothing"))


@cache
def expectation(name: str) -> Any:
    """The library's expectation of that name (``ExpectColumnValuesToBeInSet``), told apart only by its speed.

    The library asks an expectation for its configuration about ninety times in a check, and makes it anew from the
    model each time: a third of the work. The library's expectations may be extended by classes of one's own, and this
    one remembers its configuration. Raises AttributeError where there is none of that name.
    """
    from great_expectations.compatibility import pydantic  # noqa: PLC0415 as above

    base = getattr(library().expectations, name)

    def configuration(self: Any) -> Any:
        if self._told is None:
            self._told = base.configuration.fget(self)
        return self._told

    def __setattr__(self: Any, key: str, value: Any) -> None:  # noqa: N807 a method
        base.__setattr__(self, key, value)
        if key in self.__fields__:
            self._told = None

    return type(
        f"{name}Remembered",
        (base,),
        {
            "__module__": __name__,
            "__setattr__": __setattr__,
            "_told": pydantic.PrivateAttr(default=None),
            "configuration": property(configuration),
        },
    )

"""Reading a YAML file into a pydantic model, with errors that name file, line, key and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipelines.city.hints import together, told, without_tags
from pipelines.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)
REMEDY = "correct the lines named above"


class _Loader(yaml.SafeLoader):
    """YAML without three of its traps: a key written twice silently wins; the keys on, Yes and 01 are read as true and
    1, where a settings file means the word and a cell's text; a day that does not exist has no line.
    """


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = _key(loader, key_node)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is written twice", key_node.start_mark
            )
        seen.add(key)
    loader.flatten_mapping(node)
    return {_key(loader, key): loader.construct_object(value, deep=deep) for key, value in node.value}


def _key(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    raise yaml.constructor.ConstructorError(None, None, "a key must be a text", node.start_mark)


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> Any:
    try:
        return yaml.SafeLoader.construct_yaml_timestamp(loader, node)
    except ValueError as error:
        what = f"{node.value!r} looks like a day and is none: {error}"
        raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from error


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@dataclass(frozen=True)
class Document:
    """A YAML file that has been read: its data, and its nodes, which know their lines."""

    path: Path
    data: Any
    node: yaml.Node | None

    def find(self, keys: Sequence[str | int]) -> tuple[tuple[str | int, ...], int | None]:
        """Those of ``keys``, from the top, that stand in the file, and the line (from 1) of the last of them.

        What is no key of the file (the name of a variant, say, which pydantic puts among them) is passed over.
        """
        node, found, line = self.node, [], None if self.node is None else self.node.start_mark.line + 1
        for key in keys:
            if isinstance(node, yaml.MappingNode):
                pairs = [(k, v) for k, v in node.value if _is_key(k, key)]
                if pairs:  # what a key was merged with comes first, its own value last
                    found.append(key)
                    line, node = pairs[-1][0].start_mark.line + 1, pairs[-1][1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
                found.append(key)
                node = node.value[key]
                line = node.start_mark.line + 1
        return tuple(found), line

    def place(self, *keys: str | int) -> str:
        """``path:line: a.b.c`` of the key a → b → c, or of the nearest key above it that is there."""
        _, line = self.find(keys)
        return f"{self.path}{'' if line is None else f':{line}'}: {'.'.join(map(str, keys)) or 'the whole file'}"


def read_document(path: Path) -> Document:
    """The document in ``path``; raises UsageError naming file and line where it is not YAML."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file", "create it, or check the name of the city folder")
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}" if mark is not None else ""
        what = ", ".join(part for part in (error.context, error.problem) if part)
        if "'\\t'" in what:
            what = "a tab stands where only spaces may"
        raise UsageError(f"{path}{where}: not readable as YAML: {what}", _yaml_remedy(what)) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"{path}: not readable as YAML: {error}", "save the file as UTF-8 text") from error
    return Document(path, data, node)


def read_yaml(path: Path) -> Any:
    """The data in ``path``; raises UsageError naming file and line where it is not YAML."""
    return read_document(path).data


def read_model(path: Path, model: type[Model]) -> Model:
    """``path`` read into ``model``; raises UsageError that names every mistake with its line and key."""
    return into_model(read_document(path), model)


def into_model(document: Document, model: type[Model]) -> Model:
    """``document`` as ``model``; raises UsageError that names every mistake with its line and key."""
    if not isinstance(document.data, dict):
        kind = "nothing" if document.data is None else type(document.data).__name__
        raise UsageError(f"{document.path}: expected keys and values, found {kind}", "see the other cities' files")
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise UsageError("\n".join(_lines(document, model, error)), REMEDY) from error


def place_in(path: Path, *keys: str | int) -> str:
    """``Document.place`` for a file that may have gone or changed since it was read."""
    try:
        return read_document(path).place(*keys)
    except (UsageError, OSError):
        return Document(path, None, None).place(*keys)


def _is_key(node: yaml.Node, key: str | int) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == str(key)


def _yaml_remedy(what: str) -> str:
    if "a tab" in what:
        return "indent with spaces"
    if "looks like a day" in what:
        return "correct the day, or put quotation marks around a text"
    if "written twice" in what:
        return "keep one of the two"
    return "check indentation, colons and quotation marks there; texts with : or # or * need quotation marks"


def _lines(document: Document, model: type[BaseModel], error: ValidationError) -> list[str]:
    """One line per mistake, in the order of the file; what a key of several possible types is, is told once."""
    found: dict[tuple[str | int, ...], tuple[int, list[str]]] = {}
    for item in error.errors():
        loc = without_tags(model, item["loc"])
        keys, line = document.find(loc)
        if item["type"] == "missing":
            keys = (*keys, loc[-1])
        if item["type"] == "union_tag_invalid":
            keys, line = document.find((*keys, item["ctx"]["discriminator"].strip("'")))
        _, messages = found.setdefault(keys, (line or 0, []))
        if item["type"] == "too_short" and messages:  # what is in it was told to be wrong
            continue
        message = told(model, loc, item)
        if message not in messages:
            messages.append(message)
    ordered = sorted(found.items(), key=lambda entry: entry[1][0])
    return [f"{document.place(*keys)}: {together(messages)}" for keys, (_, messages) in ordered]

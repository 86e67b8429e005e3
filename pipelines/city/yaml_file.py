"""Reading a YAML file into a pydantic model, with errors that name file, key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipelines.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)


class _NoDuplicates(yaml.SafeLoader):
    """A key written twice silently wins in YAML; here it is an error."""


def _mapping(loader: _NoDuplicates, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is written twice", key_node.start_mark
            )
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


_NoDuplicates.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """The document in ``path``; raises UsageError naming file and line where it is not YAML."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file", "create it, or check the name of the city folder")
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_NoDuplicates)  # noqa: S506 a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not readable as YAML: {error}", "correct the line named above") from error


def read_model(path: Path, model: type[Model]) -> Model:
    """``path`` read into ``model``; every mistake is named with its key."""
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise UsageError(f"{path}: expected keys and values, found {type(data).__name__}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in item['loc']) or '(whole file)'}: {item['msg']}" for item in error.errors()
        ]
        raise UsageError(f"{path}:\n  " + "\n  ".join(lines), "correct the keys named above") from error

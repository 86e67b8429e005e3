"""The dbt models as assets and their tests as asset checks: one dbt invocation, in process."""

from collections.abc import Iterator, Mapping
from queue import SimpleQueue
from threading import Thread
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from pipelines.city import City
from pipelines.defs.door import OWNERS, lake_key, reported
from pipelines.defs.manifest import manifest_path
from pipelines.lock import city_lock
from pipelines.warehouse.build import build

_DONE = object()


class _Translator(DagsterDbtTranslator):
    """Keys start with the city; groups follow the model's folder; a lake source comes from the run's inputs."""

    def __init__(self, city: City) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self._city = city

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            sources = [s.source for s in self._city.sources.values() if s.contract == dbt_resource_props["name"]]
            if dbt_resource_props["source_name"] == "lake" and len(sources) == 1:
                return lake_key(self._city.name, sources[0])
            # several feeds, or none, or the ledger: all of them stand behind the inputs of the run
            return dg.AssetKey([self._city.name, "run_inputs"])
        return dg.AssetKey([self._city.name, dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        folders = dbt_resource_props["fqn"][1:-1]
        return f"{self._city.name}_{folders[-1] if folders else 'seeds'}"

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS


def warehouse_assets(city: City, resource: str) -> dg.AssetsDefinition:
    """All models of a city as one multi-asset; row counts come from the built file."""
    manifest = manifest_path()
    translator = _Translator(city)

    @dbt_assets(
        manifest=manifest,
        name=f"{city.name}_warehouse",
        dagster_dbt_translator=translator,
        required_resource_keys={resource},
    )
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        folders = getattr(context.resources, resource).folders()
        events: SimpleQueue[Any] = SimpleQueue()
        failure: list[BaseException] = []

        def work() -> None:
            try:
                build(folders, callbacks=[events.put])
            except BaseException as error:
                failure.append(error)
            finally:
                events.put(_DONE)

        with city_lock(folders, context.log.info):
            thread = Thread(target=work)
            thread.start()
            while (event := events.get()) is not _DONE:
                yield from _asset_events(event, manifest, context, translator)
            thread.join()
        if failure:
            with reported():
                raise failure[0]

    return models


def _asset_events(event: Any, manifest: Any, context: Any, translator: Any) -> Iterator[Any]:
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415 comes with dbt

    raw = MessageToDict(event, preserving_proto_field_name=True)
    message = DbtCoreCliEventMessage(raw_event=raw, event_history_metadata={})
    if message.is_result_event:
        yield from message.to_default_asset_events(
            manifest=_read(manifest), context=context, dagster_dbt_translator=translator
        )


_manifests: dict[str, Any] = {}


def _read(path: Any) -> Any:
    import json  # noqa: PLC0415

    key = f"{path}:{path.stat().st_mtime}"
    if key not in _manifests:
        _manifests[key] = json.loads(path.read_text(encoding="utf-8"))
    return _manifests[key]

"""Assets of the door: one per source, and the inputs of the run."""

from collections.abc import Iterator

import dagster as dg

from pipelines.city import City
from pipelines.defs.resources import RunSettings
from pipelines.errors import CityevalError, DataError
from pipelines.ingest import take_in
from pipelines.ingest.ledger import read_ledger
from pipelines.ingest.retention import expire_landing
from pipelines.lock import city_lock
from pipelines.run import input_folder
from pipelines.scoring import load_schemes
from pipelines.warehouse.inputs import write_inputs

OWNERS = ["team:data"]


def lake_key(city: str, source: str) -> dg.AssetKey:
    return dg.AssetKey([city, "lake", source])


def door_assets(city: City, resource: str) -> list[dg.AssetsDefinition]:
    """The multi-asset that takes deliveries in, with one check per source, and the asset of the run's inputs."""
    name = city.name
    specs = [
        dg.AssetSpec(
            lake_key(name, source.source),
            group_name=f"{name}_door",
            owners=OWNERS,
            kinds={"polars", "parquet"},
            description=f"{source.title.zh} / {source.title.en}: accepted rows of {source.contract} in the lake",
        )
        for source in city.sources.values()
    ]
    checks = [
        dg.AssetCheckSpec(
            "delivery_is_good", asset=lake_key(name, source), description="no delivery of this run was refused"
        )
        for source in city.sources
    ]

    @dg.multi_asset(
        name=f"{name}_take_in",
        specs=specs,
        check_specs=checks,
        required_resource_keys={resource},
        retry_policy=dg.RetryPolicy(max_retries=1, delay=10),
    )
    def take_in_deliveries(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        settings: RunSettings = getattr(context.resources, resource)
        loaded, folders = settings.load(), settings.folders()
        with reported(), city_lock(folders, context.log.info):
            new = take_in(loaded, folders, input_folder(loaded, folders, None, context.log.info), say=context.log.info)
            expire_landing(folders)
        ledger = read_ledger(folders.lake)
        for source in loaded.sources:
            mine, fresh = [d for d in ledger if d.source == source], [d for d in new if d.source == source]
            refused = [d for d in fresh if d.state == "refused"]
            yield dg.MaterializeResult(
                asset_key=lake_key(name, source),
                metadata={
                    "dagster/row_count": sum(d.accepted for d in mine),
                    "new deliveries": len(fresh),
                    "rejected": sum(d.rejected for d in fresh),
                    "repaired": sum(d.repaired for d in fresh),
                    "out of scope": sum(d.out_of_scope for d in fresh),
                },
                check_results=[
                    dg.AssetCheckResult(
                        passed=not refused,
                        check_name="delivery_is_good",
                        asset_key=lake_key(name, source),
                        severity=dg.AssetCheckSeverity.WARN,
                        metadata={d.file: str(d.reasons) for d in refused},
                    )
                ],
            )

    @dg.asset(
        key=[name, "run_inputs"],
        group_name=f"{name}_door",
        owners=OWNERS,
        kinds={"yaml", "parquet"},
        deps=[spec.key for spec in specs],
        required_resource_keys={resource},
        description="As-of moment, periods, reference tables and rules of the run",
    )
    def run_inputs(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings: RunSettings = getattr(context.resources, resource)
        loaded, folders = settings.load(), settings.folders()
        with reported(), city_lock(folders, context.log.info):
            moment = settings.moments()[0]
            known = [d.delivery_id for d in read_ledger(folders.lake)]
            if not known:
                raise DataError("no delivery has come in yet", "put files into the inbox")
            digest = write_inputs(loaded, load_schemes(loaded), moment, folders.lake, known)
        return dg.MaterializeResult(
            metadata={"input hash": digest, "as of": str(moment.horizon), "period": moment.period.name}
        )

    return [take_in_deliveries, run_inputs]


class reported:  # noqa: N801 reads as a word where it is used
    """Data or city folders that did not pass fail the run once: retrying would not help."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, CityevalError):
            raise dg.Failure(description=str(error), allow_retries=False) from error

"""Assets of the door: one per source, and the inputs of the run."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from pipelines.city import City
from pipelines.defs.door_checks import check_of_deliveries, check_of_expectations, check_of_feed
from pipelines.defs.resources import RunSettings
from pipelines.errors import CityevalError, DataError
from pipelines.fetch import fetch_all
from pipelines.ingest import take_in
from pipelines.ingest.feeds import watched
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.ingest.retention import expire_landing
from pipelines.lock import city_lock
from pipelines.run import input_folder, watch_feeds
from pipelines.scoring import load_schemes
from pipelines.settings import CityHome
from pipelines.warehouse.inputs import write_inputs

OWNERS = ["team:data"]


def lake_key(city: str, source: str) -> dg.AssetKey:
    return dg.AssetKey([city, "lake", source])


def door_assets(city: City, resource: str) -> list[dg.AssetsDefinition]:
    """The multi-asset that takes deliveries in, with three checks per source, and the asset of the run's inputs."""
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
    told = {
        "delivery_is_good": "no delivery of this run was refused or stopped",
        "great_expectations": "the suite of the contract passed on every delivery of this run",
        "feed_is_on_time": "what was due has come, and the newest record is new enough",
    }
    checks = [
        dg.AssetCheckSpec(check, asset=lake_key(name, source), description=text)
        for source in city.sources
        for check, text in told.items()
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
            fetching = [source for source in loaded.sources.values() if source.fetch is not None]
            for error in fetch_all(fetching, folders, say=context.log.info)[1]:
                context.log.error(str(error))  # a feed that stays away is late, and is told of as such
            new = take_in(loaded, folders, input_folder(loaded, folders, None, context.log.info), say=context.log.info)
            expire_landing(folders)
            workbook = _workbook(loaded, folders, new)
        ledger = read_ledger(folders.lake)
        feeds = {feed.source: feed for feed in watched(loaded, folders, ledger, settings.moments()[0].horizon).feeds}
        for source in loaded.sources:
            mine, fresh = [d for d in ledger if d.source == source], [d for d in new if d.source == source]
            yield dg.MaterializeResult(
                asset_key=lake_key(name, source),
                metadata={
                    "dagster/row_count": sum(d.accepted for d in mine if d.state == "accepted"),
                    "new deliveries": len(fresh),
                    "rejected": sum(d.rejected for d in fresh),
                    "repaired": sum(d.repaired for d in fresh),
                    "out of scope": sum(d.out_of_scope for d in fresh),
                },
                check_results=[
                    check_of_deliveries(lake_key(name, source), fresh, workbook),
                    check_of_expectations(lake_key(name, source), folders, fresh, loaded),
                    check_of_feed(lake_key(name, source), feeds.get(source)),
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
            known = watch_feeds(loaded, folders, moment.horizon, context.log.info)
            if not known:
                raise DataError("no delivery has come in yet", "put files into the inbox")
            digest = write_inputs(loaded, load_schemes(loaded), moment, folders.lake, known)
        return dg.MaterializeResult(
            metadata={"input hash": digest, "as of": str(moment.horizon), "period": moment.period.name}
        )

    return [take_in_deliveries, run_inputs]


def _workbook(city: City, folders: CityHome, new: list[Delivery]) -> Path | None:
    """The workbook of what this run rejected, to send back; None where it rejected nothing."""
    from pipelines.export.reject_workbook import reject_table, write_reject_workbook  # noqa: PLC0415 seldom needed

    faulty = [delivery for delivery in new if delivery.rejected or not delivery.was_read]
    if not faulty:
        return None
    table = reject_table(city, folders, faulty)
    path = folders.exports / f"{city.name}_rejects.xlsx"
    return write_reject_workbook(path, city, table, faulty, with_closed=False)


class reported:  # noqa: N801 reads as a word where it is used
    """Data or city folders that did not pass fail the run once: retrying would not help."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, CityevalError):
            raise dg.Failure(description=str(error), allow_retries=False) from error

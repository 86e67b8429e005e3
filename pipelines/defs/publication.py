"""Audit, publication, release and export as assets."""

import dagster as dg

from pipelines.city import City
from pipelines.defs.door import OWNERS, reported
from pipelines.defs.resources import RunSettings
from pipelines.lock import city_lock
from pipelines.run import audit, export
from pipelines.scoring import load_schemes
from pipelines.screens.picture import monthly_picture
from pipelines.warehouse.approvals import approve_without_asking
from pipelines.warehouse.marts import CURRENT_MARTS, PERIOD_MARTS
from pipelines.warehouse.publication import publish
from pipelines.warehouse.release import make_release


def publication_assets(city: City, resource: str) -> list[dg.AssetsDefinition]:
    """`publications` (audited before anything is written), `release`, `exports`, `picture`."""
    name = city.name
    group = f"{name}_publish"
    marts = [dg.AssetKey([name, mart]) for mart in (*PERIOD_MARTS, *CURRENT_MARTS)]

    @dg.asset(
        key=[name, "publications"],
        group_name=group,
        owners=OWNERS,
        kinds={"parquet", "greatexpectations"},
        deps=marts,
        required_resource_keys={resource},
        check_specs=[dg.AssetCheckSpec("audit", asset=[name, "publications"], blocking=True)],
        description="Audited and frozen versions of each complete period; a failed audit publishes nothing",
    )
    def publications(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings: RunSettings = getattr(context.resources, resource)
        folders, periods = settings.folders(), [moment.period.name for moment in settings.moments()]
        with reported(), city_lock(folders, context.log.info):
            audit(folders, periods, context.log.info, has_schemes=bool(load_schemes(city)))
            made = publish(folders, periods)
            approve_without_asking(city, folders, made)
        return dg.MaterializeResult(
            metadata={
                "new publications": len(made),
                "periods": ", ".join(f"{p.period} v{p.version}" for p in made[-20:]),
            },
            check_results=[dg.AssetCheckResult(passed=True, check_name="audit")],
        )

    @dg.asset(
        key=[name, "release"],
        group_name=group,
        owners=OWNERS,
        kinds={"duckdb"},
        deps=[publications],
        required_resource_keys={resource},
        description="What dashboards read: immutable, swapped in one step",
    )
    def release(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        folders = getattr(context.resources, resource).folders()
        with reported(), city_lock(folders, context.log.info):
            made = make_release(folders)
        return dg.MaterializeResult(
            metadata={"release": made.release_id, "dagster/row_count": made.manifest["rows"]["mart_ranks"]}
        )

    @dg.asset(
        key=[name, "exports"],
        group_name=group,
        owners=OWNERS,
        kinds={"xlsx"},
        deps=[release],
        required_resource_keys={resource},
        description="Workbook, tables and quality report of each period asked for",
    )
    def exports(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings: RunSettings = getattr(context.resources, resource)
        loaded, folders = settings.load(), settings.folders()
        with reported():
            paths = [path for moment in settings.moments() for path in export(loaded, folders, moment.period.name)]
        return dg.MaterializeResult(metadata={"files": [str(path.relative_to(folders.root)) for path in paths]})

    @dg.asset(
        key=[name, "picture"],
        group_name=group,
        owners=OWNERS,
        kinds={"png"},
        deps=[exports],
        required_resource_keys={resource},
        description="The month's overview for the bulletin, where dashboards and a browser are; never fails the run",
    )
    def picture(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings: RunSettings = getattr(context.resources, resource)
        folders, told = settings.folders(), {}
        for moment in settings.moments():
            period = moment.period.name
            file = folders.exports / period / f"{name}_{period}_总览.png"
            why_not = monthly_picture(name, period, file, home=folders.root.parent)
            told[period] = f"skipped: {why_not}" if why_not else str(file.relative_to(folders.root))
            context.log.info(f"{period}: {told[period]}")
        return dg.MaterializeResult(metadata=told)

    return [publications, release, exports, picture]

"""Jobs, schedules and sensors of a city, in the city's time zone."""

import hashlib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from pipelines.city import City
from pipelines.city.periods import containing
from pipelines.settings import Settings, city_home

AssetJob = Any  # what dg.define_asset_job returns has no public name
NO_RETRY_AFTER_TIMEOUT = {"dagster/max_retries": "0", "dagster/max_runtime": "7200"}


def jobs(city: City) -> dict[str, AssetJob]:
    """`<city>_ingest` takes deliveries in; `<city>_evaluate` does the whole way for the periods of its run settings."""
    name = city.name
    everything = dg.AssetSelection.key_prefixes([name])
    make = {
        "ingest": (dg.AssetSelection.groups(f"{name}_door"), "Take in what lies in the inbox"),
        "evaluate": (everything, "The main job for one period (default: the last month that ended)"),
        "backfill": (everything, "The main job for a list of periods: set `periods` in the run settings"),
    }
    return {
        key: dg.define_asset_job(
            f"{name}_{key}",
            selection=selection,
            description=text,
            tags=NO_RETRY_AFTER_TIMEOUT,
            executor_def=dg.in_process_executor,
        )
        for key, (selection, text) in make.items()
    }


def schedules(city: City, resource: str, made: dict[str, AssetJob]) -> list[dg.ScheduleDefinition]:
    """Daily ingest; weekly, monthly and quarterly evaluation of the period that just ended."""
    zone = city.settings.time_zone
    result = [
        dg.ScheduleDefinition(
            name=f"{city.name}_daily_ingest", job=made["ingest"], cron_schedule="0 5 * * *", execution_timezone=zone
        )
    ]
    for kind, cron in (("week", "30 6 * * 1"), ("month", "0 7 1 * *"), ("quarter", "0 8 1 1,4,7,10 *")):
        if kind in city.settings.periods:
            result.append(_evaluation(city, resource, made["evaluate"], kind, cron))
    return result


def _evaluation(city: City, resource: str, job: AssetJob, kind: str, cron: str) -> dg.ScheduleDefinition:
    zone = ZoneInfo(city.settings.time_zone)

    @dg.schedule(
        name=f"{city.name}_{kind}ly_evaluation", job=job, cron_schedule=cron, execution_timezone=city.settings.time_zone
    )
    def evaluation(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        moment = context.scheduled_execution_time.astimezone(zone)
        period = containing(kind, moment.date()).previous().name
        config = {"resources": {resource: {"config": {"city": city_source(city), "periods": [period], "as_of": ""}}}}
        return dg.RunRequest(run_key=f"{kind}-{period}", run_config=config, tags={"period": period})

    return evaluation


def city_source(city: City) -> str:
    return str(city.folder)


def inbox_sensor(city: City, job: AssetJob) -> dg.SensorDefinition:
    """Starts an ingest when files lie quiet in the inbox; the ledger keeps a file from counting twice."""

    @dg.sensor(name=f"{city.name}_inbox", job=job, minimum_interval_seconds=30)
    def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        folder = city_home(city.name).inbox
        now = datetime.now().timestamp()
        files = sorted(p for p in folder.glob("*/*") if p.is_file()) if folder.is_dir() else []
        quiet = [p for p in files if now - p.stat().st_mtime > 5]
        if not quiet:
            return dg.SkipReason("no quiet file in the inbox")
        state = "\n".join(f"{p.relative_to(folder)} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in quiet)
        key = hashlib.sha256(state.encode()).hexdigest()[:16]
        if key == context.cursor:
            return dg.SkipReason("nothing new in the inbox")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)], cursor=key)

    return inbox


def failure_notice() -> dg.SensorDefinition:
    """Tells the addresses of CITYEVAL_NOTIFY (apprise) that a run failed; says so in the log where none is set."""

    @dg.run_failure_sensor(
        name="failure_notice", minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING
    )
    def notice(context: dg.RunFailureSensorContext) -> None:
        addresses = [address for address in Settings().notify.split(",") if address]
        text = f"{context.dagster_run.job_name}: {context.failure_event.message}"
        if not addresses:
            context.log.warning(f"CITYEVAL_NOTIFY is not set; nobody was told of: {text}")
            return
        import apprise  # noqa: PLC0415

        sender = apprise.Apprise()
        sender.add(addresses)
        if not sender.notify(title="cityeval: run failed", body=text):
            raise RuntimeError("the failure notice could not be delivered to any address")

    return notice

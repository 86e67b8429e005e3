"""The Dagster skin: the code location loads, and a whole run goes through it with its checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.settings import REPO, city_home
from pipelines.warehouse import read_release
from pipelines.warehouse.release import releases
from tests.integration.conftest import small_folder
from tests.personal_data import PERSONAL, found_in


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    base = tmp_path_factory.mktemp("dagster")
    os.environ["CITYEVAL_HOME"] = str(base / "home")
    from pipelines.defs.definitions import city_definitions  # noqa: PLC0415 reads the environment

    return city_definitions(str(small_folder(base / "folder", cases=1000)))


def test_the_main_job_runs_in_one_process_with_its_checks(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("demo_evaluate")
    result = job.execute_in_process(raise_on_error=True)
    assert result.success
    steps = [event.step_key for event in result.all_events if event.event_type_value == "STEP_SUCCESS"]
    assert steps == [
        "demo_take_in",
        "demo__run_inputs",
        "demo_warehouse",
        "demo__publications",
        "demo__release",
        "demo__exports",
        "demo__picture",
    ]
    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    assert {"demo/lake/grid", "demo/int_case_charges", "demo/mart_ranks", "demo/release", "demo/exports"} <= made
    (picture,) = result.asset_materializations_for_node("demo__picture")
    assert picture.metadata["2026-10"].text.startswith("skipped: ")  # no dashboards in this home: told, and no failure
    checks = result.get_asset_check_evaluations()
    assert len(checks) > 40
    # what was demolished has no plan, and the suite of operations warns of that
    failed = {(check.asset_key.to_user_string(), check.check_name) for check in checks if not check.passed}
    assert failed == {("demo/lake/demolition", "great_expectations")}
    folders = city_home("demo", Path(os.environ["CITYEVAL_HOME"]))
    assert [r.is_current for r in releases(folders)] == [True]
    assert read_release(folders, "select count(*) as n from mart_ranks where period = '2026-10'")["n"][0] > 50
    events = "\n".join(str(event) for event in result.all_events)
    assert "demo_take_in" in events
    assert not [kind for kind, pattern in PERSONAL.items() if pattern.search(events)]
    assert found_in(Path(os.environ["CITYEVAL_HOME"])) == {}


def test_schedules_run_in_the_citys_time_zone(definitions: dg.Definitions) -> None:
    schedules = {s.name: s for s in definitions.schedules or []}
    assert set(schedules) == {"demo_daily_ingest", "demo_monthly_evaluation", "demo_quarterly_evaluation"}
    assert {s.execution_timezone for s in schedules.values()} == {"Asia/Shanghai"}


def test_the_monthly_schedule_asks_for_the_month_that_ended_in_the_city(definitions: dg.Definitions) -> None:
    """At 23:30 UTC on 31 October it is 1 November, 07:30, in Shanghai."""
    from datetime import UTC, datetime  # noqa: PLC0415

    schedule = next(s for s in definitions.schedules or [] if s.name == "demo_monthly_evaluation")
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 10, 31, 23, 30, tzinfo=UTC))
    (request,) = schedule.evaluate_tick(context).run_requests or []
    assert request.run_config["resources"]["demo_run"]["config"]["periods"] == ["2026-10"]


def test_the_inbox_sensor_starts_one_run_per_delivery(definitions: dg.Definitions) -> None:
    sensor = next(s for s in definitions.sensors or [] if s.name == "demo_inbox")
    inbox = city_home("demo", Path(os.environ["CITYEVAL_HOME"])).inbox / "hotline"
    inbox.mkdir(parents=True)
    assert "no quiet file" in str(sensor(dg.build_sensor_context()))
    file = inbox / "a.csv"
    file.write_text("x", encoding="utf-8")
    os.utime(file, (1, 1))
    first = sensor(dg.build_sensor_context())
    assert len(first.run_requests) == 1
    assert "nothing new" in str(sensor(dg.build_sensor_context(cursor=first.cursor)))
    file.unlink()


def test_the_workspace_loads_the_code_location(tmp_path: Path) -> None:
    document = yaml.safe_load((REPO / "workspace.yaml").read_text(encoding="utf-8"))
    module = document["load_from"][0]["python_module"]["module_name"]
    code = f"import {module} as m; print(sorted(j.name for j in m.defs.jobs))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"CITYEVAL_HOME": str(tmp_path), "CITYEVAL_CITIES": "demo"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "'demo_backfill', 'demo_evaluate', 'demo_ingest'" in done.stdout
    assert "great_expectations" not in done.stdout

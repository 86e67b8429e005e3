"""A late or stopped feed takes its own units out of the ranking, holds a publication it would spoil, and is let go."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.city import load_city
from pipelines.export import quality_report
from pipelines.ingest import take_in
from pipelines.ingest.ledger import read_ledger
from pipelines.run import audit, watch_feeds
from pipelines.scoring import load_schemes
from pipelines.settings import CityHome, city_home
from pipelines.synthetic import ensure_generated
from pipelines.warehouse import read_release
from pipelines.warehouse.build import build
from pipelines.warehouse.inputs import moment_of_run, write_inputs
from pipelines.warehouse.publication import held_periods, publications, publish
from pipelines.warehouse.release import make_release
from tests.integration.conftest import cityeval, small_folder

NOW = datetime(2026, 11, 8, 8)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo city without its fixed as-of: a small one, with the files of all months but the last of operations."""
    base = tmp_path_factory.mktemp("late")
    folder = small_folder(base / "folder", cases=1000)
    path = folder / "city.yaml"
    ensure_generated(folder, base / "input", say=lambda _: None)
    path.write_text("\n".join(x for x in path.read_text("utf-8").splitlines() if "as_of" not in x), encoding="utf-8")
    (base / "later").mkdir()
    for file in (base / "input" / "operations").glob("*_202610_*"):
        shutil.move(file, base / "later" / file.name)
    return base


def _run(base: Path, inputs: Path, said: list[str]) -> CityHome:
    """The main job at NOW without the checks of Great Expectations at the door."""
    city = load_city(str(base / "folder"))
    folders = city_home(city.name, base / "home")
    take_in(city, folders, inputs, say=said.append, check=lambda c, s: [])
    known = watch_feeds(city, folders, NOW, said.append)
    write_inputs(city, load_schemes(city), moment_of_run(city, None, NOW), folders.lake, known)
    build(folders)
    audit(folders, ["2026-10"], said.append)
    publish(folders, ["2026-10"])
    make_release(folders)
    return folders


def _ranks(folders: CityHome, period: str) -> pl.DataFrame:
    return read_release(
        folders,
        "select unit_kind, unit_code, is_ranked, score, reason_code, reason_zh, reason_en from mart_ranks "
        f"where period = '{period}' order by all",
    )


def test_a_late_feed_holds_back_its_own_units(base: Path) -> None:
    said: list[str] = []
    folders = _run(base, base / "input", said)
    assert any("stop: Sanitation work planned and done (synthetic): 2026-10 was due by 2026-11-05" in s for s in said)
    october = _ranks(folders, "2026-10")
    held = october.filter(pl.col("reason_code") == "feed_late")
    assert set(held["unit_kind"]) == {"contractor"}
    assert held.height == october.filter(pl.col("unit_kind") == "contractor").height == 6
    assert held["score"].null_count() == 6
    assert not held["is_ranked"].any()
    assert held["reason_zh"][0].startswith(
        "不排名：数据未按时报送（环卫作业计划与完成（合成）：2026年10月数据应于 2026-11-05"
    )
    assert held["reason_en"][0].startswith("not ranked: feed late (")
    others = october.filter(pl.col("unit_kind") != "contractor")
    assert others["is_ranked"].sum() > 20  # the city's other units are ranked as ever
    assert not (others["reason_code"] == "feed_late").any()
    # every unit of the contractors' scheme is held back, so October is not published; September is
    assert held_periods(folders) == ["2026-10"]
    published = {p.period for p in publications(folders.lake)}
    assert "2026-10" not in published
    assert "2026-09" in published
    assert "feed_late" not in _ranks(folders, "2026-09")["reason_code"].to_list()


def test_a_stopped_delivery_is_let_in_by_a_person(base: Path) -> None:
    """October comes, but every fourth row names a unit that nobody knows."""
    folder, said = base / "folder", []
    folders = city_home("demo", base / "home")
    (file,) = (base / "later").iterdir()
    sheet = pl.read_excel(file, sheet_name="作业明细", infer_schema_length=0)
    spoilt = pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("X99")).otherwise("作业单位编码")
    path = folders.inbox / "operations" / file.name
    path.parent.mkdir(parents=True)
    sheet.with_columns(spoilt.alias("作业单位编码")).write_excel(path, worksheet="作业明细")
    os.utime(path, (1, 1))
    _run(base, base / "input", said)
    delivery = next(d for d in read_ledger(folders.lake) if d.file == file.name)
    assert (delivery.state, delivery.accepted > 1000) == ("stopped", True)
    assert not path.exists()
    assert held_periods(folders) == ["2026-10"]

    options = ("--city", folder, "--home", base / "home")
    document = json.loads(cityeval("deliveries", *options, "--json").stdout)
    shown = {d["delivery_id"]: d for d in document["deliveries"]}[delivery.delivery_id]
    assert shown["state"] == "stopped"
    assert {"delivery_id", "source", "file", "rows", "accepted", "repaired", "rejected", "out_of_scope"} <= set(shown)
    assert {a["what"] for a in shown["alerts"]} == {"rejected_share", "unknown_unit_share"}
    assert {f["source"]: f["state"] for f in document["feeds"]}["operations"] == "stopped"
    assert f"cityeval override {delivery.delivery_id}" in cityeval("deliveries", *options).stdout
    wrong = cityeval("override", "hotline", *options, "--by", "A", "--reason", "B", expect=2)
    assert "begins the names of" in wrong.stderr

    cityeval("override", delivery.delivery_id, *options, "--by", "王芳", "--reason", "已与企业核实")
    _run(base, base / "input", said)
    assert held_periods(folders) == []
    assert "2026-10" in {p.period for p in publications(folders.lake)}
    assert _ranks(folders, "2026-10").filter(pl.col("unit_kind") == "contractor")["is_ranked"].sum() == 6
    mart = read_release(folders, f"select * from mart_deliveries where delivery_id = '{delivery.delivery_id}'")
    assert mart.select("state", "decided_by", "decision_reason").row(0) == ("accepted", "王芳", "已与企业核实")
    report = quality_report(
        base / "q.html",
        title="x",
        deliveries=mart,
        rejects=read_release(folders, "select * from mart_rejects"),
        checks=read_release(folders, "select * from mart_checks"),
        synthetic=True,
    ).read_text(encoding="utf-8")
    assert "准予使用 let in: 王芳 · 已与企业核实" in report

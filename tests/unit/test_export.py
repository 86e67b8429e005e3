"""The workbook, its CSV files and the quality report, read back and compared with figures written by hand."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipelines.city.folder import City
from pipelines.city.models import CitySettings
from pipelines.errors import UsageError
from pipelines.export import export_period, quality_report
from pipelines.settings import CityHome

RATE, SCORE = pl.Decimal(18, 6), pl.Decimal(9, 4)
AS_OF = datetime(2026, 10, 31, 23, 59, 59)
STREETS = (
    ("S01", "和平街道", "core"),
    ("S02", "向阳街道", "core"),
    ("S03", "新港街道", "core"),
    ("S04", "青山街道", "core"),
)
NAMES = {code: name for code, name, _ in STREETS}


def _rank(code: str, score: str | None, rank: int | None, before: int | None, grade: str | None) -> dict[str, Any]:
    return {
        "period": "2026-10",
        "period_type": "month",
        "scheme": "streets_monthly",
        "scheme_zh": "街道月度考评办法",
        "scheme_version": "2026-01-01",
        "unit_kind": "street",
        "peer_group": "core",
        "peer_group_zh": "中心城区",
        "unit_code": code,
        "unit_name": NAMES[code],
        "score": score,
        "full_marks": "100",
        "rank": rank,
        "group_size": 3,
        "previous_rank": before,
        "rank_change": before - rank if before and rank else None,
        "is_ranked": rank is not None,
        "grade": grade,
        "reason_code": None if rank else "small_sample",
        "reason_zh": None if rank else "不排名：样本 3 少于规定的 15",
        "reason_en": None if rank else "not ranked: sample of 3 is below the 15 required",
    }


def _item(code: str, item: str, n: int, d: int, rate: str | None, points: str | None, full: str) -> dict[str, Any]:
    lost = str(Decimal(full) - Decimal(points)) if points else None
    zh, en, order = {"on_time": ("按期结案率", "On-time closure", 1), "satisfied": ("满意率", "Satisfaction", 2)}[item]
    return {
        "period": "2026-10",
        "scheme": "streets_monthly",
        "scheme_zh": "街道月度考评办法",
        "scheme_version": "2026-01-01",
        "unit_kind": "street",
        "peer_group": "core",
        "peer_group_zh": "中心城区",
        "unit_code": code,
        "unit_name": NAMES[code],
        "item": item,
        "item_zh": zh,
        "item_en": en,
        "item_order": order,
        "indicator": f"{item}_rate",
        "channel": "all",
        "numerator": n,
        "denominator": d,
        "rate": rate,
        "points": points,
        "full_marks": full,
        "points_lost": lost,
        "state": "scored" if points else "not_ranked",
        "reason_code": "share" if points else "small_sample",
        "reason_zh": f"{n} ÷ {d}，得 {points} / {full} 分" if points else f"样本 {d} 少于规定的 15",
        "reason_en": f"{n} of {d}: {points} of {full} points" if points else f"sample of {d} is below the 15 required",
    }


def _indicator(code: str, indicator: str, zh: str, n: str, d: str, rate: str | None) -> dict[str, Any]:
    return {
        "period": "2026-10",
        "period_type": "month",
        "unit_kind": "street",
        "unit_code": code,
        "unit_name": NAMES[code],
        "channel": "all",
        "indicator": indicator,
        "indicator_zh": zh,
        "indicator_en": indicator.replace("_", " "),
        "direction": "up",
        "numerator": n,
        "denominator": d,
        "rate": rate,
        "sample_size": d,
        "wilson_low": "0.850000" if rate else None,
        "wilson_high": "0.950000" if rate else None,
        "is_calendar_provisional": code == "S02",
        "fresh_at": datetime(2026, 11, 1, 2),
        "rejected_rate": "0.007000",
        "reason_code": None if rate else "zero_denominator",
        "reason_zh": None if rate else "分母为零",
        "reason_en": None if rate else "denominator is zero",
    }


def _delivery(number: int, state: str = "accepted", file: str = "工单_2026-10.csv") -> dict[str, Any]:
    return {
        "delivery_id": f"hotline-{number:016x}",
        "source": "hotline",
        "source_system": "hotline",
        "contract": "cases",
        "file": file,
        "sha256": "0" * 64,
        "rows": 1000,
        "accepted": 993,
        "repaired": 4,
        "rejected": 7,
        "out_of_scope": 12,
        "reasons": json.dumps({"unknown_code": 5, "unreadable": 2}),
        "warnings": "[]",
        "extracted_at": datetime(2026, 11, 1, 2),
        "received_at": datetime(2026, 11, 1, 3, number % 60),
        "state": state,
    }


def _marts() -> dict[str, pl.DataFrame]:
    ranks = pl.DataFrame(
        [
            _rank("S03", "88.13", 2, 1, "良好"),
            _rank("S01", "96.5", 1, 3, "优秀"),
            _rank("S04", None, None, None, None),
            _rank("S02", "88.13", 2, 2, "良好"),
        ]
    ).with_columns(pl.col("score", "full_marks").cast(SCORE))
    items = pl.DataFrame(
        [
            _item("S01", "on_time", 97, 100, "0.97", "58.2", "60"),
            _item("S01", "satisfied", 383, 400, "0.9575", "38.3", "40"),
            _item("S04", "on_time", 3, 3, "1", "60", "60"),
            _item("S04", "satisfied", 2, 3, None, None, "40"),
        ]
    ).with_columns(pl.col("rate").cast(RATE), pl.col("points", "full_marks", "points_lost").cast(SCORE))
    indicators = pl.DataFrame(
        [
            # 1,234,496 ÷ 10,000,000 = 0.1234496: six decimals 0.123450, which rounded again would show 12.35 %
            _indicator("S01", "closure_rate", "结案率", "1234496", "10000000", "0.123450"),
            _indicator("S01", "satisfaction_rate", "满意率", "0", "0", None),
            _indicator("S02", "plan_completion_rate", "计划完成率", "1050.5", "1000", "1.050500"),
        ]
    ).with_columns(
        pl.col("numerator", "denominator", "sample_size").cast(pl.Decimal(18, 4)),
        pl.col("rate", "wilson_low", "wilson_high", "rejected_rate").cast(RATE),
    )
    return {
        "mart_periods": pl.DataFrame(
            [
                {
                    "period": "2026-10",
                    "period_type": "month",
                    "period_label_zh": "2026年10月",
                    "starts_on": datetime(2026, 10, 1),
                    "ends_on": datetime(2026, 10, 31),
                    "as_of": AS_OF,
                    "is_complete": True,
                    "state": "final",
                    "version": 2,
                    "approved_by": "评价科",
                    "approved_at": datetime(2026, 11, 3, 9, 30),
                    "code_version": "abc1234",
                    "scheme_versions": "streets_monthly@2026-01-01",
                    "input_hash": "f" * 16,
                }
            ]
        ),
        "mart_ranks": ranks,
        "mart_score_items": items,
        "mart_indicators": indicators,
        **{f"mart_{name}": pl.DataFrame(schema={"period": pl.String}) for name in OUTCOMES},
        "mart_indicator_definitions": pl.DataFrame(
            [
                {
                    "indicator": "closure_rate",
                    "indicator_zh": "结案率",
                    "indicator_en": "Closure rate",
                    "numerator_measure": "closed",
                    "denominator_measure": "due_to_close",
                    "time_filter": "settled_at",
                    "direction": "up",
                    "definition_zh": "结案数 ÷ 应结案数",
                    "definition_en": "Closed ÷ due to close",
                    "standard": "GB/T 30428.4",
                    "clauses": "close.rate",
                }
            ]
        ),
        "mart_case_faults": pl.DataFrame(
            [
                {
                    "source": "hotline",
                    "channel": "hotline",
                    "stage": "dispatch",
                    "fault": "stage_missing",
                    "fault_zh": "环节缺失",
                    "fault_en": "stage missing",
                    "case_count": 3,
                    "of_count": 40,
                }
            ]
        ),
        "mart_deliveries": pl.DataFrame(
            [
                _delivery(2, file='=HYPERLINK("x").csv'),
                _delivery(1, "refused"),
            ]
        ).rename({"rows": "row_count"}),
    }


OUTCOMES = ("awards", "settlements", "consequences", "adjustment_effects", "target_progress")


def _city(*, synthetic: bool = True) -> City:
    settings = CitySettings(
        city="testville",
        title={"zh": "演示市", "en": "Testville"},
        time_zone="Asia/Shanghai",
        evaluates_from=date(2025, 9, 1),
        synthetic=synthetic,
    )
    return City(folder=Path(), settings=settings, sources={}, reference={})


def _export(folder: Path, marts: dict[str, pl.DataFrame] | None = None, *, synthetic: bool = True) -> list[Path]:
    context = pl.SQLContext(marts or _marts())
    return export_period(
        _city(synthetic=synthetic),
        CityHome(root=folder),
        "2026-10",
        folder,
        release=lambda sql: context.execute(sql, eager=True),
    )


def _sheet(path: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet by their Chinese heading."""
    page = openpyxl.load_workbook(path)[name]
    rows = list(page.iter_rows(min_row=3, values_only=True))
    headings = [str(heading).split("\n")[0] for heading in rows[0]]
    return [dict(zip(headings, row, strict=True)) for row in rows[1:]]


def test_files_and_sheets_are_those_agreed(tmp_path: Path) -> None:
    paths = _export(tmp_path)
    assert [path.name for path in paths] == [
        "testville_2026-10_v2_考核表.xlsx",
        "testville_2026-10_v2_排名.csv",
        "testville_2026-10_v2_得分明细.csv",
        "testville_2026-10_v2_指标.csv",
        "testville_2026-10_v2_指标定义.csv",
        "testville_2026-10_v2_案件疑点.csv",
        "testville_2026-10_v2_数据质量.csv",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    book = openpyxl.load_workbook(paths[0])
    assert book.sheetnames == ["说明", "排名", "得分明细", "指标", "指标定义", "案件疑点", "数据质量"]
    page = book["排名"]
    assert page.freeze_panes == "E4"
    assert page.auto_filter.ref == "A3:M7"
    assert page.print_title_rows == "$1:$3"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)


def test_ranking_stands_in_order_with_the_unranked_last(tmp_path: Path) -> None:
    rows = _sheet(_export(tmp_path)[0], "排名")
    assert [(r["名次"], r["单位"], r["得分"], r["等次"], r["升降"]) for r in rows] == [
        (1, "和平街道", 96.5, "优秀", 2),
        (2, "向阳街道", 88.13, "良好", 0),
        (2, "新港街道", 88.13, "良好", -1),
        ("不排名", "青山街道", None, None, None),
    ]
    assert rows[3]["说明"] == "不排名：样本 3 少于规定的 15"
    assert rows[3]["英文说明"] == "not ranked: sample of 3 is below the 15 required"


def test_item_scores_show_where_points_were_lost(tmp_path: Path) -> None:
    rows = _sheet(_export(tmp_path)[0], "得分明细")
    assert [(r["单位"], r["评分项"], r["分子"], r["分母"], r["比率"], r["得分"], r["失分"]) for r in rows] == [
        ("和平街道", "按期结案率", 97, 100, 0.97, 58.2, 1.8),
        ("和平街道", "满意率", 383, 400, 0.9575, 38.3, 1.7),
        ("青山街道", "按期结案率", 3, 3, 1, 60, 0),
        ("青山街道", "满意率", 2, 3, None, None, None),
    ]
    assert rows[3]["计分依据"] == "样本 3 少于规定的 15"


def test_rates_are_rounded_once_and_blank_with_a_reason(tmp_path: Path) -> None:
    path = _export(tmp_path)[0]
    rows = _sheet(path, "指标")
    assert [(r["单位"], r["分子"], r["分母"], r["比率"], r["空白原因"]) for r in rows] == [
        ("和平街道", 1234496, 10000000, 0.1234, None),
        ("和平街道", 0, 0, None, "分母为零"),
        ("向阳街道", 1050.5, 1000, 1.0505, None),
    ]
    cell = openpyxl.load_workbook(path)["指标"]["G4"]
    assert (cell.data_type, cell.number_format) == ("n", "0.00%")


def test_a_figure_carries_its_freshness_rejected_input_clauses_and_provisional_calendar(tmp_path: Path) -> None:
    path = _export(tmp_path)[0]
    rows = _sheet(path, "指标")
    assert [(r["单位"], r["暂定"], r["数据截至"], r["退回占比"]) for r in rows] == [
        ("和平街道", None, datetime(2026, 11, 1, 2), 0.007),
        ("和平街道", None, datetime(2026, 11, 1, 2), 0.007),
        ("向阳街道", "暂定：时限按未公布的日历推算", datetime(2026, 11, 1, 2), 0.007),
    ]
    assert "1 个指标值的时限按未公布的日历推算，为暂定" in _cover(path)
    assert [r["条款"] for r in _sheet(path, "指标定义")] == ["close.rate"]
    assert [(r["疑点"], r["环节"], r["件数"], r["共查"]) for r in _sheet(path, "案件疑点")] == [
        ("环节缺失", "派遣", 3, 40)
    ]


def test_csv_holds_the_exact_figures(tmp_path: Path) -> None:
    path = next(path for path in _export(tmp_path) if path.name.endswith("_指标.csv"))
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert [row["比率 Rate"] for row in rows] == ["0.123450", "", "1.050500"]
    assert [row["分子 Numerator"] for row in rows] == ["1234496.0000", "0.0000", "1050.5000"]


def test_every_sheet_and_every_row_of_a_file_says_that_the_figures_are_final(tmp_path: Path) -> None:
    book, *files = _export(tmp_path)
    for page in openpyxl.load_workbook(book).worksheets[1:]:
        assert page["A1"].value.endswith("【定稿，第 2 版】"), page.title
    for path in files:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
        assert {row["发布状态 Settled"] for row in rows} == {"定稿，第 2 版 final, version 2"}, path.name


def test_text_never_becomes_a_formula(tmp_path: Path) -> None:
    paths = _export(tmp_path)
    row = next(r for r in openpyxl.load_workbook(paths[0])["数据质量"].iter_rows(min_row=4) if r[1].value[0] == "=")
    assert row[1].value == '=HYPERLINK("x").csv'
    assert row[1].data_type in ("s", "inlineStr")
    assert row[1].quotePrefix
    text = paths[-1].read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in text


def test_deliveries_add_up_and_name_their_reasons(tmp_path: Path) -> None:
    rows = _sheet(_export(tmp_path)[0], "数据质量")
    assert [r["范围内行数"] == r["接收"] + r["退回"] for r in rows] == [True, True]
    assert sorted(r["状态"] for r in rows) == ["已拒收", "已接收"]
    assert all("× 5" in r["退回原因（行数）"] and "× 2" in r["退回原因（行数）"] for r in rows)


def _cover(path: Path) -> str:
    page = openpyxl.load_workbook(path)["说明"]
    return "\n".join(str(cell) for row in page.iter_rows(values_only=True) for cell in row if cell is not None)


def test_cover_says_what_this_is(tmp_path: Path) -> None:
    cover = _cover(_export(tmp_path)[0])
    for words in (
        "演示市 2026年10月考核表",
        "定稿，第 2 版",
        "评价科，2026-11-03 09:30",
        "2026-10-31 23:59:59",
        "streets_monthly@2026-01-01",
        "abc1234",
    ):
        assert words in cover
    assert "合成数据" in cover
    assert "合成数据" not in _cover(_export(tmp_path, synthetic=False)[0])


@pytest.mark.parametrize(("complete", "words"), [(False, "provisional"), (True, "draft, not published yet")])
def test_cover_says_when_figures_may_change(tmp_path: Path, complete: bool, words: str) -> None:
    marts = _marts()
    marts["mart_periods"] = marts["mart_periods"].with_columns(
        pl.lit("provisional").alias("state"),
        pl.lit(None).alias("approved_by"),
        pl.lit(complete).alias("is_complete"),
        pl.lit(0).alias("version"),
    )
    path = _export(tmp_path, marts)[0]
    assert path.name == "testville_2026-10_v0_考核表.xlsx"
    assert words in _cover(path)


def test_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    marts = _marts()
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=3) for name, frame in marts.items()}

    def hashes(paths: list[Path]) -> list[str]:
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]

    assert hashes(_export(tmp_path / "a", marts)) == hashes(_export(tmp_path / "b", shuffled))


def test_a_city_without_scheme_or_deliveries_still_gets_its_workbook(tmp_path: Path) -> None:
    marts = {name: frame if name == "mart_periods" else frame.clear() for name, frame in _marts().items()}
    page = openpyxl.load_workbook(_export(tmp_path, marts)[0])["排名"]
    assert page["A4"].value == "本期无数据 No rows in this period"


def test_a_period_that_is_not_there_is_named(tmp_path: Path) -> None:
    context = pl.SQLContext(_marts())
    with pytest.raises(UsageError, match="2026-09") as error:
        export_period(
            _city(),
            CityHome(root=tmp_path),
            "2026-09",
            tmp_path,
            release=lambda sql: context.execute(sql, eager=True),
        )
    assert "2026-10" in error.value.remedy
    assert not list(tmp_path.iterdir())


class _Page(HTMLParser):
    """Collects the text of a page and every address it names."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


REJECTS = pl.DataFrame(
    [
        {
            "delivery_id": "hotline-1",
            "source": "hotline",
            "contract": "cases",
            "source_file": "工单_2026-10.csv",
            "source_row": row,
            "reason": "unknown_code",
            "column_name": "unit_code",
            "value": value,
            "remedy_zh": "在 units.csv 中加入该单位，或改正编码",
            "remedy_en": "add the unit to units.csv or correct the code",
        }
        for row, value in [(17, "<script>alert(1)</script>"), (9, "X99")]
    ]
)
CHECKS = pl.DataFrame(
    [
        {
            "delivery_id": "hotline-1",
            "suite": "cases",
            "check_name": "closed_after_reported",
            "column_name": "closed_at, reported_at",
            "severity": "warn",
            "success": False,
            "observed": "3 / 90 (3.33 %)",
            "unexpected_count": 3,
            "failing_rows": json.dumps([{"case_id": "C<7>", "source_row": 7}]),
        },
        {
            "delivery_id": "hotline-1",
            "suite": "cases",
            "check_name": "rows_present",
            "column_name": "",
            "severity": "warn",
            "success": True,
            "observed": "993",
            "unexpected_count": 0,
            "failing_rows": "[]",
        },
    ]
)


@pytest.mark.parametrize("from_marts", [False, True])
def test_quality_report_is_complete_escaped_and_offline(tmp_path: Path, from_marts: bool) -> None:
    deliveries, checks = pl.DataFrame([_delivery(1), _delivery(2, "refused")]), CHECKS
    if from_marts:
        deliveries, checks = deliveries.rename({"rows": "row_count"}), checks.rename({"delivery_id": "checked"})
    path = quality_report(
        tmp_path / "q.html", title="演示市", deliveries=deliveries, rejects=REJECTS, checks=checks, synthetic=True
    )
    html = path.read_text(encoding="utf-8")
    page = _Page()
    page.feed(html)
    text = " ".join(" ".join(page.text).split())
    assert page.addresses == []
    assert "://" not in html
    assert "url(" not in html
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in text
    assert "C<7>" in text
    assert "SYNTHETIC DATA" in text
    assert "结案一般不早于上报" in text  # the check's title
    assert "10 rows, 2 faults" in text  # unknown_code: 5 rows in each of two deliveries
    assert text.index("X99") < text.index("<script>")  # row 9 before row 17
    assert "1 passed, 1 did not" in text
    assert "已拒收" in text


def test_quality_report_of_a_clean_delivery(tmp_path: Path) -> None:
    clean = pl.DataFrame([_delivery(1) | {"accepted": 1000, "rejected": 0, "reasons": "{}"}])
    path = quality_report(
        tmp_path / "q.html",
        title="T",
        deliveries=clean,
        rejects=REJECTS.clear(),
        checks=CHECKS.clear(),
        synthetic=False,
    )
    html = path.read_text(encoding="utf-8")
    assert "No row was rejected." in html
    assert "All checks passed." in html
    assert "SYNTHETIC" not in html

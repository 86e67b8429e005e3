"""What Dagster shows of a source: failed checks with their rows, stops, late feeds."""

from __future__ import annotations

from datetime import datetime

import dagster as dg

from pipelines.defs.door_checks import check_of_deliveries, check_of_expectations, check_of_feed, markdown
from pipelines.ingest.lateness import feed_states
from pipelines.ingest.ledger import read_ledger
from tests.unit.conftest import TinyCity, row
from tests.unit.test_ingest_deliveries import Result

ASSET = dg.AssetKey(["tiny", "lake", "hotline"])
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def test_failed_expectations_come_with_their_rows_and_the_report(tiny: TinyCity) -> None:
    results = [
        Result("warn", success=False, failing_rows=[{"case_id": "A|1", "summary": "x\ny"}]),
        Result("warn", success=True, check_name="fine"),
    ]
    delivery = tiny.land(tiny.write(row()), check=lambda c, s: results)
    found = check_of_expectations(ASSET, tiny.home, [delivery], tiny.load())
    assert (found.passed, found.severity) == (False, WARN)
    assert found.metadata["checks"].value == 2
    assert found.metadata["failed"].value == 1
    assert "| warn | cases_summary_given | summary | 1 of 2 blank | 1 | cases.csv |" in str(
        found.metadata["failed checks"].value
    )
    rows = found.metadata["failing rows 1: cases_summary_given"]
    assert isinstance(rows, dg.MarkdownMetadataValue)
    assert str(rows.value).splitlines()[2] == "| A\\|1 | x y |"
    report = found.metadata["quality report"]
    assert isinstance(report, dg.PathMetadataValue)
    with open(str(report.value), encoding="utf-8") as file:  # noqa: PTH123 the path is Dagster's
        assert "cases_summary_given" in file.read()


def test_a_check_that_stops_has_the_severity_of_an_error(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row()), check=lambda c, s: [Result("fail", success=False)])
    assert delivery.state == "refused"
    found = check_of_expectations(ASSET, tiny.home, [delivery], tiny.load())
    assert (found.passed, found.severity) == (False, ERROR)


def test_a_check_that_could_not_be_run_has_failed(tiny: TinyCity) -> None:
    result = Result("warn", success=False, observed="", error="KeyError: 'x'", failing_rows=[])
    delivery = tiny.land(tiny.write(row()), check=lambda c, s: [result])
    assert delivery.state == "accepted"  # nothing is known against the data
    found = check_of_expectations(ASSET, tiny.home, [delivery], tiny.load())
    assert (found.passed, found.severity) == (False, ERROR)
    assert "could not be run: KeyError: 'x'" in str(found.metadata["failed checks"].value)


def test_nothing_failed_or_nothing_new_passes(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row()), check=lambda c, s: [Result("fail", success=True)])
    for new in ([delivery], []):
        assert check_of_expectations(ASSET, tiny.home, new, tiny.load()).passed
        assert check_of_deliveries(ASSET, new, None).passed
    assert check_of_feed(ASSET, None).passed


def test_a_stopped_delivery_fails_its_check_and_names_the_workbook(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"rejected_share": {"warn": 0.1, "stop": 0.4}}
    warned = tiny.land(tiny.write(*(row(编号=f"G{n}") for n in range(4)), row(返工="x"), name="1.csv"))
    assert (check_of_deliveries(ASSET, [warned], None).severity) == WARN
    stopped = tiny.land(tiny.write(row(), row(编号="A2", 返工="x"), name="2.csv"))
    found = check_of_deliveries(ASSET, [warned, stopped], tiny.home.root / "r.xlsx")
    assert (found.passed, found.severity) == (False, ERROR)
    assert "| 2.csv | stopped | 1 of 2 rows rejected (50.00%), more than 40.00% |" in str(
        found.metadata["deliveries"].value
    )
    assert str(found.metadata["rejects workbook"].value).endswith("r.xlsx")


def test_a_late_feed_fails_its_check(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"due": {"every": "month", "within_days": 5}}
    tiny.land(tiny.write(row(上报时间="2026-09-01 08:00:00")))
    ledger = read_ledger(tiny.home.lake)
    for now, passed in ((datetime(2026, 11, 3), True), (datetime(2026, 11, 6), False)):
        (feed,) = feed_states(tiny.load(), tiny.home.lake, ledger, now)
        found = check_of_feed(ASSET, feed)
        assert found.passed is passed
        assert "2026-10" in str(found.metadata["owes"].value)


def test_a_table_cannot_be_broken_out_of() -> None:
    text = markdown(("a",), [("x | y\n<b>[z](http://w)",), *[("n",)] * 30])
    assert text.splitlines()[2] == "| x \\| y &lt;b>\\[z](http://w) |"
    assert text.endswith("and 11 more")

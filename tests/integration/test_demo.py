"""The main job on a small synthetic city, against the truth that its generator wrote down."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.explain import explain_document
from pipelines.answers.proofs import proof_document
from pipelines.city import load_city
from pipelines.ingest.ledger import read_ledger
from pipelines.scoring import load_schemes
from pipelines.settings import REPO
from pipelines.warehouse import read_release
from pipelines.warehouse.build import invoke
from pipelines.warehouse.marts import PERIOD_MARTS
from pipelines.warehouse.publication import publications
from pipelines.warehouse.release import make_release, releases
from tests.integration import reference_outcomes as reference
from tests.integration.conftest import SmallCity, cityeval
from tests.integration.reference_scores import points

CITY_LEVEL = {"reported", "registered", "due_to_close", "closed", "closed_on_time", "overdue_open", "reworked"}


def test_every_count_is_the_generators(small_city: SmallCity) -> None:
    truth = pl.read_parquet(small_city.folders.root / "synthetic" / "truth" / "counts.parquet")
    measures = truth["measure"].unique().to_list()
    assert set(measures) >= CITY_LEVEL | {"evaluated", "satisfied", "no_deadline", "duplicates"}
    computed = read_release(
        small_city.folders,
        "select c.unit_code, c.period, c.channel, c.measure, cast(c.value as bigint) as computed from mart_counts as c "
        "join mart_periods as p on c.period = p.period where p.period_type = 'month'",
    ).filter(pl.col("measure").is_in(measures))
    both = truth.join(computed, on=["unit_code", "period", "channel", "measure"], how="full", coalesce=True)
    wrong = both.filter(pl.col("value").fill_null(0) != pl.col("computed").fill_null(0))
    assert both.height > 5000
    assert wrong.is_empty(), wrong.head(10)


def test_planned_and_actual_work_is_the_generators(small_city: SmallCity) -> None:
    truth = pl.read_parquet(small_city.folders.root / "synthetic" / "truth" / "operations.parquet")
    long = truth.unpivot(
        ["planned", "actual"], index=["unit_code", "period", "measure"], variable_name="side", value_name="value"
    ).with_columns(measure=pl.col("side") + "_" + pl.col("measure"))
    computed = read_release(
        small_city.folders,
        "select unit_code, period, measure, value as computed from mart_counts where channel = 'all'",
    )
    both = long.join(computed, on=["unit_code", "period", "measure"], how="left")
    assert both.height > 500
    assert both.filter(pl.col("value").ne_missing(pl.col("computed"))).is_empty()


def test_what_the_posts_did_is_the_generators(small_city: SmallCity) -> None:
    truth = pl.read_parquet(small_city.folders.root / "synthetic" / "truth" / "posts.parquet")
    assert set(truth["unit_code"].str.slice(0, 1)) == set("CALP")
    computed = read_release(
        small_city.folders,
        "select c.unit_code, c.period, c.measure, cast(c.value as bigint) as computed from mart_counts as c "
        "join mart_periods as p on c.period = p.period "
        "where c.unit_kind = 'post' and c.channel = 'all' and p.period_type = 'month'",
    ).filter(pl.col("measure").is_in(truth["measure"].unique().to_list()))
    both = truth.join(computed, on=["unit_code", "period", "measure"], how="full", coalesce=True)
    wrong = both.filter(pl.col("value").fill_null(0) != pl.col("computed").fill_null(0))
    assert both.height > 500
    assert wrong.is_empty(), wrong.head(10)


def test_every_shipped_scheme_ranks_somebody_and_every_form_of_award_shows(small_city: SmallCity) -> None:
    folders = small_city.folders
    ranked = read_release(folders, "select distinct scheme from mart_ranks where is_ranked")["scheme"].to_list()
    assert set(ranked) == {scheme.scheme for scheme in load_schemes(load_city(str(small_city.folder)))}
    lost = read_release(
        folders,
        "select period, count(*) filter (where yuan < 0) as takers, count(*) as all_units "
        "from mart_awards where kind = 'funds' group by period",
    )
    assert set(lost.select("takers", "all_units").rows()) == {(3, 6)}
    bonds = read_release(
        folders,
        "select distinct share, rewarded_yuan / base_yuan as rewarded, forfeited_yuan > 0 as lost "
        "from mart_settlements where kind = 'bond'",
    ).rows()
    assert set(bonds) == {(1, 1.0, False), (1, 0.5, False), (0, 0.0, True)}
    paid = read_release(
        folders,
        "select count(distinct share) as tiers, max(deducted_yuan) as off from mart_settlements where kind = 'payment'",
    ).row(0)
    assert paid[0] > 1
    assert paid[1] > 0
    reasons = read_release(folders, "select distinct reason_code from mart_score_items")["reason_code"].to_list()
    assert {"no_evidence", "not_held", "small_sample", "full_marks"} <= set(reasons)
    found = read_release(folders, "select distinct consequence from mart_consequences")["consequence"].to_list()
    assert {"red_list", "black_list", "barred_from_awards", "admonition_talk"} <= set(found)


def test_the_door_counted_what_was_dirty(small_city: SmallCity) -> None:
    truth = pl.read_parquet(small_city.folders.root / "synthetic" / "truth" / "door.parquet")
    expected = {
        Path(r["file"]).name: (r["rows"], r["accepted"], r["rejected"], r["out_of_scope"]) for r in truth.to_dicts()
    }
    ledger = read_ledger(small_city.folders.lake)
    assert {d.file: (d.rows, d.accepted, d.rejected, d.out_of_scope) for d in ledger} == expected
    assert sum(d.rejected for d in ledger) > 0
    for delivery in ledger:
        assert delivery.rows == delivery.accepted + delivery.rejected
        assert sum(delivery.reasons.values()) == delivery.rejected


def test_no_personal_data_gets_past_the_door(small_city: SmallCity) -> None:
    """The generator's invented telephones, ID numbers and plates are nowhere but in landing and its own files."""
    pattern = (
        r"1[3-9]\d{9}|\d{17}[\dXx]|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5}"
    )
    lake = small_city.folders.lake
    texts = pl.read_parquet(f"{lake}/accepted/cases/*.parquet", missing_columns="insert")["summary"].drop_nulls()
    assert texts.len() > 1000
    assert not texts.str.contains(pattern).any()
    raw = "\n".join(p.read_text("utf-8") for p in (small_city.folders.root / "synthetic" / "hotline").glob("*.csv"))
    assert pl.Series([raw]).str.contains(r"1[3-9]\d{9}").all(), "the generator should have put telephones in"
    rejects = pl.read_parquet(f"{lake}/rejected/*.parquet")
    assert not rejects["value"].drop_nulls().str.contains(r"^1[3-9]\d{9}$").any()


def test_the_citys_count_is_every_case_once(small_city: SmallCity) -> None:
    """Every case has one area or none, so the proof rows of a period are the city's due-to-close count."""
    rows = read_release(
        small_city.folders,
        "select period, sum(case when area_code <> 'unallocated' then 1 else 0 end) as located, count(*) as all_cases "
        "from mart_case_proofs where is_due_to_close group by period order by period",
    )
    city = read_release(
        small_city.folders,
        "select period, value from mart_counts where unit_kind = 'city' and channel = 'all' "
        "and measure = 'due_to_close' order by period",
    )
    assert rows["all_cases"].to_list() == [int(value) for value in city["value"]]
    assert (rows["located"] <= rows["all_cases"]).all()


def test_every_rate_is_a_list_of_cases(small_city: SmallCity) -> None:
    """Counts of a unit that is nobody's parent equal the number of its proof rows."""
    rows = read_release(
        small_city.folders,
        """
        with listed as (
            select p.period, u.unit_code, count(*) filter (where p.is_due_to_close) as due,
                count(*) filter (where p.is_closed_on_time) as on_time
            from mart_case_proofs as p join mart_units as u on u.unit_code in (p.unit_code, p.area_code)
            where u.unit_kind = 'street' group by p.period, u.unit_code)
        select l.due, i.denominator, l.on_time, i.numerator
        from listed as l join mart_indicators as i on l.period = i.period and l.unit_code = i.unit_code
        where i.indicator = 'on_time_closure_rate' and i.channel = 'all'
        """,
    )
    assert rows.height > 300
    assert rows.filter((pl.col("due") != pl.col("denominator")) | (pl.col("on_time") != pl.col("numerator"))).is_empty()


def test_a_quarter_that_is_counted_from_a_day_on_says_so(small_city: SmallCity) -> None:
    """The city evaluates from 1 May 2026: the second quarter holds May and June, the third is whole."""
    call = ("rank", "--city", small_city.folder, "--home", small_city.home)
    assert json.loads(cityeval(*call, "--period", "2026-Q2", "--json").stdout)["counts_from"] == "2026-05-01"
    assert "counted from 2026-05-01" in cityeval(*call, "--period", "2026-Q2").stdout.replace("\n", " ")
    assert "counts_from" not in json.loads(cityeval(*call, "--period", "2026-Q3", "--json").stdout)


def test_ranks_are_1_2_2_4_inside_each_group(small_city: SmallCity) -> None:
    document = json.loads(
        cityeval("rank", "--city", small_city.folder, "--home", small_city.home, "--period", "2026-10", "--json").stdout
    )
    assert set(document) == {"city", "period", "as_of", "version", "state", "groups"}
    assert (document["version"], document["state"]) == (1, "draft")
    assert document["as_of"] == "2026-10-31T23:59:59"
    assert {g["scheme"] for g in document["groups"]} >= {
        "streets_monthly",
        "departments_monthly",
        "contractors_monthly",
    }
    assert {g["peer_group"] for g in document["groups"] if g["scheme"] == "streets_monthly"} == {"core", "outer"}
    for group in document["groups"]:
        ranked = [u for u in group["units"] if u["ranked"]]
        for unit in ranked:
            assert unit["rank"] == 1 + sum(other["score"] > unit["score"] for other in ranked)
        for unit in group["units"]:
            assert unit["ranked"] or unit["reason"]


def test_points_follow_from_the_text_of_the_scheme(small_city: SmallCity) -> None:
    """Every item of every scheme, recomputed in plain decimals from the scheme file, the counts and the cases."""
    schemes = reference.texts(small_city.folder)
    repeats: dict[tuple[str, str], list[int]] = {}
    cases = read_release(
        small_city.folders,
        "select period, unit_code, area_code, rework_count from mart_case_proofs "
        "where is_due_to_close and rework_count > 0",
    )
    for period, unit, area, times in cases.iter_rows():
        for code in {unit, area}:
            repeats.setdefault((period, code), []).append(times)
    items = read_release(small_city.folders, "select * from mart_score_items where points is not null")
    assert items.height > 1000
    for row in items.to_dicts():
        scheme = schemes[row["scheme"]]
        lines = [*scheme["items"]]
        for part in ("bonus", "penalty"):
            lines += scheme.get(part, {}).get("items", [])
        item = next(line for line in lines if line["item"] == row["item"])
        if row["reason_code"] in ("no_evidence", "zero_denominator", "not_measured", "small_sample"):
            assert row["points"] == 0, row
            continue
        expected = points(
            item,
            scheme.get("rounding", {}),
            row["numerator"],
            row["denominator"],
            repeats.get((row["period"], row["unit_code"]), []),
        )
        assert row["points"] == expected, row


def test_funds_moved_add_up_to_zero(small_city: SmallCity) -> None:
    folders = small_city.folders
    sums = read_release(
        folders,
        "select period, scheme, sum(yuan) as yuan from mart_awards where kind = 'funds' group by period, scheme",
    )
    assert sums.height > 0
    assert sums["yuan"].to_list() == [0] * sums.height


def test_unit_tests_of_the_models_pass(small_city: SmallCity) -> None:
    outcome = invoke(small_city.folders, "test", "--select", "test_type:unit")
    results = {r.node.name: str(r.status) for r in outcome.result}
    assert len(results) == len(list_unit_tests())
    assert set(results.values()) == {"pass"}, results


def list_unit_tests() -> list[str]:
    text = [p.read_text(encoding="utf-8") for p in (REPO / "dbt_project" / "models").rglob("*.yml")]
    return [
        line
        for t in text
        if "unit_tests:" in t
        for line in t.split("unit_tests:")[1].splitlines()
        if line.startswith("  - name:")
    ]


def test_a_second_run_changes_nothing_and_a_lost_warehouse_is_rebuilt(small_city: SmallCity) -> None:
    folders = small_city.folders

    def state() -> dict[str, pl.DataFrame]:
        return {m: read_release(folders, f"select * from {m} order by all") for m in PERIOD_MARTS}

    before, versions = state(), [(p.period, p.version) for p in publications(folders.lake)]
    folders.warehouse.unlink()
    again = cityeval("run", "--city", small_city.folder, "--home", small_city.home)
    assert "new deliveries: 0; new publications: 0" in again.stderr
    assert [(p.period, p.version) for p in publications(folders.lake)] == versions
    after = state()
    for mart in PERIOD_MARTS:
        assert before[mart].equals(after[mart]), mart


def test_roll_back_makes_an_earlier_release_current(small_city: SmallCity) -> None:
    make_release(small_city.folders)
    earlier = next(r for r in releases(small_city.folders) if not r.is_current)
    cityeval("publications", "--city", small_city.folder, "--home", small_city.home, "--roll-back", earlier.release_id)
    assert next(r for r in releases(small_city.folders) if r.is_current).release_id == earlier.release_id
    cityeval(
        "publications", "--city", small_city.folder, "--home", small_city.home, "--roll-back", "nonsense", expect=2
    )


def test_explain_lists_what_cost_points(small_city: SmallCity) -> None:
    arguments = ("--city", small_city.folder, "--home", small_city.home, "--period", "2026-10", "--json")
    ranks = json.loads(cityeval("rank", *arguments, "--scheme", "streets_monthly").stdout)
    last = ranks["groups"][0]["units"][-1]["unit_code"]
    document = json.loads(cityeval("explain", *arguments, "--unit", last).stdout)
    assert document["unit_code"] == last
    rows = {
        r["indicator"]: r
        for r in json.loads(cityeval("indicators", *arguments, "--unit", last).stdout)["rows"]
        if r["channel"] == "all"
    }
    on_time = rows["on_time_closure_rate"]
    missed = document["cases"]["not_closed"]["count"] + document["cases"]["closed_late"]["count"]
    assert missed == on_time["denominator"] - on_time["numerator"]
    # what the figure carries: the door's own count of the October files, and the moment at which they were extracted
    door = pl.read_parquet(small_city.folders.root / "synthetic" / "truth" / "door.parquet").filter(
        pl.col("source").is_in(["hotline", "grid"]) & pl.col("file").str.contains("_202610_")
    )
    assert on_time["rejected_rate"] == round(door["rejected"].sum() / door["rows"].sum(), 6)
    assert on_time["fresh_at"] == "2026-10-31T23:59:59"
    assert (on_time["contract"], on_time["clauses"]) == ("cases", ["close.on_time", "order.on_time"])
    assert on_time["sample_size"] == on_time["denominator"]
    assert on_time["wilson_low"] <= on_time["rate"] <= on_time["wilson_high"]
    assert on_time["definition_zh"]
    assert rows["plan_completion_rate_sweeping"]["contract"] == "operations"
    costs = {i["item"]: i["costs"] for i in document["items"] if i["scheme"] == "streets_monthly"}
    assert costs["on_time_closure"]["count"] == missed


def test_what_a_missing_file_costs_is_not_laid_to_cases(small_city: SmallCity) -> None:
    schemes = load_schemes(load_city(str(small_city.folder)))
    document = explain_document(small_city.folders, "demo", schemes, "2026-Q3", "D1")
    item = next(i for i in document["items"] if (i["scheme"], i["item"]) == ("districts_civilised", "public_ads"))
    assert (item["points"], item["costs"]) == (0, None)
    assert "缺少佐证材料" in item["reason_zh"]
    grade = next(g for g in document["next_grades"] if g["scheme"] == "districts_civilised")
    words = {line["item"]: line["words_zh"] for line in grade["items"]}
    assert grade["reason"] is None
    text = reference.texts(small_city.folder)["districts_civilised"]["items"][2]
    worth = points(text, {}, Decimal(item["numerator"]), Decimal(item["denominator"]), [])
    assert words["public_ads"] == f"补齐佐证材料可得 {worth} 分"


def test_changes_and_next_grades_follow_from_the_released_scores(small_city: SmallCity) -> None:
    """Parts add up to their line and lines to the change; no item that was scored twice is left unexplained."""
    schemes = load_schemes(load_city(str(small_city.folder)))
    told = 0
    for unit in ("D1", "D3S01", "B01", "H01"):
        document = explain_document(small_city.folders, "demo", schemes, "2026-10", unit)
        for grade in document["next_grades"]:
            assert grade["reason"] is None, grade
        states = {(i["scheme"], i["item"]): i["state"] for i in document["items"]}
        for change in document["changes"]:
            for line in change["lines"]:
                parts = sum(Decimal(str(line[part])) for part in ("volume", "rate", "rule", "other"))
                assert parts == Decimal(str(line["change"]))
                if states.get((change["scheme"], line["item"])) == "scored":
                    assert line["rule"] == 0
                    assert line["other"] == 0 or line["change"] == line["other"], line
                    told += line["other"] == 0
            assert sum(Decimal(str(line["change"])) for line in change["lines"]) == Decimal(str(change["change"]))
    assert told > 10


def test_the_rows_listed_behind_an_indicator_add_up_to_it(small_city: SmallCity) -> None:
    """For each indicator a figure of some unit: as many rows as numerator and denominator say, on pages that join."""
    figures = read_release(
        small_city.folders,
        "select distinct on (indicator) period, unit_code, indicator, channel from mart_indicators "
        "where denominator > 0 and reason_code is null and period = '2026-10' "
        "order by indicator, md5(unit_code || channel)",
    ).rows()
    assert len(figures) > 24
    for period, unit, indicator, channel in figures:
        document = proof_document(small_city.folders, "demo", period, unit, indicator, channel, most=3)
        for side in ("numerator", "denominator"):
            found = document[side]
            assert found["sum"] == found["value"], (unit, indicator, channel, side)
            assert len(found["rows"]) == min(found["count"], 3)
    city = ("city", "closure_rate")
    pages = [
        proof_document(small_city.folders, "demo", "2026-10", *city, page=page, most=150)["denominator"]
        for page in range(1, 6)
    ]
    cases = [row["case_id"] for page in pages for row in page["rows"]]
    assert len(cases) == len(set(cases)) == pages[0]["count"] == pages[0]["value"] > 150
    shared = ("--city", small_city.folder, "--home", small_city.home, "--period", "2026-10", "--unit", "city")
    listed = cityeval("indicators", *shared, "--indicator", "closure_rate", "--explain", "--page", "2", "--json").stdout
    assert json.loads(listed)["denominator"]["rows"][0]["case_id"] == cases[50]
    refused = cityeval("indicators", *shared, "--indicator", "closing_rate", "--explain", expect=2)
    assert "there is no indicator 'closing_rate'" in refused.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("rank", "--city", "nowhere", "--period", "2026-10"), 2, "there is no city 'nowhere'"),
        (("rank", "--city", "demo", "--period", "2031-01"), 2, "holds no period '2031-01'"),
        (("run", "--city", "demo", "--period", "2026-13"), 2, "does not exist"),
        (("run", "--city", "demo", "--period", "2030-01"), 2, "begins after the as-of moment"),
        (("run", "--city", "demo", "--input", "no/such/folder"), 2, "is not a folder"),
        (("explain", "--city", "demo", "--period", "2026-10", "--unit", "X99"), 2, "there is no unit 'X99'"),
        (("land", "README.md", "--city", "demo", "--source", "phone"), 2, "has no source 'phone'"),
    ],
)
def test_wrong_use_is_said_plainly(small_city: SmallCity, arguments: tuple[str, ...], code: int, says: str) -> None:
    given = [str(small_city.folder) if a == "demo" else a for a in arguments]
    done = cityeval(*given, "--home", small_city.home, expect=code)
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""

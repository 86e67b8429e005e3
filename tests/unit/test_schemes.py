"""Scheme files: what is refused and why; what the rule tables hold."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from pipelines.city import load_city
from pipelines.errors import UsageError
from pipelines.scoring import load_schemes, rule_tables
from pipelines.scoring.draft import in_force
from pipelines.settings import REPO

Edit = Callable[[dict], None]


@pytest.fixture
def city_with(tmp_path: Path) -> Callable[[Edit], Path]:
    """A copy of the demo city's folder whose street scheme was edited."""

    def make(edit: Edit) -> Path:
        folder = tmp_path / "copy"
        shutil.copytree(REPO / "cities" / "demo", folder)
        path = folder / "schemes" / "streets_monthly.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        edit(document)
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        return folder

    return make


def refusal(folder: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load_schemes(load_city(str(folder)))
    return str(caught.value)


def test_weights_that_do_not_add_up_are_refused(city_with: Callable[[Edit], Path]) -> None:
    message = refusal(city_with(lambda d: d["items"][0].update(full=41)))
    assert "streets_monthly.yaml" in message
    assert "add up to 101" in message


def test_unless_the_scheme_declares_it(city_with: Callable[[Edit], Path]) -> None:
    def edit(document: dict) -> None:
        document["items"][0]["full"] = 41
        document["weights_need_not_add_up"] = True

    assert len(load_schemes(load_city(str(city_with(edit))))) == len(
        list((REPO / "cities/demo/schemes").glob("*.yaml"))
    )


def test_unknown_indicator_is_refused_with_the_known_ones(city_with: Callable[[Edit], Path]) -> None:
    message = refusal(city_with(lambda d: d["items"][0].update(indicator="on_time_rate")))
    assert "'on_time_rate' is not known" in message
    assert "on_time_closure_rate" in message


@pytest.mark.parametrize(
    ("item", "words"),
    [
        # the sources of the demo city map their kinds of work: sweeping, collection, attendance …
        ({"indicator": "plan_completion_rate_sweping"}, "did you mean 'plan_completion_rate_sweeping'"),
        ({"indicator": "plan_completion_ratesweeping"}, "is not known"),
        ({"measure": "output_scrap", "indicator": None}, "'output_scrap' is not known"),
        # items of an inspection are whatever the files name
        ({"indicator": "inspection_score_rate_kerbs"}, None),
        ({"indicator": "plan_completion_rate_sweeping"}, None),
        ({"measure": "reworked", "indicator": None, "needs_at_least": 5}, "a measure has no sample"),
    ],
)
def test_a_part_that_no_source_delivers_is_refused(
    city_with: Callable[[Edit], Path], item: dict[str, object], words: str | None
) -> None:
    def edit(document: dict) -> None:
        document["items"][0] |= item
        document["items"][0] = {key: value for key, value in document["items"][0].items() if value is not None}

    folder = city_with(edit)
    if words is None:
        assert load_schemes(load_city(str(folder)))
    else:
        assert words in refusal(folder)


def test_a_fee_is_of_a_month_and_a_bond_of_a_year(city_with: Callable[[Edit], Path]) -> None:
    def edit(document: dict) -> None:
        document["bonds"] = {"优秀": {"returned": 1}}
        document["applies_to"]["period"] = "month"

    assert "it is settled by the year, and this scheme scores a month" in refusal(city_with(edit))


def test_unknown_unit_kind_is_refused(city_with: Callable[[Edit], Path]) -> None:
    assert "no unit is a 'village'" in refusal(city_with(lambda d: d["applies_to"].update(unit_kind="village")))


def test_a_typing_mistake_in_a_key_is_refused(city_with: Callable[[Edit], Path]) -> None:
    message = refusal(city_with(lambda d: d.update(valid_form="2026-01-01")))
    assert "valid_form" in message


def test_overlapping_and_gapped_validity_is_refused(city_with: Callable[[Edit], Path]) -> None:
    folder = city_with(lambda d: d.update(valid_to="2025-12-31"))
    first = folder / "schemes" / "streets_monthly.yaml"
    document = yaml.safe_load(first.read_text(encoding="utf-8"))
    second = folder / "schemes" / "streets_monthly_2.yaml"
    second.write_text(yaml.safe_dump(document | {"valid_from": "2025-12-01", "valid_to": None}), encoding="utf-8")
    assert "two versions" in refusal(folder)
    second.write_text(yaml.safe_dump(document | {"valid_from": "2026-02-01", "valid_to": None}), encoding="utf-8")
    assert "no version of streets_monthly is valid between" in refusal(folder)


def test_rule_tables_hold_the_file(city_with: Callable[[Edit], Path]) -> None:
    tables = rule_tables(load_schemes(load_city(str(city_with(lambda d: None)))))
    items = tables["scheme_items"].filter(scheme="streets_monthly").sort("item_order")
    assert items["item"].to_list() == ["on_time_closure", "closure", "satisfaction", "rework"]
    assert [float(full) for full in items["full_marks"]] == [40.0, 25.0, 20.0, 15.0]
    assert items["source_kind"].to_list() == ["indicator", "indicator", "indicator", "measure"]
    assert items["channel"].to_list() == ["all", "all", "hotline", "all"]


def test_a_scheme_may_score_one_peer_group_that_exists(city_with: Callable[[Edit], Path]) -> None:
    folder = city_with(lambda d: d["applies_to"].update(peer_group="core"))
    tables = rule_tables(load_schemes(load_city(str(folder))))
    groups = dict(tables["schemes"].select("scheme", "only_group").iter_rows())
    assert (groups["streets_monthly"], groups["streets_yearly"]) == ("core", None)


def test_a_scheme_of_an_unknown_peer_group_is_refused(city_with: Callable[[Edit], Path]) -> None:
    assert "there is no peer group 'inner'" in refusal(city_with(lambda d: d["applies_to"].update(peer_group="inner")))


def test_a_draft_is_in_force_in_the_periods_tried_and_in_no_other() -> None:
    found = load_schemes(load_city("demo"))
    mine = next(scheme for scheme in found if scheme.scheme == "streets_monthly")
    september, november = (date(2025, 9, 1), date(2025, 9, 30)), (date(2025, 11, 1), date(2025, 11, 30))
    changed = in_force(mine.model_copy(update={"source": "draft"}), found, [november, september])
    days = sorted((s.valid_from, s.valid_to, s.source) for s in changed if s.scheme == "streets_monthly")
    assert days == [
        (*september, "draft"),
        (date(2025, 10, 1), date(2025, 10, 31), mine.source),
        (*november, "draft"),
        (date(2025, 12, 1), None, mine.source),
    ]
    assert [s for s in changed if s.scheme != "streets_monthly"] == [s for s in found if s.scheme != "streets_monthly"]

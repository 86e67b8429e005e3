"""A draft tried on a past month: every score against plain decimals from the text of the draft; nothing else moves."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from pipelines.city import load_city
from pipelines.errors import UsageError
from pipelines.files import sha256
from pipelines.scoring import load_schemes
from pipelines.warehouse import read_release
from pipelines.warehouse.what_if import what_if
from tests.integration.conftest import SmallCity, cityeval
from tests.integration.reference_scores import number, points, rounded

PERIOD = "2026-10"


def draft(city: SmallCity, folder: Path, **changes: object) -> Path:
    """The street scheme with on-time closure scored in steps, and one more mark for it at the cost of closure."""
    text = (city.folder / "schemes" / "streets_monthly.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    steps = [{"at_least": 0.95, "gives": 41}, {"at_least": 0.8, "gives": 30.5}]
    document["items"][0] |= {"full": 41, "rule": {"ladder": {"steps": steps, "otherwise": 7}}}
    document["items"][1]["full"] = 24
    path = folder / "draft.yaml"
    path.write_text(yaml.safe_dump(document | changes, allow_unicode=True), encoding="utf-8")
    return path


def test_scores_and_ranks_move_as_the_text_says_and_nothing_is_touched(small_city: SmallCity, tmp_path: Path) -> None:
    city, folders = load_city(str(small_city.folder)), small_city.folders
    kept = [p for place in ("publications", "run") for p in (folders.lake / place).rglob("*") if p.is_file()]
    kept += [folders.warehouse, folders.current / "serving.duckdb"]
    before = {path: sha256(path) for path in kept}
    path = draft(small_city, tmp_path)
    document = what_if(city, load_schemes(city), folders, path, [PERIOD])
    assert {p: sha256(p) for p in kept} == before
    assert not list(folders.root.glob(".scratch-*"))

    text = yaml.safe_load(path.read_text(encoding="utf-8"))
    items = {item["item"]: item for item in text["items"]}
    released = read_release(
        folders, f"select * from mart_score_items where period = '{PERIOD}' and scheme = 'streets_monthly'"
    ).to_dicts()
    assert {group["period"] for group in document["groups"]} == {PERIOD}
    units = {unit["unit_code"]: unit for group in document["groups"] for unit in group["units"]}
    moved = 0
    for code, unit in units.items():
        mine = [row for row in released if row["unit_code"] == code]
        if any(row["state"] == "not_ranked" for row in mine):
            assert (unit["score"], unit["rank"]) == (None, None)
            assert unit["reason_en"].startswith("not ranked")
            continue
        earned, scored = Decimal(0), Decimal(0)
        for row in mine:
            item = items[row["item"]]
            if row["state"] == "shared_out":
                continue
            scored += number(item["full"])
            # rework does not change, and repeats are the other test's business
            same = row["item"] == "rework"
            new = points(item, text["rounding"], row["numerator"], row["denominator"], [])
            earned += row["points"] if same else new
        assert unit["score"] == rounded(earned * 100 / scored, 2), code
        moved += unit["score"] != unit["score_before"]
    assert moved > 5
    for group in document["groups"]:
        ranked = [unit for unit in group["units"] if unit["rank"]]
        for unit in ranked:
            assert unit["rank"] == 1 + sum(other["score"] > unit["score"] for other in ranked)
            assert unit["rank_change"] == unit["rank_before"] - unit["rank"]
    # the draft is in force in October only: of what takes the streets' months, the year moves
    assert [(e["scheme"], e["period"]) for e in document["elsewhere"]] == [("streets_yearly", "2026")]
    assert document["elsewhere"][0]["units_moved"] == moved


@pytest.mark.parametrize(
    ("changes", "period", "words"),
    [
        ({}, "2026-Q3", "2026-Q3 is no month"),
        ({}, "2031-01", "2031-01 is not released"),
        ({"weights_need_not_add_up": False, "bonus": {"cap": 2}, "items": []}, PERIOD, "draft.yaml:"),
        ({"applies_to": {"unit_kind": "district", "period": "month"}}, PERIOD, "scores a district"),
    ],
)
def test_a_wrong_call_is_told(
    small_city: SmallCity, tmp_path: Path, changes: dict[str, object], period: str, words: str
) -> None:
    city = load_city(str(small_city.folder))
    with pytest.raises(UsageError, match=words):
        what_if(city, load_schemes(city), small_city.folders, draft(small_city, tmp_path, **changes), [period])


def test_the_command_names_a_file_that_is_not_there(small_city: SmallCity) -> None:
    where = ("--city", small_city.folder, "--home", small_city.home)
    done = cityeval("what-if", *where, "--scheme", "no/such.yaml", expect=2)
    assert "no/such.yaml: there is no such file" in done.stderr

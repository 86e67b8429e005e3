"""Every score, place, award, list, fee and bond of the demo city again in plain decimals, from the scheme files, the
points of the items, and the contracts and bonds as they were delivered.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.warehouse import read_release
from tests.integration import reference_outcomes as reference
from tests.integration.conftest import SmallCity
from tests.integration.reference_scores import number, rounded

Key = tuple[str, str, str]  # scheme, period, unit
Row = dict[str, Any]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Published:
    """What the release holds, and the texts and files that it should follow from."""

    city: SmallCity
    texts: dict[str, Row]
    days: dict[str, tuple[datetime, datetime]]  # of each period
    ranks: dict[Key, Row]

    @classmethod
    def of(cls, city: SmallCity) -> Published:
        periods = read_release(city.folders, "select period, starts_on, ends_on from mart_periods").rows()
        ranks = read_release(city.folders, "select * from mart_ranks").to_dicts()
        return cls(
            city=city,
            texts=reference.texts(city.folder),
            days={period: (first, last) for period, first, last in periods},
            ranks={(row["scheme"], row["period"], row["unit_code"]): row for row in ranks},
        )

    def rows(self, mart: str) -> list[Row]:
        return read_release(self.city.folders, f"select * from {mart}").to_dicts()

    def teams(self) -> dict[tuple[str, str], dict[str, dict[str, Decimal]]]:
        """Scheme and period, the earlier ones first: the scores of whoever is ranked, by group."""
        groups = {row["unit_code"]: row["peer_group"] for row in read_csv(self.city.folder / "peer_groups.csv")}
        found: dict[tuple[str, str], dict[str, dict[str, Decimal]]] = {}
        for name, period, unit in sorted(self.ranks, key=lambda key: self.days[key[1]][1]):
            group = "all" if self.texts[name].get("compare_within") == "all" else groups[unit]
            score = self.ranks[name, period, unit]["score"]
            if score is not None:
                found.setdefault((name, period), {}).setdefault(group, {})[unit] = score
        return found


@pytest.fixture(scope="module")
def published(small_city: SmallCity) -> Published:
    return Published.of(small_city)


def test_totals(published: Published) -> None:
    parents = {row["unit_code"]: row["parent_code"] for row in read_csv(published.city.folder / "units.csv")}
    by_unit: dict[Key, list[Row]] = {key: [] for key in published.ranks}
    for row in published.rows("mart_score_items"):
        by_unit[row["scheme"], row["period"], row["unit_code"]].append(row)

    def below(item: Row, period: str, unit: str) -> list[Decimal]:
        """The scores that a nested item is the mean of."""
        (first, last), over, found = published.days[period], item.get("over", "same"), []
        for (scheme, other, who), row in published.ranks.items():
            begins, ends = published.days[other]
            is_mine = (parents[who] if over == "children" else who) == unit
            is_within = begins >= first and ends <= last if over == "periods" else other == period
            if scheme == item["scheme"] and row["score"] is not None and is_mine and is_within:
                found.append(row["score"])
        return found

    for (name, period, unit), rows in by_unit.items():
        lines = {item["item"]: item for item in published.texts[name]["items"]}
        for row in (row for row in rows if row["part"] == "items"):
            item, sample = lines[row["item"]], row["denominator"] if "indicator" in lines[row["item"]] else None
            if "scheme" in item:
                parts = below(item, period, unit)
                assert row["numerator"] == (sum(parts) if parts else None), row
                sample = Decimal(len(parts))
            assert row["state"] == reference.state(item, period, row, sample), row
        found = published.ranks[name, period, unit]
        assert found["score"] == reference.total(published.texts[name], rows), (name, period, unit)
        assert found["is_ranked"] == (found["score"] is not None)


def test_places_grades_awards_and_funds(published: Published) -> None:
    given: dict[str, dict[Key, Decimal]] = {"award": {}, "funds": {}}
    for row in published.rows("mart_awards"):
        given[row["kind"]][row["scheme"], row["period"], row["unit_code"]] = row["yuan"]
    assert all(given.values())
    for (name, period), groups in published.teams().items():
        scheme = published.texts[name]
        for group, team in groups.items():
            first, last = reference.places(team), reference.places(team, from_end=True)
            for unit, score in team.items():
                row = published.ranks[name, period, unit]
                told = (row["rank"], row["group_size"], row["grade"])
                assert told == (first[unit], len(team), reference.grade(scheme, score))
                yuan = reference.award(scheme, group, unit, first, last)
                assert given["award"].pop((name, period, unit), None) == yuan
            for units, pot in reference.pots(scheme, first):
                moved = [given["funds"].pop((name, period, unit), Decimal(0)) for unit in units]
                assert sum(moved) == pot
                assert max(moved) - min(moved) <= Decimal("0.01")
    assert given == {"award": {}, "funds": {}}


def test_lists_and_consequences(published: Published) -> None:
    times: dict[tuple[str, str, str, str], int] = {}  # scheme, unit, consequence and year: how often so far
    expected = []
    for (name, period), groups in published.teams().items():
        scheme = published.texts[name]
        needed = {each["consequence"]: each["when"].get("times", 1) for each in scheme.get("consequences", ())}
        scores = {unit: score for team in groups.values() for unit, score in team.items()}
        everybody = (reference.places(scores), reference.places(scores, from_end=True))
        for team in groups.values():
            group = (reference.places(team), reference.places(team, from_end=True))
            for unit, score in team.items():
                for what in reference.named(scheme, unit, group, everybody, reference.grade(scheme, score)):
                    key = (name, unit, what, period[:4])
                    times[key] = times.get(key, 0) + 1
                    if times[key] >= needed.get(what, 1):
                        expected.append((name, period, unit, what, times[key]))
    columns = ("scheme", "period", "unit_code", "consequence", "times_met")
    listed = [tuple(row[column] for column in columns) for row in published.rows("mart_consequences")]
    assert len(listed) > 100
    assert sorted(listed) == sorted(expected)


def test_fees_and_bonds(published: Published) -> None:
    paid = {
        (row["scheme"], row["period"], row["unit_code"], row["reference"]): (
            row["yuan"],
            row["deducted_yuan"],
            row["forfeited_yuan"],
        )
        for row in published.rows("mart_settlements")
    }
    assert len(paid) > 100
    delivered = published.city.folders.root / "synthetic"
    for contract in (row for path in (delivered / "contracts").glob("*.csv") for row in read_csv(path)):
        begins, ends = (date.fromisoformat(contract[key]) for key in ("生效日期", "终止日期"))
        terms = {"valid_from": begins, "valid_to": ends, "monthly_fee_yuan": contract["月服务费（元）"]}
        for (name, period, unit), row in published.ranks.items():
            first, last = (moment.date() for moment in published.days[period])
            is_mine = (name, unit) == (contract["考核办法"], contract["承包单位编码"])
            if is_mine and begins <= last and ends >= first:
                yuan, off = reference.fee(published.texts[name], period, terms, row["score"])
                assert paid.pop((name, period, unit, contract["合同编号"])) == (yuan, off, 0)
    kinds, name = {"单位": "unit", "个人": "personal"}, "streets_yearly"
    for bond in (row for path in (delivered / "bonds").glob("*.csv") for row in read_csv(path)):
        year, unit, amount = bond["年度"], bond["单位编码"], Decimal(bond["金额（元）"])
        rule = published.texts[name]["bonds"][published.ranks[name, year, unit]["grade"]]
        returned, rewarded = (rounded(amount * number(rule.get(key, 0)), 2) for key in ("returned", "rewarded"))
        assert paid.pop((name, year, unit, kinds[bond["类型"]])) == (returned + rewarded, 0, amount - returned)
    assert paid == {}


def test_what_the_items_lost_is_what_the_score_lacks(published: Published) -> None:
    """Full marks less what items and deductions lost are the score, where there is no bonus and nothing is capped."""
    items: dict[Key, list[Row]] = {}
    for row in published.rows("mart_score_items"):
        items.setdefault((row["scheme"], row["period"], row["unit_code"]), []).append(row)
    deducted = checked = 0
    for key, rows in items.items():
        rank, text = published.ranks[key], published.texts[key[0]]
        parts = [row["part"] for row in rows]
        if not rank["is_ranked"] or any(row["points"] is None for row in rows) or rank["adjusted_points"]:
            continue
        if "bonus" in parts or any(name in text for name in ("floor", "cap")):
            continue
        lost = sum((row["points_lost"] for row in rows), Decimal(0))
        assert abs(rank["full_marks"] - lost - rank["score"]) <= Decimal("0.01") * len(rows), key
        deducted += "penalty" in parts and any(row["points_lost"] for row in rows if row["part"] == "penalty")
        checked += 1
    assert checked > 300
    assert deducted > 5

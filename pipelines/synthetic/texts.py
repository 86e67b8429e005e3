"""Invented free texts and telephone numbers. None can belong to anybody: the numbers use codes that are not issued."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.synthetic.volume import draw

ROADS = (
    "一号路", "中心路", "学府路", "河滨路", "市场路", "公园路", "站前路", "新村路", "老街", "环湖路", "创业路",
    "和平巷",
)  # fmt: skip
PROBLEMS = (
    "垃圾未及时清运", "路面破损积水", "井盖松动异响", "店铺占道经营", "夜间施工噪声大", "路灯不亮", "绿化带缺株枯死",
    "乱贴小广告", "非机动车乱停放", "疑似违法搭建", "管道漏水", "公厕保洁不到位", "工地扬尘", "护栏损坏",
    "油烟扰民", "乱堆物料",
)  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # of the ID number's check digit


def telephones(rng: np.random.Generator, number: int) -> pl.Series:
    """Eleven digits beginning with 1990000: they look like mobile numbers; callers come back now and then."""
    few = max(number // 2, 1)
    return pl.Series("telephone", 19_900_000_000 + rng.integers(0, min(few, 9_999) + 1, number)).cast(pl.String)


def summaries(rng: np.random.Generator, streets: pl.Series, personal_rate: float) -> pl.Series:
    """One text per case: place and problem; a share ``personal_rate`` also holds personal data to be masked.

    ``streets`` holds the street's name, null where the place is not known.
    """
    n = len(streets)
    roads = pl.Series(ROADS)[rng.integers(0, len(ROADS), n)]
    problems = pl.Series(PROBLEMS)[rng.integers(0, len(PROBLEMS), n)]
    tails = _personal_tails()
    weights = np.array([1 - personal_rate, *[personal_rate / len(tails)] * len(tails)])
    tail = pl.Series(["", *tails])[draw(rng, weights, n)]
    return pl.select(
        pl.concat_str(streets.fill_null("地址不详"), roads, pl.lit("："), problems, tail).alias("summary")
    ).to_series()


def _personal_tails() -> list[str]:
    """Telephone, ID number (region 999999 does not exist), plate (letter not issued), door number; 20 of each."""
    rng = np.random.default_rng(20)
    tails = []
    for _ in range(20):
        a, b, c = (int(x) for x in rng.integers(1, 9_999, 3))
        tails += [
            f"，请回电1990000{a:04d}",
            f"，身份证号{_id_number(1950 + b % 50, a % 999)}",
            f"，车牌浙Z{c:04d}D",
            f"，住{a % 30 + 1}号楼{b % 4 + 1}单元{b % 18 + 1}{c % 4 + 1:02d}室",
        ]
    return tails


def _id_number(year: int, serial: int) -> str:
    body = f"999999{year}0101{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]

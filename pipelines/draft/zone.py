"""The time zone of a city, from its coordinates or its script: a guess, and marked as one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

import polars as pl

from pipelines.draft.words import TRADITIONAL

CHINESE = re.compile(r"[一-鿿]")
CHINA = "Asia/Shanghai"
PLACE = re.compile(r"([+-])(\d{2})(\d{2})(?:\d{2})?([+-])(\d{3})(\d{2})(?:\d{2})?")


@dataclass(frozen=True)
class Zone:
    """``name`` is an IANA name; ``language`` zh or en."""

    name: str
    language: str
    why: str
    confidence: str


def guess_zone(text: str, latitudes: list[float], longitudes: list[float]) -> Zone:
    """From ``text`` (headers and some values) and coordinates in degrees."""
    if CHINESE.search(text):
        if any(character in text for character in TRADITIONAL):
            return Zone(
                CHINA, "zh", "traditional Chinese; +08:00 without summer time wherever it is official", "medium"
            )
        return Zone(CHINA, "zh", "the headers are in simplified Chinese", "high")
    if latitudes and longitudes:
        here = (pl.Series(latitudes).median(), pl.Series(longitudes).median())
        name = _nearest(float(here[0]), float(here[1]))  # type: ignore[arg-type]
        return Zone(name, "en", "the zone whose reference place is nearest to the median coordinates", "medium")
    return Zone("UTC", "en", "could not be guessed: neither Chinese nor coordinates in the files", "none")


def _nearest(latitude: float, longitude: float) -> str:
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    best = (float("inf"), "UTC")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        _, place, name, *_ = line.split("\t")
        told = PLACE.fullmatch(place)
        if told is None:
            continue
        north = (int(told[2]) + int(told[3]) / 60) * (1 if told[1] == "+" else -1)
        east = (int(told[5]) + int(told[6]) / 60) * (1 if told[4] == "+" else -1)
        # Zones follow meridians: a degree to the side tells more than a degree up or down.
        best = min(best, ((north - latitude) ** 2 / 4 + (east - longitude) ** 2, name))
    return best[1]

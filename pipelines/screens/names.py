"""Names, in the city's language, of the codes that pages show: sources, categories, columns, checks, reasons."""

from __future__ import annotations

from expectations import titles
from pipelines.city import City
from pipelines.contracts import CONTRACTS
from pipelines.ingest.reasons import WORDS

# The four grades of the field; other words of a scheme stay as they are.
GRADES = {"优秀": "excellent", "良好": "good", "合格": "pass", "不合格": "fail"}


def names_of(city: City) -> dict[str, dict[str, str]]:
    """Kind of code → code → name. A check is named suite/check, a column contract/column."""
    language = city.settings.language
    columns = {
        f"{contract.name}/{column.name}": getattr(column, language)
        for contract in CONTRACTS.values()
        for column in contract.columns
    }
    return {
        "source": {name: getattr(source.title, language) for name, source in city.sources.items()},
        "category": _categories(city, f"name_{language}"),
        "column": columns,
        "reason": {reason: getattr(words, language) for reason, words in WORDS.items()},
        "grade": GRADES if language == "en" else {},
        "check": {"/".join(key): getattr(title, language) for key, title in titles(city.folder).items()},
    }


def _categories(city: City, name: str) -> dict[str, str]:
    table = city.reference.get("categories")
    if table is None or name not in table.columns:
        return {}
    named = table.filter(table[name].is_not_null())
    return dict(zip(named["category_code"], named[name], strict=True))

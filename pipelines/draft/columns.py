"""From the guesses of headers to the ``columns`` of a source: formats, value maps, constants, what is still lacking."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.contracts import Contract, Personal, Type
from pipelines.draft.match import Guess, is_personal_header, plain
from pipelines.draft.sample import Sample
from pipelines.draft.shapes import TIMES_OF_DAY, Shape, is_personal
from pipelines.draft.words import FALSE, GRID, HOTLINE, TRUE, VALUES

NOTHING = ("0", "-", "--", "N/A", "NA", "无", "None", "NULL", "null", "Unspecified", "未知")
REGION = r"^(.{1,4}?[区區县縣])"
MONTH_LABEL = r"([A-Za-z]{3}\d{4})$"
MOST_MAPPED = 400
KEYS = 6
NEARLY = 0.99
FEW = 0.2  # a key with fewer distinct values than this share of its rows tells few records apart


@dataclass
class Entry:
    """One line under ``columns``: what is written, why, how sure."""

    spec: Any
    why: str
    confidence: str


@dataclass
class Draft:
    """A drafted source. ``lacking`` are columns that the contract needs and nothing was found for."""

    name: str
    contract: Contract
    sample: Sample
    files: tuple[str, ...]
    columns: dict[str, Entry] = field(default_factory=dict)
    ignore: dict[str, str] = field(default_factory=dict)
    declares: dict[str, str] = field(default_factory=dict)
    todo: list[str] = field(default_factory=list)
    headers_used: set[str] = field(default_factory=set)
    extracted_at: dict[str, Any] = field(default_factory=dict)
    source_system: str = ""
    broken_key: str = ""  # a header that is named as the key and tells few records apart, in words

    @property
    def lacking(self) -> list[str]:
        return [c.name for c in self.contract.columns if c.required and c.name not in self.columns]


def fill(draft: Draft, guesses: dict[str, Guess], shapes: dict[str, Shape]) -> None:
    """Turn ``guesses`` into entries of ``draft``, in the order of the contract, and make up what can be made up."""
    contract = draft.contract
    for column in (*contract.columns, contract.column("updated_at")):
        guess = guesses.get(column.name)
        if guess is not None:
            entry = _entry(draft, guess, shapes)
            if entry is not None:
                draft.columns[column.name] = entry
                draft.headers_used.add(guess.header)
    _complete(draft, shapes)
    for header, shape in shapes.items():
        if header not in draft.headers_used:
            is_person = is_personal_header(header) or shape.is_phone
            draft.ignore[header] = "it may identify a person" if is_person else "not understood"


def _entry(draft: Draft, guess: Guess, shapes: dict[str, Shape]) -> Entry | None:
    column, shape = draft.contract.column(guess.column), shapes[guess.header]
    spec: dict[str, Any] = {"column": guess.header}
    why, confidence = guess.why, guess.confidence
    if draft.contract.key == (column.name,) and column.type is Type.TEXT and shape.distinct < FEW * shape.filled:
        draft.broken_key = (
            f"{guess.header} is a name of it but holds {shape.distinct:,} different values in {shape.filled:,} rows"
        )
        return None
    if column.type in (Type.TIMESTAMP, Type.DATE):
        spec, why, confidence = _moment(draft, guess, shapes)
    elif column.type is Type.BOOLEAN:
        spec["map"] = _truths(shape.sample)
    elif column.allowed or (draft.contract.name, column.name) in VALUES:
        _mapped(draft, column.name, column.allowed, spec, shape)
    elif column.name == "period":
        _period(spec, shape)
    elif column.refers_to or column.name.endswith("_code"):
        if column.name == "area_code" and ("地址" in guess.header or "address" in plain(guess.header)):
            share = _share_of(draft.sample.frame[guess.header], REGION)
            if share < 0.8:
                return None
            spec |= {"extract": REGION, "otherwise": "blank"}
            why, confidence = f"{share:.0%} of the addresses begin with the name of a district", "medium"
        nothing = [text for text in NOTHING if text in shape.sample]
        if nothing:
            spec["blank_if"] = nothing
            why += "; some cells mean nothing"
    if column.personal is not Personal.KEYED_HASH and is_personal_header(guess.header):
        confidence = "low"
        draft.todo.append(f"{column.name}: {guess.header} may identify a person; make sure that it does not.")
    return Entry(spec if len(spec) > 1 else guess.header, why, confidence)


def _moment(draft: Draft, guess: Guess, shapes: dict[str, Shape]) -> tuple[dict[str, Any], str, str]:
    shape, why, confidence = shapes[guess.header], guess.why, guess.confidence
    spec: dict[str, Any] = {"column": guess.header}
    if shape.formats:
        spec["formats"] = list(shape.formats)
    if shape.is_strewn_time:
        others = shape.tested_rows - shape.timed_rows
        confidence = "low"
        why += f", {shape.timed_rows / shape.tested_rows:.1%} of the rows"
        draft.todo.append(
            f"{guess.column}: {others:,} rows of {shape.tested_rows:,} hold no time in {guess.header} and would be "
            "rejected; are their columns shifted? See repairs in docs/guide/mapping.md."
        )
    if shape.is_ambiguous:
        confidence = "low"
        why += "; day and month could be the other way round in every value: ask"
        draft.todo.append(f"{guess.column}: is it day/month or month/day? The sample does not tell.")
    spec, why = _with_clock(draft, guess.header, spec, why, shapes)
    return spec, why, confidence


def _truths(sample: tuple[str, ...]) -> dict[str, bool]:
    """The words for yes and no of ``sample``, each with its opposite, which a small sample need not hold."""
    found = {text: text.lower() in TRUE for text in sample if text.lower() in {*TRUE, *FALSE}}
    for text in list(found):
        for words, others, is_true in ((TRUE, FALSE, True), (FALSE, TRUE, False)):
            if text in words and not set(found) & set(others):
                found[others[words.index(text)]] = not is_true
    return found


def _mapped(draft: Draft, name: str, allowed: tuple[str, ...], spec: dict[str, Any], shape: Shape) -> None:
    known = VALUES.get((draft.contract.name, name), {})
    # The other words of the same vocabulary too: the sample need not hold them all.
    found = dict(known) if any(text in known for text in shape.sample) else {}
    unknown = [text for text in shape.sample if text not in known and text not in allowed]
    found |= {text: text for text in shape.sample if text in allowed}
    if found:
        spec["map"] = found
        if unknown and not allowed:
            spec["otherwise"] = "keep"
    if unknown and (found or allowed):
        draft.todo.append(f"{name}: {len(unknown)} of {shape.distinct} values have no word of the contract yet.")


def _period(spec: dict[str, Any], shape: Shape) -> None:
    months = {}
    for text in shape.sample[:MOST_MAPPED]:
        told = re.fullmatch(r"(\d{4})\s*[/\-年.]\s*(\d{1,2})月?", text)
        if told:
            months[text] = f"{told[1]}-{int(told[2]):02d}"
    if months:
        spec["map"] = months


def _with_clock(
    draft: Draft, header: str, spec: dict[str, Any], why: str, shapes: dict[str, Shape]
) -> tuple[dict[str, Any], str]:
    """Join a column of days with the column of its times of day: 立案日期 and 立案時間."""
    stem = re.sub(r"日期|date|day", "", plain(header))
    for other, shape in shapes.items():
        same = re.sub(r"時間|时间|time", "", plain(other)) == stem
        if other == header or not same or not shape.is_clock or shape.is_time:
            continue
        if any("%H" in form or "%I" in form for form in spec.get("formats", ())):
            continue
        clocks = _clock_formats(shape)
        forms = [f"{day} {clock}" for day in spec.get("formats", ()) for clock in clocks]
        draft.headers_used.add(other)
        return {"columns": [header, other], "join": " ", "formats": forms}, f"{why}; {other} holds its time of day"
    return spec, why


def _clock_formats(shape: Shape) -> list[str]:
    forms = []
    for text in shape.sample:
        if not TIMES_OF_DAY.fullmatch(text):
            continue
        colon = ":" if ":" in text else ""
        digits = len(re.sub(r"\D", "", text.split(".")[0]))
        form = f"%H{colon}%M" + ("" if digits <= 4 else f"{colon}%S%.f")
        if form not in forms:
            forms.append(form)
    return forms


def _share_of(column: pl.Series, pattern: str) -> float:
    values = column.drop_nulls().unique()
    return float(values.str.contains(pattern).mean() or 0) if len(values) else 0.0  # type: ignore[arg-type]


def _complete(draft: Draft, shapes: dict[str, Shape]) -> None:
    """Fill what the contract needs and no header gave, where that can be done without inventing data."""
    contract, columns = draft.contract, draft.columns
    if contract.name == "cases":
        channel, seen = _channel(draft)
        columns["channel"] = Entry({"value": channel}, f"words in the headers and the file's name: {seen}", "medium")
        if "closed_at" in columns and "handled_at" not in columns:
            draft.declares["handled_at"] = "closed_at"
            draft.todo.append("handled_at: the file has one time of completion; is it the handling or the closing?")
    _label_month(draft, shapes)
    if "unit_code" in draft.lacking:
        _unit(draft, shapes)
    if contract.name == "inspection_scores":
        if "period" in columns and "round_id" not in columns:
            spec = columns["period"].spec
            header = spec["column"] if isinstance(spec, dict) else spec
            columns["round_id"] = Entry(header, "no header of a round; one round a period", "low")
        if "full_score" not in columns:
            columns["full_score"] = Entry({"value": "100"}, "no header of full marks; 100 is usual", "low")
            draft.todo.append("full_score: what are full marks? 100 is assumed.")
    if contract.name == "operations" and "unit_of_measure" not in columns:
        is_tons = any("tons" in plain(header) for header in shapes)
        unit = "t" if is_tons else "unknown"
        columns["unit_of_measure"] = Entry({"value": unit}, "from the headers" if is_tons else "no header tells", "low")
        draft.todo.append("unit_of_measure: say in what the work is measured (short or metric tons, km, …).")
    key = contract.key[0]
    if key in draft.lacking and contract.column(key).type is Type.TEXT and key.endswith("_id"):
        told = [
            h for h, s in shapes.items() if s.filled >= NEARLY * s.rows and not s.has_fraction and not s.is_free_text
        ]
        told = [h for h in told if not is_personal_header(h) and not shapes[h].is_phone][:KEYS]
        if told:
            why = draft.broken_key or "no header of a number"
            columns[key] = Entry({"key_of": told}, f"{why}; the first columns that are hardly ever blank", "low")
            draft.headers_used.update(told)
            draft.todo.append(
                f"{key}: made of {', '.join(told)}; list all that tell two records apart, none that changes."
            )
    order = [column.name for column in contract.columns] + ["updated_at"]
    draft.columns = {name: columns[name] for name in order if name in columns}


def _label_month(draft: Draft, shapes: dict[str, Shape]) -> None:
    """A required day from a label such as 1QSEP2021."""
    for column in draft.contract.columns:
        if column.type is not Type.DATE or column.name not in draft.lacking:
            continue
        for header, shape in shapes.items():
            if shape.sample and not shape.is_time and all(re.search(MONTH_LABEL, text) for text in shape.sample):
                spec = {"column": header, "extract": MONTH_LABEL, "formats": ["%b%Y"]}
                draft.columns[column.name] = Entry(spec, "every value ends in a month and a year", "medium")
                draft.headers_used.add(header)
                draft.todo.append(f"{column.name}: the first day of the month that {header} names; is there a day?")
                break


def _unit(draft: Draft, shapes: dict[str, Shape]) -> None:
    area = draft.columns.get("area_code")
    header = area.spec if area is not None and isinstance(area.spec, str) else None
    finer = [h for h in shapes if h != header and "district" in plain(h) and shapes[h].is_category]
    if header and finer:
        spec: Any = {"columns": [header, finer[0]], "join": " "}
        draft.columns["unit_code"] = Entry(spec, f"no header of a unit; {finer[0]} within {header}", "low")
        draft.headers_used.add(finer[0])
    elif header:
        draft.columns["unit_code"] = Entry(header, "no header of a unit; the area stands for it", "low")
    else:
        draft.columns["unit_code"] = Entry({"value": "city"}, "no header of a unit: the whole city", "low")
    draft.todo.append("unit_code: no header names a unit; say who is responsible.")


def _channel(draft: Draft) -> tuple[str, str]:
    text = plain("".join(draft.sample.headers) + "".join(draft.files))
    counts = {
        "grid": [word for word in GRID.split() if word in text],
        "hotline": [word for word in HOTLINE.split() if word in text],
    }
    chosen = max(counts, key=lambda channel: (len(counts[channel]), channel))
    return chosen, ", ".join(counts[chosen]) or "none, so the commoner"


def safe_values(values: Iterable[str]) -> list[str]:
    """The values without those that look like a person's data."""
    return [text for text in values if not is_personal([text])]

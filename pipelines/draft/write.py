"""The text of the drafted files: every guess on a line of its own, with its reason beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from pipelines.draft.columns import Draft
from pipelines.draft.units import Unit

NOTE = "Drafted by `cityeval new-city`: look at every `# guessed`. 草稿：凡标注 guessed 处均须人工核对。"


def quoted(value: Any) -> str:
    """``value`` in YAML's flow style; texts in double quotes, as JSON writes them."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{key if key.isidentifier() else quoted(key)}: {quoted(v)}" for key, v in value.items())
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(quoted(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def guessed(why: str, confidence: str) -> str:
    return "# guessed: " + " ".join(f"{why} ({confidence})".split())


def source_text(draft: Draft) -> str:
    """The YAML of one source."""
    title = draft.contract
    lines = [
        f"# {NOTE}",
        f"source: {draft.name}",
        f"title: {quoted({'zh': title.zh, 'en': title.en})}  {guessed('the title of the contract', 'low')}",
        f"contract: {draft.contract.name}  {guessed(f'{len(draft.columns)} of its columns were found', 'medium')}",
        f"files: {quoted(list(draft.files))}  {guessed('the names of the samples, dates left open', 'medium')}",
    ]
    for key, layout in draft.sample.layout.items():
        lines.append(f"{key}: {quoted(layout)}  {guessed('; '.join(draft.sample.why), 'medium')}")
    if draft.source_system:
        why = "its case numbers stand in the sample of that feed"
        lines.append(f"source_system: {draft.source_system}  {guessed(why, 'medium')}")
    if draft.extracted_at:
        why = "the names of all samples tell it; is it the moment of the extract?"
        lines.append(f"extracted_at: {quoted(draft.extracted_at)}  {guessed(why, 'low')}")
    lines.append("columns:")
    for name, entry in draft.columns.items():
        lines += _entry(name, entry.spec, guessed(entry.why, entry.confidence))
    if draft.declares:
        lines.append(f"declares: {quoted(draft.declares)}  {guessed('the feed has one time of completion', 'low')}")
    if draft.ignore:
        lines.append("# Not used. Whatever a figure needs must be moved up to columns. 未识别的列：")
        lines.append("ignore:")
        lines += [f"  - {quoted(_literal(header))}  {guessed(why, 'low')}" for header, why in draft.ignore.items()]
    missing = [column.name for column in draft.contract.columns if column.name not in draft.columns]
    lines.append("# For the person who corrects this · 待办:")
    lines += [f"#  - {what}" for what in draft.todo]
    lines.append(f"#  - No header was found for: {', '.join(missing) or 'nothing'}. Blank for now.")
    return "\n".join(lines) + "\n"


def _entry(name: str, spec: Any, mark: str) -> list[str]:
    if not isinstance(spec, dict) or len(spec.get("map", {})) <= 4:
        return [f"  {name}: {quoted(spec)}  {mark}"]
    lines = [f"  {name}:  {mark}"]
    for key, value in spec.items():
        if key != "map":
            lines.append(f"    {key}: {quoted(value)}")
    lines.append("    map:")
    lines += [f"      {quoted(text)}: {quoted(word)}" for text, word in spec["map"].items()]
    return lines


def _literal(header: str) -> str:
    """``header`` as a glob that fits it alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in header)


def units_text(units: list[Unit]) -> str:
    rows = [
        (unit.code, unit.name_zh, unit.name_en, unit.kind, unit.parent, str(unit.is_ranked).lower()) for unit in units
    ]
    return _csv(("unit_code", "name_zh", "name_en", "unit_kind", "parent_code", "is_ranked"), rows)


def categories_text(codes: list[str]) -> str:
    return _csv(("category_code", "name_zh", "name_en"), [(code, code, code) for code in codes])


def _csv(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows(rows)
    return out.getvalue()

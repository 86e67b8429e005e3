"""From sample files to a city folder."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.contracts import Contract, Type
from pipelines.draft.columns import Draft, Entry, fill
from pipelines.draft.match import Guess, best_contract
from pipelines.draft.positions import by_values
from pipelines.draft.sample import Sample, read_sample
from pipelines.draft.shapes import Shape, shape
from pipelines.draft.units import all_categories, all_units, values
from pipelines.draft.wide import MOST, WIDE, code_of, measures
from pipelines.draft.write import NOTE, categories_text, guessed, quoted, source_text, units_text
from pipelines.draft.zone import Zone, guess_zone
from pipelines.errors import UsageError
from pipelines.ingest.moments import moment

NEXT = "NEXT.md"
UNDECIDED = ".draft"  # after .yaml: not read by the city


@dataclass
class Drafted:
    """``sources`` can be run; ``undecided`` lack a column that their contract needs and stand aside."""

    folder: Path
    sources: list[Draft] = field(default_factory=list)
    undecided: list[Draft] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)


def draft_city(name: str, files: list[Path], out: Path) -> Drafted:
    """Draft the folder ``out / name`` from sample ``files``; where no source is whole, what was found of them stands
    aside for a person to fill. Raises UsageError where the folder exists already, a file cannot be read, or no file
    looks like any contract; nothing is written then.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(f"{name!r} is no name of a city", "use small letters, digits and _, a letter first")
    folder = out / name
    if folder.exists():
        raise UsageError(f"{folder} is there already; a draft never overwrites", "choose another name or --out")
    if not files:
        raise UsageError("a draft needs samples", "name at least one file after --from")
    result = Drafted(folder)
    drafts: list[Draft] = []
    samples = [read_sample(path) for path in files]
    for sample, globs in _alike(samples):
        found = _drafts(sample, globs, {draft.name for draft in drafts}, result.unknown)
        moments = [each.extracted_at for each in samples if each.headers == sample.headers]
        for draft in found:
            draft.extracted_at = moments[0] if all(each == moments[0] for each in moments) else {}
        drafts += found
    _share_systems(drafts)
    result.sources = [draft for draft in drafts if not draft.lacking]
    result.undecided = [draft for draft in drafts if draft.lacking]
    if not drafts:
        told = "; ".join(f"{name} looks like no contract" for name in result.unknown)
        raise UsageError(f"no source can be drafted: {told}", "see docs/guide/new-source.md to describe it by hand")
    _write(name, result)
    return result


def _share_systems(drafts: list[Draft]) -> None:
    """Records about cases (suspensions, callbacks) belong to the system of the feed whose case numbers they hold."""
    numbers = {draft.name: set(values(draft, "case_id")) for draft in drafts if draft.contract.name == "cases"}
    for draft in drafts:
        if draft.contract.name == "cases" or "case_id" not in draft.columns:
            continue
        own = set(values(draft, "case_id"))
        best = max(numbers, key=lambda name: len(own & numbers[name]), default="")
        if best and own & numbers[best]:
            draft.source_system = best


def _alike(samples: list[Sample]) -> list[tuple[Sample, tuple[str, ...]]]:
    """Samples with the same headers and layout are deliveries of one feed."""
    groups: dict[tuple[object, ...], list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[(sample.kind, sample.headers, repr(sample.layout))].append(sample)
    found = []
    for group in groups.values():
        frame = pl.concat([sample.frame for sample in group])
        globs = tuple(dict.fromkeys(sample.glob for sample in group))
        found.append((replace(group[0], frame=frame), globs))
    return found


def _drafts(sample: Sample, globs: tuple[str, ...], taken: set[str], unknown: list[str]) -> list[Draft]:
    shapes = {header: shape(sample.frame[header]) for header in sample.headers}
    contract, guesses, score = best_contract(shapes)
    if score <= 0:
        found = by_values(shapes)
        if found is None:
            unknown.append(sample.name)
            return []
        contract, guesses = found
    wide = measures(contract, guesses, shapes)
    if not wide:
        draft = Draft(_free(contract.name, taken), contract, sample, globs)
        fill(draft, guesses, shapes)
        if contract.name == "cases":
            channel = draft.columns["channel"].spec["value"]
            draft.name = _free(channel, taken)
        return [draft]
    drafts = []
    for header in wide[:MOST]:
        draft = _one_measure(sample, globs, contract, (guesses, shapes, wide, header), taken)
        taken = taken | {draft.name}
        drafts.append(draft)
    if len(wide) > MOST:
        drafts[0].todo.append(f"{len(wide) - MOST} more columns look like measures; copy this file for each of them.")
    return drafts


def _one_measure(
    sample: Sample,
    globs: tuple[str, ...],
    contract: Contract,
    found: tuple[dict[str, Guess], dict[str, Shape], list[str], str],
    taken: set[str],
) -> Draft:
    guesses, shapes, wide, header = found
    name, value, _ = WIDE[contract.name]
    code = code_of(header)
    ascii_code = re.sub(r"[^a-z0-9_]+", "", code) or f"measure_{wide.index(header) + 1}"
    draft = Draft(_free(f"{contract.name}_{ascii_code}"[:60], taken), contract, sample, globs)
    rest = {h: s for h, s in shapes.items() if h not in wide}
    own = {column: guess for column, guess in guesses.items() if guess.header in rest}
    draft.columns[name] = Entry({"value": code}, f"the file has {len(wide)} columns of measures; this is one", "medium")
    draft.columns[value] = Entry(header, f"the column of this measure; {shapes[header].numbers} numbers", "medium")
    draft.headers_used.add(header)
    fill(draft, own, rest)
    draft.ignore |= {h: "another measure of the same file" for h in wide if h != header}
    return draft


def _free(name: str, taken: set[str]) -> str:
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _write(name: str, result: Drafted) -> None:
    drafts = result.sources or result.undecided
    units, left_out = all_units(name, drafts)
    zone = guess_zone(*_facts(drafts))
    first, last = _days(drafts)
    (result.folder / "sources").mkdir(parents=True)
    texts = {
        "city.yaml": _city_text(name, zone, first, last),
        "units.csv": units_text(units),
        "categories.csv": categories_text(all_categories(drafts)),
    }
    texts |= {f"sources/{draft.name}.yaml": source_text(draft) for draft in result.sources}
    texts |= {f"sources/{draft.name}.yaml{UNDECIDED}": source_text(draft) for draft in result.undecided}
    result.todo = _todo(result, zone, len(units) - 1, left_out)
    texts[NEXT] = "\n".join([f"# {name}: what a person has to do · 待人工确认", "", NOTE, "", *result.todo]) + "\n"
    for path, text in texts.items():
        (result.folder / path).write_text(text, encoding="utf-8")


def _facts(drafts: list[Draft]) -> tuple[str, list[float], list[float]]:
    text, places = "", {"latitude": list[float](), "longitude": list[float]()}
    for draft in drafts:
        text += "".join(draft.sample.headers) + "".join(values(draft, "category_code")[:50])
        for column in places:
            entry = draft.columns.get(column)
            if entry is not None and isinstance(entry.spec, str):
                degrees = draft.sample.frame[entry.spec].cast(pl.Float64, strict=False).drop_nulls()
                places[column] += degrees.filter(degrees != 0).head(1000).to_list()
    return text, places["latitude"], places["longitude"]


def _days(drafts: list[Draft]) -> tuple[date | None, date | None]:
    """The days between which nearly all records of the samples lie (half a per cent cut off at the start)."""
    first: list[date] = []
    last: list[date] = []
    for draft in drafts:
        for column in draft.contract.columns:
            entry = draft.columns.get(column.name)
            if not column.required or column.type not in (Type.TIMESTAMP, Type.DATE) or entry is None:
                continue
            spec = entry.spec if isinstance(entry.spec, dict) else {"column": entry.spec}
            header = spec.get("column") or spec.get("columns", [""])[0]
            forms = [form.split(" %H")[0] if "columns" in spec else form for form in spec.get("formats", ())]
            if not header or not forms or "extract" in spec:
                continue
            read = pl.coalesce([moment(pl.col(header), form, ("UTC", "UTC"), careful=True) for form in forms])
            days = draft.sample.frame.select(read.dt.date().alias("day"))["day"].drop_nulls().sort()
            if len(days):
                first.append(days[len(days) // 200])
                last.append(days[-1])
    return (min(first), max(last)) if first else (None, None)


def _city_text(name: str, zone: Zone, first: date | None, last: date | None) -> str:
    start = date(first.year, first.month, 1) if first else date(2000, 1, 1)
    known = "the month of the first records of the samples" if first else "could not be guessed: no day in the samples"
    lines = [
        f"# {NOTE}",
        f"city: {name}",
        f"title: {quoted({'zh': name, 'en': name})}  {guessed('only the name is known; write the title', 'low')}",
        f"time_zone: {zone.name}  {guessed(zone.why, zone.confidence)}",
        f"evaluates_from: {start}  {guessed(known, 'low')}",
    ]
    if last:
        why = "the last day of the samples; remove it for a city whose data keeps coming"
        lines.append(f"as_of: {last}T23:59:59  {guessed(why, 'low')}")
    lines.append(f"language: {zone.language}  {guessed('the script of the headers', 'high')}")
    lines.append('source: "not known yet"  # where the data comes from: a person has to say')
    lines.append('licence: "not known yet"')
    return "\n".join(lines) + "\n"


def _todo(result: Drafted, zone: Zone, units: int, left_out: int) -> list[str]:
    todo = [
        f"- [ ] city.yaml: title, source and licence; time zone {zone.name} ({zone.confidence}): {zone.why}.",
        f"- [ ] units.csv: {units} units from distinct values. Names, kinds, parents and who is ranked are guesses.",
        "- [ ] categories.csv: codes stand for names; give each its Chinese and English name.",
    ]
    if left_out:
        todo.append(
            f"- [ ] units.csv: {left_out} values look like personal data: left out, their rows will be rejected."
        )
    for draft in result.sources:
        mapped = len(draft.headers_used)
        todo.append(f"- [ ] sources/{draft.name}.yaml: {mapped} of {len(draft.sample.headers)} headers used.")
        todo += [f"  - [ ] {what}" for what in draft.todo]
    for draft in result.undecided:
        todo.append(
            f"- [ ] sources/{draft.name}.yaml{UNDECIDED}: lacks {', '.join(draft.lacking)}; fill it, then rename."
        )
    todo += [f"- [ ] {name}: looks like no contract; see docs/guide/new-source.md." for name in result.unknown]
    todo.append("- [ ] Rows that are out of scope (enquiries, tests)? Add only_rows, see docs/guide/mapping.md.")
    todo.append("- [ ] schemes/ and peer_groups.csv: who is scored on what, against whom; see cities/demo.")
    return todo

"""What dbt costs over the SQL itself: the sum of its model times ÷ the same compiled SQL run by hand.

    .venv/bin/python bench/dbt_ratio.py --home var --city demo [--rounds 2] [--json]

Both ways read the city's lake, run in a fresh process each and write a warehouse of their own in a scratch
folder, one after the other, so the city's warehouse is not touched and both see the same machine. Views are
counted on both sides; seeds and tests on neither. Row counts of every table are compared: both ways must have
done the same work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import jinja2
import psutil
import yaml

from pipelines.settings import CityHome, city_home
from pipelines.warehouse.build import PROJECT, build, environment
from pipelines.warehouse.db import open_db, quoted


def main() -> int:
    """Returns 0, or 1 where the two ways disagree or the ratio is above ``--limit``."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="CITYEVAL_HOME that holds the city's folder")
    parser.add_argument("--city", required=True, help="name of the city's folder below it, with a lake")
    parser.add_argument("--rounds", type=int, default=1, help="times both ways are run; the median counts")
    parser.add_argument("--scratch", type=Path, help="folder for the scratch warehouses (default: /tmp)")
    parser.add_argument("--limit", type=float, default=1.5, help="highest ratio that passes")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    parser.add_argument("--way", choices=["dbt", "hand"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        answer = _by_dbt(CityHome(options.home)) if options.way == "dbt" else _by_hand(CityHome(options.home))
        print(json.dumps(answer))
        return 0
    home = city_home(options.city, options.home)
    if not (home.lake / "run").is_dir():
        parser.error(f"{home.lake} holds no run: do `cityeval run --city {options.city}` first")
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="dbt-ratio-", dir=options.scratch) as scratch:
            rounds.append(_round(home, Path(scratch)))
    report = _report(rounds, options.limit)
    print(json.dumps(report, indent=1) if options.json else _text(report))
    return 0 if report["same_rows"] and report["ratio"] <= options.limit else 1


def _round(home: CityHome, scratch: Path) -> dict[str, Any]:
    (scratch / "lake").symlink_to(home.lake)
    answers = {}
    for way in ("dbt", "hand"):
        answers[way] = _child(way, scratch)
    return answers


def _child(way: str, scratch: Path) -> dict[str, Any]:
    """Run one way in a process of its own and watch its memory; returns its answer with ``peak_mib``."""
    script = str(Path(__file__).resolve())
    command = [sys.executable, script, "--home", str(scratch), "--city", "-", "--way", way]
    peak = 0
    with tempfile.TemporaryFile("w+") as output:
        with subprocess.Popen(command, stdout=output, text=True) as child:
            watched = psutil.Process(child.pid)
            while child.poll() is None:
                try:
                    peak = max(peak, watched.memory_info().rss)
                except psutil.NoSuchProcess:
                    break
                time.sleep(0.02)
        if child.returncode:
            raise SystemExit(f"the {way} way ended with {child.returncode}")
        output.seek(0)
        answer: dict[str, Any] = json.loads(output.read().strip().splitlines()[-1])
    return answer | {"peak_mib": peak / 2**20}


def _by_dbt(home: CityHome) -> dict[str, Any]:
    """dbt build as the main job does it; the seconds of each model from run_results.json."""
    build(home, full_refresh=True)
    results = json.loads((home.root / "dbt" / "run_results.json").read_text(encoding="utf-8"))
    seconds: dict[str, dict[str, float]] = {"model": {}, "test": {}, "seed": {}, "unit_test": {}}
    for result in results["results"]:
        kind, _, name = result["unique_id"].partition(".")
        seconds.setdefault(kind, {})[name.split(".")[1]] = result["execution_time"]
    with open_db(home.warehouse, read_only=True) as db:
        rows = _row_counts(db)
    return {
        "seconds": seconds["model"],
        "tests_s": sum(seconds["test"].values()) + sum(seconds["unit_test"].values()),
        "seeds_s": sum(seconds["seed"].values()),
        "elapsed_s": results["elapsed_time"],
        "rows": rows,
    }


def _by_hand(home: CityHome) -> dict[str, Any]:
    """The compiled SQL of the models dbt just built, in order of dependency, into a file of its own."""
    manifest = json.loads((home.root / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((home.root / "dbt" / "run_results.json").read_text(encoding="utf-8"))
    compiled = {
        result["unique_id"]: result["compiled_code"]
        for result in results["results"]
        if result["unique_id"].startswith("model.")
    }
    nodes = manifest["nodes"]
    order = TopologicalSorter({key: nodes[key]["depends_on"]["nodes"] for key in compiled}).static_order()
    file = home.root / "hand" / home.warehouse.name  # the catalogue has the file's name, and the SQL names it
    file.parent.mkdir()
    seconds = {}
    with environment(home), open_db(file) as db:
        for name, value in _profile_settings().items():
            db.execute(f"set {name} = {quoted(value)}")
        db.execute(f"attach {quoted(home.warehouse)} as built (read_only)")
        for node in nodes.values():
            if node["resource_type"] == "seed":
                db.execute(f"create table {node['alias']} as select * from built.main.{node['alias']}")
        db.execute("detach built")
        for key in order:
            if key not in compiled:
                continue
            node = nodes[key]
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            began = time.perf_counter()
            db.execute(f"create {kind} {node['alias']} as\n{compiled[key]}")
            seconds[node["name"]] = time.perf_counter() - began
        began = time.perf_counter()
        db.execute("checkpoint")  # dbt's commits write to the file as well
        checkpoint = time.perf_counter() - began
        rows = _row_counts(db)
    return {"seconds": seconds, "checkpoint_s": checkpoint, "rows": rows}


def _profile_settings() -> dict[str, str]:
    """The engine settings of dbt's profile, with the environment filled in as dbt does."""
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["cityeval"]
    settings = profile["outputs"][profile["target"]]["settings"]
    engine = jinja2.Environment(autoescape=False)  # noqa: S701 settings, not HTML
    engine.globals["env_var"] = _env_var
    fixed_when_opened = {"autoinstall_known_extensions", "autoload_known_extensions"}
    return {
        name: engine.from_string(str(value)).render()
        for name, value in settings.items()
        if name not in fixed_when_opened
    }


def _env_var(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def _row_counts(db: Any) -> dict[str, int]:
    tables = db.execute(
        "select table_name from information_schema.tables where table_type = 'BASE TABLE' order by table_name"
    ).fetchall()
    return {name: db.execute(f'select count(*) from "{name}"').fetchone()[0] for (name,) in tables}


def _report(rounds: list[dict[str, Any]], limit: float) -> dict[str, Any]:
    def median(values: list[float]) -> float:
        return round(statistics.median(values), 3)

    models = rounds[0]["hand"]["seconds"]
    by_model = {name: [median([r[way]["seconds"][name] for r in rounds]) for way in ("dbt", "hand")] for name in models}
    dbt = median([sum(r["dbt"]["seconds"].values()) for r in rounds])
    hand = median([sum(r["hand"]["seconds"].values()) + r["hand"]["checkpoint_s"] for r in rounds])
    return {
        "rounds": len(rounds),
        "models": len(models),
        "rows": sum(rounds[0]["hand"]["rows"].values()),
        "same_rows": all(r["dbt"]["rows"] == r["hand"]["rows"] for r in rounds),
        "dbt_models_s": dbt,
        "hand_s": hand,
        "ratio": round(dbt / hand, 3),
        "limit": limit,
        "dbt_tests_s": median([r["dbt"]["tests_s"] for r in rounds]),
        "dbt_seeds_s": median([r["dbt"]["seeds_s"] for r in rounds]),
        "dbt_elapsed_s": median([r["dbt"]["elapsed_s"] for r in rounds]),
        "dbt_peak_mib": round(max(r["dbt"]["peak_mib"] for r in rounds)),
        "hand_peak_mib": round(max(r["hand"]["peak_mib"] for r in rounds)),
        "by_model_s": dict(sorted(by_model.items(), key=lambda pair: -pair[1][0])),
    }


def _text(report: dict[str, Any]) -> str:
    slowest = [
        f"  {name:<40} {dbt:>8.2f} {hand:>8.2f}" for name, (dbt, hand) in list(report["by_model_s"].items())[:12]
    ]
    verdict = "passes" if report["ratio"] <= report["limit"] else "FAILS"
    return "\n".join(
        [
            f"{report['models']} models, {report['rows']:,} rows in all tables, {report['rounds']} round(s)",
            f"dbt, sum of model times {report['dbt_models_s']:>8.2f} s   peak {report['dbt_peak_mib']:,} MiB",
            f"same SQL by hand        {report['hand_s']:>8.2f} s   peak {report['hand_peak_mib']:,} MiB",
            f"ratio                   {report['ratio']:>8.2f}     limit {report['limit']}: {verdict}",
            f"apart: tests {report['dbt_tests_s']:.2f} s, seeds {report['dbt_seeds_s']:.2f} s, "
            f"dbt from start to end {report['dbt_elapsed_s']:.2f} s",
            "row counts of every table: " + ("equal" if report["same_rows"] else "NOT EQUAL"),
            f"  {'slowest models, seconds':<40} {'dbt':>8} {'by hand':>8}",
            *slowest,
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""python -m pipelines.synthetic --city demo --cases N --out DIR [--seed S]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipelines.city.folder import city_folder
from pipelines.errors import CityevalError
from pipelines.synthetic.produce import generate
from pipelines.synthetic.settings import read_world


def main() -> int:
    """Generate a city's files; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.synthetic", description="Generate a synthetic city.")
    parser.add_argument("--city", default="demo", help="name or path of a city folder with a generator.yaml")
    parser.add_argument("--cases", type=int, help="1,000 to 50,000,000; default: the city's generator.yaml")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--seed", type=int, help="default: the city's generator.yaml")
    given = parser.parse_args()
    try:
        folder = city_folder(given.city)
        settings = read_world(folder, given.cases, given.seed).settings
        generate(folder, given.out, settings.cases, settings.seed, say=lambda line: print(line, file=sys.stderr))
    except CityevalError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench [landing] [credit] [people] [night] [publish] [peers] [--rows N]`: which measurements run, in which order."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench import credit, landing, nights, people


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("what", nargs="*", help="landing, credit, people, night, publish (default: all); peers installs what credit is compared with")
    asked.add_argument(
        "--rows", type=int, default=1_000_000, help="rows of the landing file, of activity, of touches, or paths (goals: 1 to 50 million)"
    )
    chosen = asked.parse_args()
    wanted = chosen.what or ["landing", "credit", "people", "night", "publish"]
    if "peers" in wanted:
        credit.install_peers()
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as folder:
        place = Path(folder)
        if "landing" in wanted:
            landing.measure(place, chosen.rows)
        if "people" in wanted:
            people.measure(place / "people", chosen.rows)
        if "credit" in wanted:
            credit.measure(place, chosen.rows)
        if "night" in wanted or "publish" in wanted:
            home = nights.prepared(place)
            if "night" in wanted:
                nights.measure(home)
                nights.measure_another_day(home)
            if "publish" in wanted:
                nights.measure_publish(home)


if __name__ == "__main__":
    main()

"""What an operator reads when a night has ended, and the exit code that says the same.

Belongs here: the words. Never here: finding out how it ended (outcome.py), writing anything down.
"""

from __future__ import annotations

import json
import shlex
import sys
from typing import Any

from pipelines.cli import FAILED, HELD, PUBLISHED
from pipelines.durable import read_json
from pipelines.paths import Paths


def say(status: dict[str, Any], paths: Paths, as_json: bool) -> int:
    """Print how the night ended, and answer its exit code."""
    code = {"published": PUBLISHED, "held": HELD}.get(str(status["outcome"]), FAILED)
    if as_json:
        print(
            json.dumps(
                {**status, "exit_code": code, "page": str(paths.page), "database": str(paths.database)},
                ensure_ascii=False,
                default=str,
            )
        )
        return code
    if status.get("nothing_new"):
        print(f"nothing new: version {status['version']} of {paths.home} is current")
        for sentence in [*status["mended"], *status["set_aside"]]:
            print(f"  {sentence}")
    elif code == PUBLISHED:
        print(f"published version {status['version']} in {status['seconds']} s")
        print(f"  page      {paths.page}")
        print(f"  database  {paths.database}")
        for sentence in [*status["mended"], *(status.get("set_aside") or [])]:
            print(f"  {sentence}")
        if status.get("set_aside"):
            print(f"  {paths.kpi} quarantine list   says what is wrong and what to do")
        warned: Any = read_json(paths.manifest).get("checks", [])
        if names := [check["check_name"] for check in warned if check["verdict"] != "passed"]:
            print(f"  {len(names)} checks warned: {', '.join(names)}")
            print(f"  {paths.kpi} status   says of what")
        print("next:")
        print(f"  {paths.kpi} status")
        print(f"  {paths.kpi} explain METRIC DAY")
        question = "from scorecard semi join published_version using (profile) where period_kind = 'month' limit 20"
        print(f'  duckdb -readonly {shlex.quote(str(paths.database))} "{question}"')
    else:
        stays = f"version {status['version']} stays" if status["version"] else "nothing is published yet"
        print(f"{status['outcome']} at {status.get('step')}; {stays}", file=sys.stderr)
        for reason in status["reasons"]:
            print(f"  {reason}", file=sys.stderr)
        for sentence in [*status["mended"], *(status.get("set_aside") or []), *([status["alert"]] if "alert" in status else [])]:
            print(f"  {sentence}", file=sys.stderr)
        print(
            f"next: mend it, then `{paths.kpi} run`; `{paths.kpi} status` shows this again",
            file=sys.stderr,
        )
    return code

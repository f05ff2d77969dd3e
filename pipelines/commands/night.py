"""`kpi run` and `kpi backfill`: one night through Dagster, and how it ended.

Belongs here: the lock, the nothing-new test, starting the job, what is left behind of its end.
Never here: a step of the night, why it ended so (outcome.py), the words for it (ending.py). Dagster is imported only once there is something to do.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from assets.archive import inbox_fingerprint
from assets.versions import seal
from expectations.problems import Refused
from pipelines import alert, progress
from pipelines.apart import Died, Stopped, apart
from pipelines.building import BuildFailed
from pipelines.cli import Usage
from pipelines.commands import ending
from pipelines.commands.outcome import ended, in_one_line, of_the_machine
from pipelines.dagster_home import end_what_died, make_ready, said_of
from pipelines.durable import only_one, read_json, write_json
from pipelines.fetching import SourceRequired, fetch
from pipelines.paths import Paths
from pipelines.rules import code_version, settled
from pipelines.standing import RUNNING, finished, put_right

# No telemetry: an operator's machine calls nobody. Nobody's output is caught: the processes that do it answer a Ctrl-C with tracebacks, and
# what a step prints is in night.log. A home's own file is never written over: another storage may stand there.
DAGSTER_YAML = """telemetry:
  enabled: false
nux:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
storage:
  custom:
    module: pipelines.run_history
    class: RunHistory
    config:
      base_dir:
        env: DAGSTER_HOME
"""
# a fork loses the threads of an engine that was at work before: who has used one (a test, a notebook) has the night in his own process
ENGINES = {"duckdb", "polars"}


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    if asked.command == "backfill":
        first, last = _day(asked.first), _day(asked.last)
        if first > last:
            raise Usage(f"{first} is after {last}: type the earlier day first, `{paths.kpi} backfill {last} {first}`")
        return _or_tell(paths, lambda: run(paths, None, (first, last), as_json=asked.json))
    as_of = _day(asked.as_of) if asked.as_of else None
    return _or_tell(paths, lambda: run(paths, as_of, None, as_json=asked.json))


def _or_tell(paths: Paths, night: Callable[[], int]) -> int:
    """The night; what ends it without leaving a status is told as well."""
    try:
        return night()
    except (Refused, OSError) as broken:
        reasons = [str(problem) for problem in broken.problems] if isinstance(broken, Refused) else [str(broken)]
        status = {"outcome": "refused" if isinstance(broken, Refused) else "failed", "reasons": reasons}
        if unheard := alert.tell(paths.home, status):
            print(unheard, file=sys.stderr)
        raise


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Usage(f"'{text}' is not a day; type it as YYYY-MM-DD") from None


def run(paths: Paths, as_of: date | None, reland: tuple[date, date] | None, as_json: bool = False) -> int:
    """One night. Returns the exit code; the last good version stays for every code but 0."""
    if not paths.company.exists() and not paths.inbox.exists():
        raise Usage(f"{paths.home} is no home yet: type `{paths.kpi} init`, or `{paths.kpi} demo` for the made-up company")
    split = settled(paths)
    run_date = as_of or datetime.now(ZoneInfo(split.settings.time_zone)).date()
    with only_one(paths.lock):
        before = read_json(paths.status)
        mended, lost = put_right(paths, before)
        told: dict[str, Any] = {"mended": [*mended, *lost]}
        # before the inbox is looked at, or a night with new rows in a database would be taken for a quiet one; a past is never fetched
        try:
            warnings = fetch(paths) if as_of is None and reland is None else []
        except SourceRequired as missed:
            failed = {"as_of": run_date.isoformat(), "outcome": "failed", "step": "sources", "reasons": [str(missed)], "seconds": 0}
            return _end(paths, failed | told, as_json)
        print_of = f"{inbox_fingerprint(paths.inbox, paths.archive)}|{split.hash}|{code_version()}|{run_date}"
        fingerprint = hashlib.sha256(print_of.encode()).hexdigest()
        manifest = read_json(paths.manifest)
        if reland is None and before.get("fingerprint") == fingerprint:
            told |= {"nothing_new": True, "set_aside": warnings}
            if done := finished(paths, before):
                return _end(paths, done | told, as_json)
            if before.get("outcome") == "published" and manifest.get("version") == before.get("version") and not lost:
                is_untouched = before.get("seal") == seal(paths.published)
                return ending.say(before | told, paths, as_json) if is_untouched else _end(paths, before | told, as_json)
        started = time.monotonic()
        if not as_json:
            progress.begin()
            progress.say("starting Dagster")
        status: dict[str, Any] = {"as_of": run_date.isoformat(), "fingerprint": fingerprint}
        # a night that dies leaves word that it began, and over which version
        began = {"outcome": RUNNING, "began_at": _now(), "version": manifest.get("version")}
        write_json(paths.status, status | began)
        try:
            status |= _try(paths, run_date, reland) if ENGINES & sys.modules.keys() else apart(lambda: _try(paths, run_date, reland))
        except Died as died:
            step = "stopped" if isinstance(died, Stopped) else "died"
            status |= finished(paths, status | began) or {"outcome": "failed", "step": step, "reasons": [str(died)]}
        status |= {"mended": [*mended, *lost]}
        status["set_aside"] = [*warnings, *status.get("set_aside", [])]
        status["seconds"] = round(time.monotonic() - started, 1)
        return _end(paths, status, as_json)


def _try(paths: Paths, run_date: date, reland: tuple[date, date] | None) -> dict[str, Any]:
    """How the night ended. Whatever breaks it, the operator gets a sentence, the log the traceback, and the version stays."""
    try:
        return _execute(paths, run_date, reland)
    except BuildFailed as broken:
        return {"outcome": "failed" if of_the_machine(reasons := [in_one_line(broken)]) else "held", "step": "models", "reasons": reasons}
    except Exception as broken:
        with suppress(OSError), (paths.state / "night.log").open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)
        sentence = said_of(broken, paths.dagster) or f"{type(broken).__name__}: {str(broken).strip()[:500]}"
        return {"outcome": "failed", "step": "start", "reasons": [f"{sentence} (the whole of it is in {paths.state / 'night.log'})"]}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _end(paths: Paths, status: dict[str, Any], as_json: bool) -> int:
    """Leave behind how the night ended: status, the banner over the last good version where it was not published, and the words."""
    good = read_json(paths.manifest)
    status["finished_at"] = _now()
    status["version"] = good.get("version")
    status["version_created_at"] = good.get("created_at")
    if status["outcome"] == "published":
        status["seal"] = seal(paths.published)
    try:
        write_json(paths.status, status)
        if status["outcome"] != "published":
            from pipelines.night import say_on_the_page

            say_on_the_page(paths, status)
    except OSError as full:  # how the night ended is told all the same; the next one finds that nobody wrote it down
        status["mended"] = [*status["mended"], f"it could not be written down ({full.strerror}): `{paths.kpi} status` takes the night for dead"]
    if status["outcome"] != "published" and (unheard := alert.tell(paths.home, status)):
        status["alert"] = unheard
        with suppress(OSError):
            write_json(paths.status, status)
    return ending.say(status, paths, as_json)


def _execute(paths: Paths, run_date: date, reland: tuple[date, date] | None) -> dict[str, Any]:
    """Run the Dagster job in this process and say how it ended, in words an operator can act on."""
    os.environ["DAGSTER_HOME"] = str(paths.dagster)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    make_ready(paths.dagster, DAGSTER_YAML)
    # left-overs of the night before would be read as this night's reasons
    for stale in (paths.dbt_target / "run_results.json", *paths.verdicts.glob("*.json")):
        stale.unlink(missing_ok=True)
    import dagster as dg

    from pipelines.definitions import build
    from pipelines.jobs import JOBS
    from pipelines.run_history import write_without_waiting

    write_without_waiting()
    config: dict[str, str] = {"as_of": run_date.isoformat()}
    if reland:
        config |= {"reland_from": reland[0].isoformat(), "reland_to": reland[1].isoformat()}
    # dbt's own lines go to a file: what the operator reads is how the night ended and what to do
    with (paths.state / "night.log").open("w", encoding="utf-8") as log, redirect_stdout(log):
        definitions = build(paths)
        with dg.DagsterInstance.get() as instance:
            end_what_died(instance, JOBS)
            result = definitions.resolve_job_def("backfill" if reland else "nightly").execute_in_process(
                run_config={
                    "ops": {"landing": {"config": config}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                instance=instance,
                raise_on_error=False,
            )
    return ended(result, paths, run_date)

"""How a night through Dagster ended, and why: from what the run, the gates and dbt left behind.

Belongs here: published, held or failed; the reasons; what of the input was left out. Never here: starting a night, printing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pipelines.durable import read_json
from pipelines.paths import Paths

LONGEST_REASON = 400
# how DuckDB and Python begin what they say of the machine, and of no model
MACHINE = ("Out of Memory Error", "IO Error", "[Errno ")


def ended(result: Any, paths: Paths, run_date: date) -> dict[str, Any]:
    """The status of a night whose job ran to an end: outcome, run, step and reasons where it was not published, what was set aside."""
    if result.success:
        return {"outcome": "published", "run_id": result.run_id, "reasons": [], "set_aside": left_out(paths, run_date)}
    failures = [event for event in result.all_events if event.is_step_failure]
    step = failures[0].step_key if failures else "?"
    reasons = _reasons(paths) or [_message(event) for event in failures]
    is_machine = step == "models" and of_the_machine(reasons)
    if is_machine:
        reasons.insert(0, "the machine, not the numbers: it needs room on the disk and memory (`kpi doctor`), then the same night passes")
    outcome = "failed" if step in ("landing", "?") or is_machine or (step == "published" and not _is_held(failures[0])) else "held"
    # a gate may find nothing to judge because of what was left out
    return {
        "outcome": outcome, "run_id": result.run_id, "step": step, "reasons": reasons,
        "set_aside": left_out(paths, run_date) if outcome == "held" else [],
    }  # fmt: skip


def left_out(paths: Paths, run_date: date) -> list[str]:
    """What of the input did not become numbers, in a sentence each; nothing where everything was read."""
    from assets.archive import problems
    from assets.landing import entries

    landed = entries(paths.landing)
    refused = [entry for entry in landed if entry.status == "refused"]
    records = sum(entry.quarantined for entry in landed if entry.status != "refused")
    said = [f"{len(refused)} files were refused: {', '.join(entry.source_file for entry in refused[-3:])}"] if refused else []
    said += [f"{records} records are in quarantine"] if records else []
    later = [entry.source_file for entry in landed if entry.received_at[:10] > run_date.isoformat()]
    if later:
        said.append(f"files that came after {run_date} are not in this version ({len(later)}): {', '.join(later[-3:])}; `kpi run` takes them in")
    return said + [problem.message for problem in problems(paths.archive)][:5]


def of_the_machine(reasons: list[str]) -> bool:
    return any(word in reason for reason in reasons for word in MACHINE)


def _is_held(event: Any) -> bool:
    error = event.step_failure_data.error
    return any(name == "Held" for name in (error.cls_name, error.cause.cls_name if error.cause else None))


def _message(event: Any) -> str:
    error = event.step_failure_data.error
    cause = error.cause or error
    return f"{event.step_key}: {in_one_line(cause.message) or cause.cls_name}"


def in_one_line(text: object) -> str:
    """What a tool says over many lines, in one: whose it is stands in the first of them, and what is wrong in the second or the last."""
    said = " ".join(str(text or "").split())
    return said if len(said) <= LONGEST_REASON else f"{said[: LONGEST_REASON // 2]} … {said[-LONGEST_REASON // 2 :]}"


def _reasons(paths: Paths) -> list[str]:
    """What did not pass, from where it was written down: guards first, then dbt tests and models by name."""
    reasons = []
    for path in sorted(paths.verdicts.glob("*.json")):
        found: Any = read_json(path).get("verdicts", [])
        broken = [row for row in found if row["blocking"] and row["verdict"] != "passed"]
        # where one guard saw what is wrong, those that had nothing to look at only follow from it
        saw = [row for row in broken if row["rows_seen"]]
        reasons += [f"{row['check_name']}: {row['message']}" for row in saw or broken]
    results: Any = read_json(paths.dbt_target / "run_results.json").get("results", [])
    for result in results:
        if result["status"] in ("fail", "error"):
            reasons.append(f"{result['unique_id']}: {in_one_line(result.get('message')) or result['status']}")
    return reasons

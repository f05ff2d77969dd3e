"""Each guard becomes one asset check on what it reads; the two gates are the steps that judge.

Belongs here: which asset a guard hangs on, where verdicts are kept for publishing.
Never here: what a guard expects.
"""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from expectations.guard import Guard
from expectations.guards import guards
from pipelines.night import judge_layer
from pipelines.paths import Paths


def gate(layer: str, paths: Paths, key_of: Callable[[Guard], dg.AssetKey], deps: list[dg.AssetKey]) -> dg.AssetChecksDefinition:
    """One step that judges every guard of a layer. A blocking guard that fails stops what follows; nothing is judged twice."""
    judged = guards(layer)

    @dg.multi_asset_check(
        name=f"{layer}_gate",
        specs=[
            dg.AssetCheckSpec(
                name=guard.name,
                asset=key_of(guard),
                blocking=guard.blocking,
                description=guard.says,
                additional_deps=[key for key in deps if key != key_of(guard)],
            )
            for guard in judged
        ],
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        verdicts = judge_layer(layer, paths)
        by_name = {verdict.check_name: verdict for verdict in verdicts}
        for guard in judged:
            verdict = by_name[guard.name]
            if verdict.verdict != "passed":
                context.log.warning(f"{guard.name}: {verdict.message}")
            yield dg.AssetCheckResult(
                asset_key=key_of(guard),
                check_name=guard.name,
                passed=verdict.verdict == "passed",
                severity=dg.AssetCheckSeverity.ERROR if guard.blocking else dg.AssetCheckSeverity.WARN,
                description=verdict.message,
                metadata=_metadata(verdict),
            )

    return check


def _metadata(verdict: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"rows seen": verdict.rows_seen, "offenders": verdict.offenders}
    if verdict.sample_offenders:
        shown["first offenders"] = dg.MetadataValue.json(verdict.sample_offenders)
    return shown

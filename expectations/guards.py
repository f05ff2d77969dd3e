"""The guards of both gates, and the guard of the guards.

Belongs here: which guards there are, and whether all that must run did run.
Never here: what a guard says (*_guards.py), how it is judged (verdict.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expectations.guard import Guard, Verdict
from expectations.keeping_guards import KEEPING
from expectations.landing_guards import LANDING
from expectations.meaning_guards import MEANING
from expectations.split_guards import SPLIT

GATES = ("landing", "publish")
# Kept as data in a file of its own: a guard deleted from the code is then a line that nothing answers to.
REQUIRED = Path(__file__).with_name("required_guards.txt")


def guards(gate: str) -> tuple[Guard, ...]:
    """The guards of one gate, in the order in which they are judged."""
    if gate not in GATES:
        raise ValueError(f"there is no gate {gate}; there are {', '.join(GATES)}")
    return tuple(guard for guard in (*LANDING, *SPLIT, *MEANING, *KEEPING) if guard.gate == gate)


def required(gate: str | None = None) -> dict[str, bool]:
    """Every guard that must run, and whether it must block; of one gate or of both."""
    wanted: dict[str, bool] = {}
    for number, line in enumerate(REQUIRED.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split()
        if len(cells) != 3 or cells[0] not in GATES or cells[2] not in ("blocks", "warns") or cells[1] in wanted:
            raise ValueError(f"{REQUIRED.name} line {number}: '{line}' is not a new 'gate guard blocks|warns'")
        if gate is None or cells[0] == gate:
            wanted[cells[1]] = cells[2] == "blocks"
    if not wanted:  # an emptied list would require nothing and be satisfied by nothing
        raise ValueError(f"{REQUIRED.name} requires no guard at all")
    return wanted


def missing_guards(verdicts: Sequence[Verdict], gate: str | None = None) -> list[str]:
    """Required guards without a verdict, with two, or that no longer block as they must."""
    missing = []
    for name, blocks in required(gate).items():
        found = [verdict for verdict in verdicts if verdict.check_name == name]
        if len(found) != 1:
            missing.append(name if not found else f"{name} (judged {len(found)} times)")
        elif blocks and not found[0].blocking:
            missing.append(f"{name} (no longer blocks)")
    return missing


def required_guards_ran(verdicts: Sequence[Verdict], gate: str | None = None) -> Verdict:
    """The last row of data_quality: whether every required guard ran. It always blocks."""
    layer, name = gate or "publish", "required_guards_ran" if gate is None else f"required_guards_ran_at_{gate}"
    try:
        wanted, missing = len(required(gate)), missing_guards(verdicts, gate)
    except (OSError, ValueError) as broken:
        return Verdict(name, layer, "failed", 0, 1, True, [{"error": str(broken)}], f"the list of required guards cannot be read: {broken}")
    if missing:
        message = f"{len(missing)} of {wanted} required guards did not run: {', '.join(missing)}. Nothing is published without them"
        return Verdict(name, layer, "failed", wanted, len(missing), True, [{"guard": one} for one in missing[:5]], message)
    return Verdict(name, layer, "passed", wanted, 0, True, [], f"all {wanted} required guards ran")

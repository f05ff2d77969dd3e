"""Bad input of every kind (the fault matrix, I01 to I34), and what came of it: `python -m tests.faults I03 I29` replays kinds, a line a case.

Belongs here: making bad files from a seed, with the truth about them by our own count; receiving, landing, and holding the result against it.
Never here: what is published of it (test_faults.py has the nights), faults of the machine (test_machine.py).
"""

from __future__ import annotations

from tests.faults import binary, case, catalogue, clocks, columns, deliveries, files, hostile, odd, packs, values

__all__ = ["KINDS", "binary", "catalogue", "clocks", "columns", "deliveries", "files", "hostile", "odd", "packs", "values"]

# a module knows its kinds once it is imported; told in the order of the matrix
KINDS = dict(sorted(case.KINDS.items()))

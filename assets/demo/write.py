"""Writes the demo company: its exports into the inbox, its tables into the company folder; returns the truth.

Belongs here: the order of things and the one public function.
Never here: simulation, formats.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from assets.demo.exports import Exports
from assets.demo.parcels import Parcel, put
from assets.demo.truth import Truth
from assets.demo.world import simulate

LAST_DAY = date(2026, 6, 30)


def write_demo(
    inbox: Path,
    company: Path | None,
    days: int = 365,
    scale: float = 1.0,
    seed: int = 7,
    last_day: date = LAST_DAY,
    progress: Callable[[int, int, str], None] | None = None,
    truth_file: Path | None = None,
    shipped: frozenset[bytes] = frozenset(),
) -> Truth:
    """The same arguments write the same bytes. `progress` is told (files done, files in all, path).

    Company tables that exist are left alone and named in `Truth.company_files_kept`, but those as they are `shipped` to begin with.
    """
    from assets.demo import answers, company_tables, stories

    world = simulate(days, scale, seed, last_day)
    exports = Exports(world)
    told = stories.tell(exports)
    plan = [(account, window) for account in world.spec["accounts"] for window in exports.windows(account)]
    parcels: list[str] = []

    def deliver(parcel: Parcel) -> None:
        put(inbox / parcel.path, parcel.raw)
        parcels.append(parcel.path)

    for done, (account, window) in enumerate(plan, start=1):
        for parcel in exports.parcels(account, window):
            for sent in told.deliveries(parcel, window):
                deliver(sent)
        if progress is not None:
            progress(done, len(plan), f"{account} {window.label}")
    for parcel in told.extra:
        deliver(parcel)
    truth = answers.answer(exports, told)
    truth.files = sorted(parcels, key=lambda path: (path.split("/")[1], path))
    if company is not None:
        truth.company_files, truth.company_files_kept = company_tables.write(world, company, truth, shipped)
    if truth_file is not None:
        truth.write(truth_file)
    return truth

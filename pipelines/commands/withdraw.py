"""`kpi withdraw FILE --because WHY`: a file that was read for the wrong account counts no more; nothing of it is deleted.

Belongs here: finding the file that is meant, and saying what happens to it. Never here: reading, a night.
"""

from __future__ import annotations

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from pipelines.cli import PUBLISHED, Usage
from pipelines.durable import only_one
from pipelines.paths import Paths
from pipelines.rules import settled

SHORTEST_HASH = 8


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    from assets.withdrawals import restore, withdraw, withdrawals

    split = settled(paths)
    today = datetime.now(ZoneInfo(split.settings.time_zone)).date()
    if not asked.undo and not (asked.because or "").strip():
        raise Usage(f'say why, for those who ask later: {paths.kpi} withdraw {asked.file} --because "…"')
    with only_one(paths.lock):
        before = {(one.file_hash, one.account_id) for one in withdrawals(paths.archive)}
        file_hash, account_id, places = _meant(asked.file, paths, dict(sorted(before)) if asked.undo else {})
        if asked.undo:
            if (file_hash, account_id) not in before:
                raise Usage(f"{asked.file} was not withdrawn")
            restore(paths.archive, file_hash, account_id)
            print(f"{places[account_id]} counts again")
        else:
            withdraw(paths.archive, file_hash, account_id, today, asked.because.strip())
            print(f"withdrawn from {account_id}: {places[account_id]}; its bytes stay in the archive, its records are set aside")
            others = {account: place for account, place in places.items() if account != account_id and (file_hash, account) not in before}
            print(_goes_on(others, {str(row["account_id"]) for row in split.tables["accounts"]}))
    print(f"next: {paths.kpi} run")
    return PUBLISHED


def _goes_on(others: dict[str, str], accounts: set[str]) -> str:
    """What becomes of the same bytes, which lay in the folders of these accounts, too, and were withdrawn from none of them."""
    if read := [place for account, place in others.items() if account in accounts]:
        return f"the same bytes lay at {', '.join(read)}: they are read there"
    if others:
        return (
            f"the same bytes lay at {', '.join(others.values())}, but accounts.csv has no {' and no '.join(others)}: with a row there they are read"
        )
    return "if it is another account's, drop it into that account's folder"


def _meant(asked: str, paths: Paths, withdrawn: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    """Hash of the file, the account it is withdrawn from, and where it lay by account. Raises Usage when no file is meant, or several."""
    from assets.archive import receipts
    from assets.landing import entries

    landed = {entry.file_hash: entry for entry in entries(paths.landing)}
    name = asked.removeprefix(f"{paths.inbox}/").removeprefix("inbox/")
    found = []
    for receipt in receipts(paths.archive):
        entry = landed.get(receipt.file_hash)
        if name in (receipt.source_file, *receipt.also_seen_as):
            found.append((receipt.file_hash, name.partition("/")[0], receipt.places))
        elif (entry and name == entry.source_file) or (len(name) >= SHORTEST_HASH and receipt.file_hash.startswith(name)):
            read_for = entry.account_id if entry else receipt.account_id
            found.append((receipt.file_hash, withdrawn.get(receipt.file_hash, read_for), receipt.places))
    if not found:
        raise Usage(f"nothing was received as '{asked}'; the table `files` of the published file has all names and hashes")
    if len(found) > 1:
        hashes = ", ".join(file_hash[:16] for file_hash, _, _ in found)
        raise Usage(f"{len(found)} files lay at '{asked}', one after another: name one by its hash ({hashes}); `files` says when each came")
    return found[0]

"""What is true of the demo company: the answers a night over its files has to find.

Belongs here: the record of the truth and its JSON.
Never here: anything that reaches the inbox.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Truth:
    company: str
    seed: int
    scale: float
    days: int
    first_day: str
    last_day: str
    accounts: list[str]
    # account -> metric -> sum of what the files finally say (flows), money as text with cents
    totals: dict[str, dict[str, str]]
    # account -> followers on the last day seen
    closing_followers: dict[str, int]
    campaign_totals: dict[str, dict[str, str]]  # metric -> campaign -> sum over accounts ('' is what belongs to no campaign)
    orders: dict[str, Any]
    web: dict[str, Any]
    touches: int
    activity: dict[str, Any]
    cases: dict[str, Any]  # account -> what the desk's files finally say, days in order
    persons: dict[str, int]
    awareness_effect: dict[str, Any]
    stories: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)  # under the inbox, in the order of their arrival
    company_files: list[str] = field(default_factory=list)
    company_files_kept: list[str] = field(default_factory=list)  # existed with other content and were left alone

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.as_json(), encoding="utf-8", newline="\n")

"""Finds and loads the maps of `adapters/*.yml`; all mistakes of all maps are told at once.

Belongs here: the files of the folder, and what no single entry can know (that two have one name). Never here: what an entry may say
(vocabulary), a file that was received.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from assets.maps import Adapter
from assets.vocabulary import adapter_of

FOLDER = Path(__file__).parent / "adapters"


class BadAdapters(Exception):
    """The shipped maps contradict themselves; every contradiction is listed."""


def fingerprint(folder: Path = FOLDER) -> str:
    """Changes with any byte of any map: what was read with the old maps is then read again."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@functools.lru_cache(maxsize=4)
def load(folder: Path = FOLDER) -> tuple[Adapter, ...]:
    """All maps, validated; all mistakes at once."""
    import yaml

    wrong: list[str] = []
    adapters: list[Adapter] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            wrong.append(f"{path.name}: {error}")
            continue
        if not isinstance(content, dict) or set(content) != {"adapters"} or not isinstance(content["adapters"], list):
            wrong.append(f"{path.name}: must hold one list named adapters")
            continue
        for entry in content["adapters"]:
            adapter = adapter_of(entry, path.name, wrong)
            if adapter:
                adapters.append(adapter)
    names = [adapter.name for adapter in adapters]
    wrong += [f"two adapters are named {name}" for name in sorted({n for n in names if names.count(n) > 1})]
    if wrong:
        raise BadAdapters("\n".join(wrong))
    return tuple(adapters)

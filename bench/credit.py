"""S1 to S5 and S13: attribution, in the project's own SQL, against reading the same Parquet once and against ChannelAttribution.

Belongs here: generated journeys, which models are run over them, what is compared. Never here: a model's SQL (tests/compiled.py hands on
what dbt compiles), the peer itself (an environment of its own: `python -m bench peers`).
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bench.ratios import Cost, each_in_turn, once, ratio

if TYPE_CHECKING:
    import duckdb

    from tests.compiled import Compiled

PEERS = Path(__file__).parent.parent / ".peers"
PEER = Path(__file__).with_name("peer_channel_attribution.py")
# journeys of 3.7 touches on the average and up to forty
LENGTHS = "least(40, 1 + floor(-ln(1 - (hash(i, 'length') % 1000000) / 1000001.0) * 3.2))"
# ten channels of uneven weight, four in ten convert
JOURNEYS = """
copy (
    with lengths as (
        select
            i, cast({lengths} as integer) as touches, hash(i, 'end') % 10 < 4 as converts
        from range({rows}) as t (i)
    ),
    places as (select *, range(1, touches + 1) as places, greatest(1, touches - cast(hash(i, 'direct') % 3 = 0 as integer)) as last_one from lengths),
    walked as (
        select *, [cast(1 + floor(10 * pow((hash(i * 64 + k, 'channel') % 1000000) / 1000000.0, 1.7)) as integer) for k in places] as path
        from places
    )
    select
        cast(1 as bigint) as way, 'channel' as dimension, 'first_order' as conversion_type, i as conversion, null::varchar as person,
        if(converts, date '2026-01-01' + cast(30.5 * (hash(i, 'month') % 6) as integer), null) as month,
        if(converts, cast((hash(i, 'value') % 20000) / 100 as decimal(38, 6)), null) as value, converts, touches, path,
        [path[k] * 8 + cast(k = 1 as integer) + 2 * cast(k = touches as integer) + 4 * cast(k = last_one as integer) for k in places] as steps,
        [if(converts, (touches - k) * 1.3 + (hash(i * 64 + k, 'age') % 1000) / 1000.0 * cast(k < touches as integer), null) for k in places] as ages
    from walked
) to '{file}' (format parquet)
"""
PATHS = """
copy (
    select array_to_string([chr(cast(64 + c as integer)) for c in path], ' > ') as path, cast(converts as integer) as converted,
        coalesce(value, 0) as value, cast(not converts as integer) as lost
    from '{journeys}'
) to '{file}' (header)
"""
READ = {
    "rules": "way, dimension, conversion_type, month, value, converts, touches, steps, ages",
    "sets": "way, dimension, conversion_type, month, value, converts, path",
    "all": "way, dimension, conversion_type, month, value, converts, touches, path, steps, ages",
}


def measure(place: Path, rows: int) -> None:
    """Print every ratio at `rows`, and the growth from a tenth of them."""
    from tests.compiled import Compiled

    compiled = Compiled(place / "compiled")
    small, large = (_Work(compiled, place, count, LENGTHS) for count in (rows // 10, rows))
    # as many touches in both
    short, long = (_Work(compiled, place, 2 * rows // touches, str(touches)) for touches in (5, 1000))
    for goal, name, models, read, peer, wanted in (
        ("S1", "Markov order 1", ["markov"], "sets", ["markov 1"], "at least 25 times as fast, at most 2.5 scans"),
        ("S1", "Markov order 2", ["markov_2"], "sets", ["markov 2"], "at least 25 times as fast, at most 2.5 scans"),
        ("S1", "Markov order 3", ["markov_3"], "sets", ["markov 3"], "at least 25 times as fast, at most 2.5 scans"),
        ("S2", "six rules in one pass", RULES, "rules", ["rules"], "at least 20 times as fast, at most 1.5 scans"),
        ("S5", "Shapley", ["shapley"], "sets", [], "at most 1.5 scans"),
        (
            "S3",
            "all of them but the counterfactual, which it has not, from one read",
            [*RULES, *SETS[:4]],
            "all",
            PEERS_OWN,
            "at least 40 times as fast",
        ),
        ("S3", "all of them from one read", [*RULES, *SETS], "all", PEERS_OWN, "at least 40 times as fast"),
    ):
        ours, scan, *theirs = each_in_turn(large.credit(models), large.scan(read), *large.peers(peer))
        line = f"{goal:4} {name}, {rows:,} paths: {ratio(ours, scan)} of scanning the same columns (peak {ours.peak_mib:.0f} MiB)"
        if theirs:
            wall, cpu = sum(cost.wall for cost in theirs), sum(cost.cpu for cost in theirs)
            line += f", {wall / ours.wall:.1f} times as fast as ChannelAttribution ({ours.wall:.2f} s and {wall:.2f} s), {cpu / ours.cpu:.1f} of CPU"
        print(f"{line}; goal: {wanted}", flush=True)
        before, after = each_in_turn(small.credit(models), large.credit(models))
        print(f"S13  {name}: grows with rows to the power {math.log10(after.cpu / before.cpu):.2f} of CPU; goal: at most 1.05", flush=True)
        few, many = each_in_turn(short.credit(models), long.credit(models))
        print(f"S13  {name}: a touch of a journey of 1,000 costs {many.cpu / few.cpu:.2f} of the CPU of one of five; goal: at most 1.5", flush=True)
    if not PEERS.is_dir():
        print("     ChannelAttribution is not here: `python -m bench peers` installs it into .peers", flush=True)


RULES = ["first", "last", "last_non_direct", "linear", "position", "time_decay"]
PEERS_OWN = ["rules", "markov 1", "markov 2", "markov 3"]
SETS = ["markov", "markov_2", "markov_3", "shapley", "counterfactual"]


class _Work:
    """The journeys of one size, and what is done with them."""

    def __init__(self, compiled: Compiled, place: Path, rows: int, lengths: str) -> None:
        import duckdb

        self.compiled, self.journeys, self.paths = compiled, place / f"journeys{rows}.parquet", place / f"paths{rows}.csv"
        with duckdb.connect() as con:
            con.execute(JOURNEYS.format(rows=rows, lengths=lengths, file=self.journeys))
            if PEERS.is_dir():
                con.execute(PATHS.format(journeys=self.journeys, file=self.paths))

    def credit(self, models: list[str]) -> Callable[[], Cost]:
        """The credit tables of these models, from the Parquet to their rows. The rules that a night has long read are there before."""
        opened: list[duckdb.DuckDBPyConnection] = []

        def before() -> None:
            con = _opened(opened)
            con.execute(f"create view int_journeys as from '{self.journeys}'")
            numbers = {"half_life_days": "double", "first_share": "double", "last_share": "double", "markov_order": "integer"}
            con.execute("create table int_models as select *, 1 as way from read_csv(?, types = ?) where model in ?", [str(SEED), numbers, models])
            con.execute("create table int_members as select 'channel' as dimension, cast(unnest(range(1, 11)) as integer) as code")

        return lambda: once(lambda: self.compiled.run(opened[0], *[TABLE[model] for model in models]), before)

    def scan(self, read: str) -> Callable[[], Cost]:
        opened: list[duckdb.DuckDBPyConnection] = []
        query = f"select sum(hash({READ[read]})) from '{self.journeys}'"
        return lambda: once(lambda: opened[0].execute(query).fetchall(), before=lambda: _opened(opened))

    def peers(self, wanted: list[str]) -> list[Callable[[], Cost]]:
        """ChannelAttribution's own calls, without its start and its reading."""
        if not PEERS.is_dir():
            return []

        def call(name: str) -> Cost:
            done = subprocess.run([str(PEERS / "bin" / "python"), str(PEER), str(self.paths), name], check=True, capture_output=True, text=True)
            return Cost(**json.loads(done.stdout.splitlines()[-1]))

        return [lambda name=name: call(name) for name in wanted]  # type: ignore[misc]


SEED = Path(__file__).parent.parent / "dbt_project" / "seeds" / "attribution_models.csv"
TABLE = {
    **dict.fromkeys(RULES, "int_credit_by_rule"),
    **dict.fromkeys(SETS[:3], "int_credit_by_removal"),
    "shapley": "int_credit_by_set",
    "counterfactual": "int_credit_by_counterfactual",
}


def _opened(opened: list[duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    """A connection in the process that measures; of the peer neither start nor reading is counted."""
    import duckdb
    import numpy
    import pyarrow.compute
    import pyarrow.dataset
    from scipy import sparse

    assert numpy
    assert pyarrow.compute
    assert pyarrow.dataset
    assert sparse
    opened.append(duckdb.connect())
    return opened[-1]


def install_peers() -> None:
    """An environment of the peers' own: nothing of theirs may become a dependency of ours."""
    import sys

    subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    subprocess.run(
        [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "ChannelAttribution==2.2.5", "matplotlib", "pandas"], check=True
    )

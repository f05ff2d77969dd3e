"""Writes the overseas shop's visits as rows of an analytics property's warehouse export: nested Parquet.

Belongs here: the nested schema, its keys and its placeholders.
Never here: who visited and why.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from assets.demo.web import BUY, STEPS, Visits

if TYPE_CHECKING:
    import polars as pl

# what the property writes for a visit without a campaign, by source or medium; of links tagged without one it says (not set)
NO_CAMPAIGN = {"(direct)": "(direct)", "organic": "(organic)", "referral": "(referral)"}


def _params(flat: pl.DataFrame, entries: list[tuple[str, str, Any, Any]]) -> pl.Series:
    """event_params: for each event the list of its keys, in the order given. entries: (key, kind of value, value, when)."""
    import polars as pl

    kinds = {"string_value": pl.String, "int_value": pl.Int64, "float_value": pl.Float64, "double_value": pl.Float64}
    parts = [
        flat.filter(when).select(
            "row",
            pl.lit(nth).alias("nth"),
            pl.lit(key).alias("key"),
            *((value if name == kind else pl.lit(None)).cast(dtype).alias(name) for name, dtype in kinds.items()),
        )
        for nth, (key, kind, value, when) in enumerate(entries)
    ]
    long = pl.concat(parts).sort("row", "nth")
    lists = long.select("row", pl.struct("key", pl.struct(*kinds).alias("value")).alias("event_params"))
    # Every event has a session id, so no row is without a list and the lists line up with the events.
    return lists.group_by("row", maintain_order=True).agg("event_params")["event_params"]


def _flat(first_day: date, visits: Visits, rows: Any, spec: dict[str, Any], offset_hours: int) -> pl.DataFrame:
    """One plain row per event with everything that the nested columns are made of."""
    import polars as pl

    web = spec["web"]
    start = (first_day - date(1970, 1, 1)).days * 86_400_000_000 - offset_hours * 3_600_000_000
    session = visits.event_session[rows]
    visitor = visits.visitor[session]
    local = visits.event_at[rows]

    def named(name: str, values: list[Any], index: Any) -> pl.Series:
        return pl.Series(name, values).gather(pl.Series(index).cast(pl.UInt32))

    sources = web["sources"]
    prices = [round(p * 100) for p in web["items"].values()]
    item = visits.item[session]
    cents = pl.Series(prices).gather(pl.Series(item).cast(pl.UInt32)) * pl.Series(visits.quantity[session])
    return pl.DataFrame(
        {
            "row": range(len(rows)),
            "visitor": visitor,
            "local": local,
            "stamp": local + start,
            "step": visits.event_step[rows],
            "name": named("name", list(STEPS), visits.event_step[rows]),
            "session": (visits.opened[session] * 1_000_000 + start) // 1_000_000,
            "number": visits.number[session],
            "ms": visits.event_ms[rows],
            "source": named("s", [s["source"] for s in sources], visits.source[session]),
            "medium": named("m", [s["medium"] for s in sources], visits.source[session]),
            "campaign": named(
                "c",
                [s.get("campaign") or NO_CAMPAIGN.get(s["source"]) or NO_CAMPAIGN.get(s["medium"], "(not set)") for s in sources],
                visits.source[session],
            ),
            "first_source": named("s", [s["source"] for s in sources], visits.first_source[visitor]),
            "first_medium": named("m", [s["medium"] for s in sources], visits.first_source[visitor]),
            "first_seen": visits.first_seen[visitor] * 1_000_000 + start,
            "country": named("g", list(web["countries"]), visits.country[visitor]),
            "item": named("i", list(web["items"]), item),
            "price": named("p", list(web["items"].values()), item),
            "quantity": visits.quantity[session],
            "cents": cents,
        }
    )


def export(first_day: date, visits: Visits, rows: Any, spec: dict[str, Any], offset_hours: int) -> pl.DataFrame:
    import polars as pl

    flat = _flat(first_day, visits, rows, spec, offset_hours)
    c = pl.col
    bought, shows_item = c("step") == BUY, c("step") >= STEPS.index("view_item")
    text, real = pl.String, pl.Float64
    revenue = pl.when(bought).then(c("cents") / 100).otherwise(None)
    pseudo = c("visitor").cast(text).str.zfill(9) + "." + (c("first_seen") // 1_000_000).cast(text)
    # The first events of a session carry where it came from; the (direct) ones carry nothing, as the platform does it.
    told = (c("step") <= 2) & (c("source") != "(direct)")
    always, usd = pl.lit(True), pl.lit("USD")
    page = pl.lit("https://www.moonwell.example/") + pl.when(shows_item).then(pl.lit("tea")).otherwise(pl.lit(""))
    params = _params(
        flat,
        [
            ("ga_session_id", "int_value", c("session"), always),
            ("ga_session_number", "int_value", c("number"), always),
            ("page_location", "string_value", page, always),
            ("engagement_time_msec", "int_value", c("ms"), c("ms") > 0),
            ("source", "string_value", c("source"), told),
            ("medium", "string_value", c("medium"), told),
            ("campaign", "string_value", c("campaign"), told),
            ("currency", "string_value", usd, bought),
            ("value", "double_value", revenue, bought),
            ("session_engaged", "string_value", pl.lit("1"), c("step") > 0),
        ],
    )
    entry = pl.struct(
        c("item").alias("item_name"),
        c("price").alias("price_in_usd"),
        c("price").alias("price"),
        c("quantity").alias("quantity"),
        revenue.alias("item_revenue_in_usd"),
    )
    sold = pl.struct(
        pl.when(bought).then(c("quantity")).otherwise(None).alias("total_item_quantity"),
        revenue.alias("purchase_revenue_in_usd"),
        revenue.alias("purchase_revenue"),
        *(
            pl.lit(None, dtype=real).alias(name)
            for name in (
                "refund_value_in_usd",
                "refund_value",
                "shipping_value_in_usd",
                "shipping_value",
                "tax_value_in_usd",
                "tax_value",
            )
        ),
        pl.when(bought).then(pl.lit(1, dtype=pl.Int64)).otherwise(None).alias("unique_items"),
        pl.when(bought)
        .then(pl.lit("W") + c("session").cast(text) + "-" + c("visitor").cast(text))
        .otherwise(pl.lit("(not set)"))
        .alias("transaction_id"),
    )
    day = (c("local") + (first_day - date(1970, 1, 1)).days * 86_400_000_000).cast(pl.Datetime("us")).dt.strftime("%Y%m%d")
    return flat.select(
        day.alias("event_date"),
        c("stamp").alias("event_timestamp"),
        c("name").alias("event_name"),
        params,
        revenue.alias("event_value_in_usd"),
        pl.lit(None, dtype=text).alias("user_id"),
        pseudo.alias("user_pseudo_id"),
        c("first_seen").alias("user_first_touch_timestamp"),
        pl.struct(
            pl.when(c("visitor") % 5 < 3).then(pl.lit("mobile")).otherwise(pl.lit("desktop")).alias("category"),
            pl.lit("en-us").alias("language"),
        ).alias("device"),
        pl.struct(c("country").alias("country"), pl.lit("(not set)").alias("city")).alias("geo"),
        pl.struct(
            c("first_medium").alias("medium"),
            (pl.lit("(") + c("first_medium") + ")").alias("name"),
            c("first_source").alias("source"),
        ).alias("traffic_source"),
        pl.lit(3141592653, dtype=pl.Int64).alias("stream_id"),
        pl.lit("WEB").alias("platform"),
        sold.alias("ecommerce"),
        pl.when(shows_item)
        .then(pl.concat_list(entry))
        .otherwise(
            pl.lit(
                [],
                dtype=pl.List(
                    pl.Struct(
                        {
                            "item_name": text,
                            "price_in_usd": real,
                            "price": real,
                            "quantity": pl.Int64,
                            "item_revenue_in_usd": real,
                        }
                    )
                ),
            )
        )
        .alias("items"),
    )

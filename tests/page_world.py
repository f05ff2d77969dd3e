# ruff: noqa: E501 (rows of a made-up table are read as rows)
"""A small published database for the leadership page: about half a year of a made-up company, with its oddities on purpose.

Belongs here: rows a person can recognise on the page (the million reads, the mirror, a silent week, a reorganisation, a restated day).
Never here: how the real pipeline computes any of it; the sums below are only plausible.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

LAST = dt.date(2026, 6, 30)
AS_OF = dt.date(2026, 7, 1)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</svg><!--status-->"

SCHEMA = """
create table kpi_daily (metric varchar, class varchar, account_id varchar, platform varchar, brand varchar, campaign varchar,
  day date, value decimal(38,6), unit varchar, aggregation varchar, missing_reason varchar, received_at timestamp,
  source_file varchar, definition_version integer, currency varchar, numerator decimal(38,6), denominator decimal(38,6),
  is_provisional boolean);
create table owned_kpi_daily (profile varchar, department varchar, department_kind varchar, function varchar, role varchar,
  share double, metric varchar, class varchar, account_id varchar, platform varchar, brand varchar, campaign varchar, day date,
  value decimal(38,6), unit varchar, aggregation varchar, ownership_rule varchar, reason varchar, currency varchar,
  missing_reason varchar);
create table scorecard (profile varchar, department varchar, department_kind varchar, metric varchar, class varchar,
  period_kind varchar, period_start date, value decimal(38,6), unit varchar, target double, attainment double,
  missing_reason varchar, direction varchar, currency varchar, expected_by_now double, pace double, is_on_pace boolean);
create table follower_ledger (account_id varchar, day date, opening decimal(38,6), gained decimal(38,6), lost decimal(38,6),
  closing decimal(38,6), residual decimal(38,6), missing_reason varchar);
create table credit (model varchar, conversion_type varchar, dimension varchar, member varchar, month date,
  conversions decimal(38,6), value decimal(38,6), spend decimal(38,6), roas double, missing_reason varchar);
create table credit_disagreement (conversion_type varchar, dimension varchar, member varchar, month date, models bigint,
  conversions_low double, conversions_high double, spread double, low_models varchar, high_models varchar);
create table awareness_bridge (awareness_metric varchar, outcome_metric varchar, lag_days integer, association double, low double,
  high double, n_days bigint, burst_size double, is_distinguishable boolean, missing_reason varchar);
create table anomalies (metric varchar, account_id varchar, day date, kind varchar, expected double, observed double, factor double,
  score double, policy varchar, is_recent boolean, is_acknowledged boolean, source_file varchar);
create table follower_overlap (platform_a varchar, platform_b varchar, day date, at_least decimal(38,0), at_most decimal(38,0));
create table assists (profile varchar, department varchar, function varchar, month date, assisted_conversions decimal(38,6),
  assisted_value decimal(38,6));
create table restatements (metric varchar, account_id varchar, day date, version varchar, value_before decimal(38,6),
  value_after decimal(38,6), known_before timestamp, known_after timestamp, source_file varchar);
create table metric_catalogue (metric varchar, code varchar, class varchar, function varchar, unit varchar, grain varchar,
  aggregation varchar, direction varchar, definition_version integer, valid_from date, valid_to date,
  name_en varchar, name_zh varchar, name_es varchar, name_ko varchar, description varchar);
create table ownership (ownership_rule varchar, profile varchar, function varchar, department varchar, role varchar, share double,
  valid_from date, valid_to date, reason varchar, approved_by varchar);
create table function_owners (profile varchar, function varchar, department varchar, department_kind varchar, role varchar,
  valid_from date, valid_to date);
create table departments (profile varchar, department varchar, kind varchar, centre varchar, reports_to varchar, valid_from date,
  valid_to date, name_en varchar, name_zh varchar, name_es varchar, name_ko varchar);
create table accounts (account_id varchar, platform varchar, kind varchar, brand varchar, surface varchar, time_zone varchar,
  currency varchar, valid_from date, valid_to date, name_en varchar, name_zh varchar, name_es varchar, name_ko varchar);
create table files (file_hash varchar, source_file varchar, account_id varchar, adapter varchar, received_at timestamp,
  bytes bigint, physical_records bigint, accepted bigint, quarantined bigint, superseded bigint, status varchar, reason varchar);
create table feed_freshness (account_id varchar, feed varchar, shape varchar, stale_since date, is_stale boolean);
create table channel_freshness (account_id varchar, channel varchar, silent_since date, is_silent boolean);
create table quarantine (file_hash varchar, source_file varchar, line bigint, column_name varchar, rule varchar, reason varchar,
  raw varchar);
create table data_quality (check_name varchar, layer varchar, verdict varchar, rows_seen bigint, offenders bigint,
  blocking boolean);
create table published_version (version varchar, as_of date, run_id varchar, code_version varchar, created_at timestamp);
"""

# metric, code, class, function, unit, aggregation, direction, names, description
CATALOGUE: list[tuple[str, ...]] = [
    ("content_reads", "AW03", "awareness", "new_media", "reads", "additive", "up", "Content reads", "内容阅读量",
     "Lecturas de contenido", "콘텐츠 조회수", "How often an article on a media surface was opened, as its platform counts it."),
    ("reach_unique", "AW01", "awareness", "new_media", "people", "unique", "up", "Reach", "触达人数", "Alcance", "도달",
     "People who saw anything of an account on a day. People of two accounts are never added."),
    ("followers_total", "AW05", "awareness", "new_media", "followers", "stock", "up", "Followers", "粉丝总数", "Seguidores",
     "팔로워", "Followers at the end of the day, summed over accounts and never over days."),
    ("followers_gained", "AW06", "awareness", "new_media", "followers", "additive", "up", "Followers gained", "新增粉丝",
     "Seguidores ganados", "신규 팔로워", "Accounts that began to follow."),
    ("followers_lost", "AW07", "awareness", "new_media", "followers", "additive", "down", "Followers lost", "流失粉丝",
     "Seguidores perdidos", "이탈 팔로워", "Accounts that stopped following."),
    ("engagement_rate", "AW15", "awareness", "interactive_marketing", "%", "ratio", "up", "Engagement rate", "互动率",
     "Tasa de interacción", "참여율", "Engagements divided by reach."),
    ("paid_impressions", "AW16", "awareness", "media_placement", "exposures", "additive", "up", "Paid impressions", "付费曝光",
     "Impresiones pagadas", "유료 노출", "Times an advertisement was shown."),
    ("paid_spend", "AW17", "awareness", "media_placement", "money", "additive", "down", "Paid spend", "投放花费",
     "Gasto en medios", "광고비", "Money spent on placements, in the company's currency."),
    ("press_mentions", "AW24", "awareness", "pr", "articles", "additive", "up", "Press mentions", "媒体报道",
     "Menciones en prensa", "언론 보도", "Articles that name the brand."),
    ("unaided_recall", "AW22", "awareness", "brand", "%", "index", "up", "Unaided recall", "无提示回忆率",
     "Recuerdo espontáneo", "비보조 상기율", "Share of people asked who name the brand unprompted."),
    ("sessions", "OP01", "retention", "user_operation", "visits", "additive", "up", "Sessions", "会话数", "Sesiones", "세션",
     "Visits to the app or site."),
    ("registrations", "OP04", "retention", "product_operation", "users", "additive", "up", "Registrations", "注册量", "Registros",
     "가입", "People who made an account."),
    ("active_users_day", "OP09", "retention", "user_operation", "people", "unique", "up", "Daily active users", "日活跃用户",
     "Usuarios activos al día", "일간 활성 사용자", "People who did anything in the app on a day."),
    ("retention_d7", "OP14", "retention", "user_operation", "%", "ratio", "up", "Day-7 retention", "7日留存率",
     "Retención a 7 días", "7일 유지율", "Share of a day's new people who came back exactly seven days later."),
    ("orders", "CV01", "conversion", "shop_operation", "orders", "additive", "up", "Orders", "订单数", "Pedidos", "주문",
     "Paid orders, each counted once on the day it was placed."),
    ("revenue", "CV04", "shared", "revenue", "money", "additive", "up", "Revenue", "收入", "Ingresos", "매출",
     "Value of paid orders, in the company's currency. Appears once in the company's total."),
    ("orders_offline", "CV01F", "conversion", "offline_sales", "orders", "additive", "up", "Offline orders", "线下订单",
     "Pedidos en tienda", "오프라인 주문", "Orders taken outside the shop system."),
    ("reply_within_15m_rate", "SV02", "service", "social_service", "%", "ratio", "up", "Replies within 15 minutes", "15分钟回复率",
     "Respuestas en 15 minutos", "15분 내 응답률", "Share of mentions answered by a person within fifteen minutes."),
    ("decision_to_execution_minutes", "OR01", "organisation", "management", "minutes", "duration", "down",
     "Decision to execution", "决策到执行时长", "De la decisión a la ejecución", "결정에서 실행까지", "Minutes from decision to action."),
    ("content_published", "OP15", "retention", "content_operation", "items", "additive", "up", "Items published", "发布内容数",
     "Contenidos publicados", "발행 콘텐츠", "Items put out in the product."),
]  # fmt: skip

DEPARTMENTS = [
    ("marketing", "marketing", "Marketing", "市场部", "Marketing", "마케팅"),
    ("operations", "operations", "Operations", "运营部", "Operaciones", "운영"),
    ("sales", "sales", "Sales", "销售部", "Ventas", "영업"),
    ("service", "service", "Customer service", "客服部", "Atención al cliente", "고객 서비스"),
    ("executive", "executive", "Executive office", "总裁办", "Dirección", "경영진"),
]

REORG = dt.date(2026, 4, 1)
OWNERS: list[tuple[str, str, str, float | None, dt.date | None, dt.date | None, str | None, str | None]] = [
    ("new_media", "marketing", "accountable", None, None, None, None, None),
    ("interactive_marketing", "marketing", "accountable", None, None, REORG, None, None),
    ("interactive_marketing", "operations", "accountable", None, REORG, None,
     "Community work moved beside user operation", "Chief executive, board minutes of 12 March"),
    ("media_placement", "marketing", "accountable", None, None, None, None, None),
    ("pr", "marketing", "accountable", None, None, None, None, None),
    ("brand", "marketing", "accountable", None, None, None, None, None),
    ("user_operation", "operations", "accountable", None, None, None, None, None),
    ("product_operation", "operations", "accountable", None, None, None, None, None),
    ("shop_operation", "operations", "accountable", None, None, None, None, None),
    ("revenue", "operations", "accountable", 1.0, None, None, None, None),
    ("revenue", "marketing", "contributor", 0.0, None, None, None, None),
    ("offline_sales", "sales", "accountable", None, None, None, None, None),
    ("social_service", "service", "accountable", None, None, None, None, None),
    ("management", "executive", "accountable", None, None, None, None, None),
]  # fmt: skip

FEEDS: list[tuple[str, str, str, str, float]] = [  # account, platform, metric, surface, level
    ("wechat_main", "wechat", "content_reads", "media", 6200), ("zhihu_main", "zhihu", "content_reads", "media", 2100),
    ("douyin_main", "douyin", "content_reads", "media", 9800), ("facebook_page", "facebook", "reach_unique", "media", 5200),
    ("instagram_main", "instagram", "reach_unique", "media", 8400), ("wechat_main", "wechat", "followers_gained", "media", 130),
    ("wechat_main", "wechat", "followers_lost", "media", 61), ("ads_cn", "ads", "paid_impressions", "media", 54000),
    ("ads_cn", "ads", "paid_spend", "media", 2650), ("press_monitor", "press", "press_mentions", "media", 2.2),
    ("instagram_main", "instagram", "engagement_rate", "media", 0.043), ("web_ga4", "ga4", "sessions", "product", 1450),
    ("app_main", "app", "registrations", "product", 34), ("app_main", "app", "active_users_day", "product", 410),
    ("app_main", "app", "retention_d7", "product", 0.21), ("shop_main", "shop", "orders", "product", 24),
    ("shop_main", "shop", "revenue", "product", 4300), ("field_sales", "offline", "orders_offline", "product", 6),
    ("helpdesk", "helpdesk", "reply_within_15m_rate", "product", 0.72), ("app_main", "app", "content_published", "product", 3),
]  # fmt: skip


@dataclass(frozen=True)
class Settings:
    name: str = "Lantern Tea"
    time_zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    profile: str = "default"
    language: str = "en"


def _series(metric: str, level: float, day: dt.date, rng: random.Random, i: int, days: int) -> float:
    weekend = 0.78 if day.weekday() >= 5 else 1.0
    season = 1 + 0.16 * math.sin(i / 23.0) + 0.07 * math.sin(i / 5.1)
    trend = 0.82 + 0.36 * i / days
    noise = math.exp(rng.gauss(0, 0.11))
    if level < 1:  # a rate: no weekend dip, little noise
        return round(level * (0.94 + 0.12 * i / days) * (1 + rng.gauss(0, 0.05)), 6)
    return float(round(level * weekend * season * trend * noise))


def _facts(days: int, campaign_names: dict[str, str]) -> list[dict[str, object]]:
    meta = {m[0]: m for m in CATALOGUE}
    rows: list[dict[str, object]] = []

    def add(metric: str, account: str, platform: str, day: dt.date, value: float | None, campaign: str = "") -> None:
        if value is None:
            return
        money = meta[metric][4] == "money"
        rows.append({
            "metric": metric, "class": meta[metric][2], "account_id": account, "platform": platform, "brand": "lantern",
            "campaign": campaign_names.get(campaign, campaign), "day": day, "value": value, "unit": meta[metric][4],
            "aggregation": meta[metric][5], "currency": "CNY" if money else None,
        })  # fmt: skip

    for account, platform, metric, _surface, level in FEEDS:
        rng = random.Random(f"{account}/{metric}")
        for i in range(days):
            day = LAST - dt.timedelta(days=days - 1 - i)
            if account == "douyin_main" and dt.date(2026, 5, 11) <= day <= dt.date(2026, 5, 16):
                continue  # the platform was silent: no rows, so a gap
            if account == "zhihu_main" and day > dt.date(2026, 6, 19):
                continue  # a stale feed
            if account == "app_main" and metric == "active_users_day" and day in (dt.date(2026, 6, 3), dt.date(2026, 6, 4)):
                continue
            value = _series(metric, level, day, rng, i, days)
            if account == "shop_main" and day == dt.date(2026, 6, 9):
                value = 0.0  # the day of the million reads: a measured zero
            campaign = "june_festival" if account == "ads_cn" and day >= dt.date(2026, 6, 1) else ""
            add(metric, account, platform, day, value, campaign)
    stock = 48000.0
    rng = random.Random("stock")
    for i in range(days):
        stock += 40 + rng.gauss(25, 18)
        add("followers_total", "wechat_main", "wechat", LAST - dt.timedelta(days=days - 1 - i), float(round(stock)))
    add("content_reads", "wechat_main", "wechat", dt.date(2026, 6, 9), 1_000_000, "spring_story")
    add("content_reads", "wechat_main", "wechat", dt.date(2026, 6, 15), 10, "friends_coupon")
    for k, (name, peak) in enumerate([("tea_and_poetry", 84_000), ("harvest_diary", 61_500), ("two_minute_brew", 38_200)]):
        for j in range(9):
            add(
                "content_reads",
                "douyin_main",
                "douyin",
                dt.date(2026, 5, 20) + dt.timedelta(days=j + 4 * k),
                round(peak / (j + 1) ** 2),
                name,
            )
    return rows


SCORES = """
insert into scorecard
with typed as (
  select o.*, c.direction from owned_kpi_daily o join metric_catalogue c using (metric) where role = 'accountable'
), periods as (
  select *, 'day' as period_kind, day as period_start from typed
  union all select *, 'month', date_trunc('month', day)::date from typed
  union all select *, 'quarter', date_trunc('quarter', day)::date from typed
), summed as (
  select profile, department, department_kind, metric, class, period_kind, period_start, unit, direction, currency, aggregation,
    count(distinct account_id) as accounts, sum(value) as total, avg(value) as mean,
    sum(value) filter (where day = (select max(p2.day) from periods p2 where p2.metric = periods.metric
      and p2.period_kind = periods.period_kind and p2.period_start = periods.period_start)) as closing
  from periods group by all
), valued as (
  select *, case when aggregation = 'additive' then total when aggregation = 'stock' then closing
    when aggregation = 'unique' and (period_kind != 'day' or accounts > 1) then null else mean end as v from summed
)
select profile, department, department_kind, metric, class, period_kind, period_start, v, unit, t.target,
  (v / t.target)::double, case when v is null then 'not_additive' end, direction, currency,
  t.target, (v / t.target)::double, v >= t.target
from valued left join targets t using (profile, department, metric, period_kind, period_start)
"""


def build(path: Path | None = None, *, days: int = 180, hostile: bool = False, empty: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the small world; `hostile` puts a script into every name people can type, `empty` leaves only shapes."""
    con = duckdb.connect(str(path) if path else ":memory:")
    con.execute(SCHEMA)
    if empty:
        return con
    evil = HOSTILE if hostile else ""
    for m in CATALOGUE:
        names = [n + evil for n in m[7:11]]
        grain = "brand x month" if m[5] == "index" else "account x day"
        con.execute(f"insert into metric_catalogue values ({','.join('?' * 16)})",
                    [*m[:5], grain, m[5], m[6], 1, None, None, *names, m[11] + evil])  # fmt: skip
    for d, kind, *dept_names in DEPARTMENTS:
        con.execute("insert into departments values ('default', ?, ?, null, null, null, null, ?, ?, ?, ?)",
                    [d, kind, *[n + evil for n in dept_names]])  # fmt: skip
    for i, (fn, dept, role, share, since, until, why, who) in enumerate(OWNERS, start=2):
        con.execute("insert into ownership values (?, 'default', ?, ?, ?, ?, ?, ?, ?, ?)",
                    [f"ownership.csv:{i}", fn, dept, role, share, since, until, (why or "") + evil if why else None, (who or "") + evil if who else None])  # fmt: skip
    con.execute("""insert into function_owners
        select o.profile, o.function, o.department, coalesce(d.kind, 'unassigned'), o.role, o.valid_from, o.valid_to
        from ownership as o left join departments as d on o.profile = d.profile and o.department = d.department""")
    for account, platform, _m, surface, _l in dict.fromkeys((a, p, "", s, 0) for a, p, _, s, _ in FEEDS):
        con.execute(
            "insert into accounts values (?, ?, null, ?, ?, 'Asia/Shanghai', 'CNY', null, null, ?, ?, ?, ?)",
            [account, platform, "lantern" + evil, surface, *[account + evil] * 4],
        )
    con.execute("""insert into accounts by name select 'weibo_main' as account_id, 'weibo' as platform, 'lantern' as brand, 'media' as surface,
        'Asia/Shanghai' as time_zone, 'CNY' as currency""")
    facts = pl.DataFrame(_facts(days, {"spring_story": "spring_story" + evil}), infer_schema_length=None)
    con.register("facts", facts)
    con.execute("""insert into kpi_daily select metric, class, account_id, platform, brand, campaign, day, value, unit, aggregation, null,
        day + interval 8 hour + interval 1 day, account_id || '/export.csv', 1, currency, null, null, false from facts""")
    con.unregister("facts")
    con.execute("""insert into owned_kpi_daily
        select 'default', coalesce(o.department, 'unassigned'), coalesce(d.kind, 'unassigned'), c.function, coalesce(o.role, 'accountable'),
          o.share, k.metric, k.class, k.account_id, k.platform, k.brand, k.campaign, k.day, k.value, k.unit, k.aggregation,
          o.ownership_rule, o.reason, k.currency, null
        from kpi_daily k join metric_catalogue c using (metric)
        left join ownership o on o.function = c.function and (o.valid_from is null or k.day >= o.valid_from)
          and (o.valid_to is null or k.day < o.valid_to)
        left join departments d on d.department = o.department""")
    con.execute(
        "create temp table targets (profile varchar, department varchar, metric varchar, period_kind varchar, period_start date, target double)"
    )
    con.execute("""insert into targets values
        ('default', 'marketing', 'content_reads', 'month', '2026-06-01', 1200000),
        ('default', 'marketing', 'followers_total', 'month', '2026-06-01', 61000),
        ('default', 'marketing', 'paid_spend', 'month', '2026-06-01', 95000),
        ('default', 'operations', 'registrations', 'month', '2026-06-01', 1300),
        ('default', 'operations', 'revenue', 'month', '2026-06-01', 150000),
        ('default', 'operations', 'orders', 'quarter', '2026-04-01', 2400),
        ('default', 'service', 'reply_within_15m_rate', 'month', '2026-06-01', 0.8)""")
    con.execute(SCORES)
    con.execute(
        "insert into scorecard values ('default', 'executive', 'executive', 'decision_to_execution_minutes', 'organisation', 'month', '2026-06-01', null, 'minutes', null, null, 'not_fed', 'down', null, null, null, null)"
    )
    con.execute(
        "insert into scorecard values ('default', 'marketing', 'marketing', 'unaided_recall', 'awareness', 'month', '2026-06-01', null, '%', null, null, 'not_fed', 'up', null, null, null, null)"
    )
    _ledgers(con, evil)
    _signals(con, evil)
    return con


def _signals(con: duckdb.DuckDBPyConnection, evil: str) -> None:
    ranges = [
        ("first_order", "organic_social", 40, 66, "markov_2", "last, last_non_direct"), ("first_order", "email" + evil, 3, 3, "first, last, linear, position", "first, last, linear, position"),
        ("first_order", "direct", 8.25, 31, "last_non_direct", "house_model" + evil), ("repeat_order", "organic_social", 12, 19.5, "first", "last"),
        ("repeat_order", "unattributed", 2, 2, "first, last", "first, last"), ("registration", "organic_social", 500, 900, "first", "last"),
    ]  # fmt: skip
    for month in ("2026-05-01", "2026-06-01"):
        for kind, member, low, high, least, most in ranges:
            add = 1000 if month == "2026-05-01" else 0
            con.execute("insert into credit_disagreement values (?, 'channel', ?, ?, 5, ?, ?, ?, ?, ?)",
                        [kind, member, month, low + add, high + add, high - low, least, most])  # fmt: skip
    for outcome in ("orders", "sessions"):
        for lag in range(91):
            found = outcome == "sessions" and lag in (1, 2, 3, 7)
            middle = 0.04 if found and lag != 2 else 0.05 if found else 0.001
            con.execute("insert into awareness_bridge values ('content_reads', ?, ?, ?, ?, ?, 170, 1000, ?, null)",
                        [outcome, lag, middle, middle - 0.01, middle + 0.02, found])  # fmt: skip
            con.execute(
                "insert into awareness_bridge values ('press_mentions', ?, ?, null, null, null, 9, 2, false, 'not_enough_days')", [outcome, lag]
            )
    odd: list[tuple[object, ...]] = [
        ("content_reads", "douyin_main", "2026-06-27", "spike", 9400.4, 61000, None, 6.1, "warn", True, False),
        ("paid_spend", "ads_cn", "2026-06-25", "unit_slip", 2650, 265000, 100, 9.3, "hold", True, False),
        ("orders", "shop_main", "2026-06-09", "drop", 24, 0, None, 5.2, "warn", True, True),
        ("sessions", "web_ga4", "2026-02-02", "spike", 1450, 9000, None, 5.0, "warn", False, False),
    ]  # fmt: skip
    for one in odd:
        con.execute(f"insert into anomalies values ({','.join('?' * 12)})", [*one, "ads_cn/export.csv" + evil])
    for day in ("2026-06-29", "2026-06-30"):
        con.execute("insert into follower_overlap values ('douyin', ?, ?, 48000, 62000)", ["toutiao" + evil, day])


def _ledgers(con: duckdb.DuckDBPyConnection, evil: str) -> None:
    con.execute("""insert into follower_ledger
        select account_id, day, lag(value) over (order by day), g, l, value, lag(value) over (order by day) + g - l - value,
          case when lag(value) over (order by day) is null then 'before_first_record' end
        from (select account_id, day, value from kpi_daily where metric = 'followers_total')
        join (select day, max(value) filter (where metric = 'followers_gained') g, max(value) filter (where metric = 'followers_lost') l
              from kpi_daily where account_id = 'wechat_main' group by day) using (day)""")
    credit = [
        ("spring_story" + evil, 0, 0, None, None, "no_conversions"), ("friends_coupon", 10, 1690, None, None, "no_spend"),
        ("june_festival", 118, 20350, 81200, 0.2506, None), ("tea_and_poetry", 21, 3610, None, None, "no_spend"),
        ("harvest_diary", 4, 688, None, None, "no_spend"), ("two_minute_brew", 0, 0, None, None, "no_conversions"),
        ("(unattributed)", 402, 71010, None, None, "no_spend"),
    ]  # fmt: skip
    for member, n, value, spend, roas, why in credit:
        for model in ("last_non_direct", "linear"):
            con.execute(
                "insert into credit values (?, 'first_order', 'campaign', ?, '2026-06-01', ?, ?, ?, ?, ?)",
                [model, member, n, value, spend, roas, why],
            )
    con.execute("""insert into assists values ('default', 'marketing', 'new_media', '2026-06-01', 143, 25110),
        ('default', 'marketing', 'media_placement', '2026-06-01', 96, 17020), ('default', 'operations', 'user_operation', '2026-06-01', 58, 9890),
        ('default', 'marketing', 'new_media', '2026-05-01', 121, 20870)""")
    for j in range(12):
        con.execute("insert into restatements values ('content_reads', 'zhihu_main', ?, 'v0176', ?, ?, '2026-06-12 08:00', '2026-06-21 08:00', ?)",
                    [dt.date(2026, 6, 2) + dt.timedelta(days=j), 2100 + 13 * j, 2174 + 17 * j, "zhihu_main/2026-06-21/counts_again.csv" + evil])  # fmt: skip
    con.execute(
        "insert into restatements values ('revenue', 'shop_main', '2026-06-14', 'v0179', 6120.5, 5931.0, '2026-06-15 08:00', '2026-06-28 08:00', 'shop_main/2026-06-28/orders.csv')"
    )
    for k, (account,) in enumerate(con.execute("select account_id from accounts where account_id != 'weibo_main' order by 1").fetchall()):
        for w in range(6):
            when = dt.datetime(2026, 5, 27, 8) + dt.timedelta(days=7 * w)
            if account == "zhihu_main" and w == 5:
                continue
            con.execute("insert into files values (?, ?, ?, 'plain', ?, 18000, ?, ?, ?, 0, 'accepted', null)",
                        [f"h{k}{w}", f"{account}/{when:%Y-%m-%d}/export.csv{evil}", account, when, 210 + k, 210 + k - (3 if k == 2 and w == 4 else 0), 3 if k == 2 and w == 4 else 0])  # fmt: skip
    con.execute(
        "insert into files values ('hx', ?, 'press_monitor', null, '2026-06-24 08:00', 900, 0, 0, 0, 0, 'refused', 'unknown_format')",
        ["press_monitor/2026-06-24/clippings.xyz" + evil],
    )
    con.execute("""insert into feed_freshness values ('zhihu_main', 'reach', 'counts', '2026-06-22', true),
        ('wechat_main', 'reach', 'counts', null, false)""")
    con.execute(
        "insert into channel_freshness values ('shop_main', ?, '2026-06-20', true), ('shop_main', 'direct', null, false)", ["paid_search" + evil]
    )
    for line, column, rule, why, raw in [(14, "value", "not_a_number", "The value is not a number.", "654.38+0 만"), (31, "day", "impossible_day", "There is no such day.", "2026-02-30"),
                                         (57, "metric", "unknown_metric", "The catalogue knows no such metric.", "=HYPERLINK(1)" + evil)]:  # fmt: skip
        con.execute(
            "insert into quarantine values ('h24', ?, ?, ?, ?, ?, ?)",
            ["douyin_main/2026-06-24/export.csv" + evil, line, column, rule, why, raw],
        )
    con.execute(
        "insert into quarantine values ('hx', 'press_monitor/2026-06-24/clippings.xyz', null, null, 'no_adapter', 'No adapter reads it.', null)"
    )
    checks = [
        ("every landed metric is in the catalogue", "landing", "passed", 3214, 0, True), ("every record is accounted for", "landing", "passed", 66, 0, True),
        ("no file is mostly quarantined", "landing", "passed", 66, 0, False), ("one accountable owner per number", "publish", "passed", 3402, 0, True),
        ("no number is booked to an unlawful department", "publish", "passed", 44, 0, True), ("departments sum to the company", "publish", "passed", 20, 0, True),
        ("switching profile changes no total", "publish", "passed", 20, 0, True), ("every missing value has a reason", "publish", "passed", 3402, 0, True),
        ("numbers without an owner", "publish", "warned", 20, 1, False),
    ]  # fmt: skip
    for name, layer, verdict, seen, bad, blocking in checks:
        con.execute("insert into data_quality values (?, ?, ?, ?, ?, ?)", [name + evil, layer, verdict, seen, bad, blocking])
    con.execute("insert into published_version values ('2026-07-01-3f9ac2', '2026-07-01', 'run-1', 'abc1234', '2026-07-01 08:12:00')")

# ruff: noqa: E501, S314 (sentences and rows on one line; the XML parsed is our own)
"""The leadership page: what it says, what it must never say, and that a browser opens it on a desk and on a phone.

Belongs here: the page of the small world in page_world.py, read as a reader or an attacker would.
Never here: the pipeline that fills the tables.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from assets.page.charts import SMALL, Point, ceiling, draw
from assets.page.read import Span
from assets.page.render import Banner, render, with_status
from assets.page.wording import Wording, book
from assets.versions import STATUS_CLOSE, STATUS_OPEN
from tests import page_world as world

LANGUAGES = ("en", "zh", "es", "ko")
VOID = {"meta", "col", "link", "img", "br"}


class Reader(HTMLParser):
    """Collects what a browser would see: tags, attributes, text, and whether every tag is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.crossed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    @classmethod
    def of(cls, html: str) -> Reader:
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return world.build()


@pytest.fixture(scope="module")
def page(con: duckdb.DuckDBPyConnection) -> str:
    return render(con, world.Settings(), world.AS_OF)


@pytest.fixture(scope="module")
def hostile() -> str:
    return render(world.build(hostile=True), world.Settings(name=world.HOSTILE), world.AS_OF)


def row(html: str, name: str) -> str:
    """The words of the scorecard row that starts with a metric's name."""
    found = re.search(rf'<th scope="row" role="rowheader" class="t-name">{name}.*?</tr>', html, re.DOTALL)
    assert found, f"no row for {name}"
    return Reader.of(re.sub(r"<svg.*?</svg>", "", found.group(), flags=re.DOTALL)).words


# safe ----------------------------------------------------------------------------


def test_the_page_runs_nothing_and_asks_nobody(page: str) -> None:
    reader = Reader.of(page)
    policy = next(a["content"] for t, a in reader.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not {"script", "link", "iframe", "object", "embed", "form", "base"} & {t for t, _ in reader.tags}
    assert not [n for _, a in reader.tags for n in a if n.startswith("on")]
    assert not [v for _, a in reader.tags for n in ("href", "src", "xlink:href") if (v := a.get(n)) and not v.startswith("#")]
    assert "url(" not in page
    assert "@import" not in page
    assert len(page.encode()) < 1_500_000


def test_names_that_try_to_be_code_stay_text(hostile: str) -> None:
    reader = Reader.of(hostile)
    assert not {"script", "img"} & {t for t, _ in reader.tags}
    assert not [n for _, a in reader.tags for n in a if n.startswith("on")]
    assert "<script>alert(1)</script>" in reader.words
    assert reader.crossed == []
    assert hostile.count(STATUS_OPEN) == 1


def test_hostile_names_inside_charts_are_escaped() -> None:
    svg = str(draw([Point(i, float(i)) for i in range(9)], SMALL, from_zero=True, title=world.HOSTILE, desc=world.HOSTILE))
    tree = ElementTree.fromstring(svg)
    assert [c.tag for c in tree][:2] == ["title", "desc"]
    assert tree.findtext("title") == world.HOSTILE == tree.get("aria-label")


def test_html_is_well_nested_and_ids_are_unique(page: str) -> None:
    reader = Reader.of(page)
    assert reader.crossed == []
    assert reader.open == []
    ids = [a["id"] for _, a in reader.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    anchors = {a["href"] for t, a in reader.tags if t == "a"}
    assert {f"#{i}" for i in ids} >= anchors


def test_a_screen_reader_finds_its_way(page: str) -> None:
    reader = Reader.of(page)
    levels = [int(t[1]) for t, _ in reader.tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert all("scope" in a for t, a in reader.tags if t == "th")
    charts = [a for t, a in reader.tags if t == "svg"]
    assert charts
    assert all(a.get("role") == "img" and a.get("aria-label") for a in charts)


# true ----------------------------------------------------------------------------


def test_numbers_are_those_of_the_scorecard(page: str) -> None:
    reads = row(page, "Content reads")
    assert "1,623,643 reads" in reads
    assert "135 % of 1,200,000" in reads
    assert "zhihu_main: 11 days missing" in reads


def test_an_account_is_called_what_the_company_calls_it_in_the_language_of_the_page() -> None:
    con = world.build()
    con.execute("update accounts set name_zh = '公众号·' || account_id")
    english, chinese = (Reader.of(render(con, world.Settings(language=one), world.AS_OF)).words for one in ("en", "zh"))
    assert "公众号·" not in english
    # the table of accounts shows the folder beside the name; a file is named by its folder; nowhere else
    chinese = re.sub(r"(公众号·(\w+)) \2\b", r"\1", chinese)
    accounts = [
        account
        for (account,) in con.execute(
            "select account_id from accounts anti join (select platform as account_id from accounts) using (account_id)"
        ).fetchall()
    ]
    assert not re.findall(rf"(?<!公众号·)\b(?:{'|'.join(accounts)})\b(?!/)", chinese)


def test_a_company_of_one_account_is_not_told_of_all_1_accounts() -> None:
    con = world.build()
    for table in ("accounts", "kpi_daily", "owned_kpi_daily", "files", "feed_freshness"):
        con.execute(f"delete from {table} where account_id != 'wechat_main'")
    assert "its account is up to date" in Reader.of(render(con, world.Settings(), world.AS_OF)).words
    con.execute("update feed_freshness set is_stale = true, stale_since = date '2026-06-20'")
    con.execute("insert into feed_freshness values ('wechat_main', 'reach', 'counts', date '2026-06-20', true)")
    assert "the account is stale" in Reader.of(render(con, world.Settings(), world.AS_OF)).words


def test_an_account_that_never_delivered_is_not_called_up_to_date() -> None:
    con = world.build()
    con.execute("delete from feed_freshness")
    con.execute("delete from channel_freshness")
    words = Reader.of(render(con, world.Settings(), world.AS_OF)).words
    assert "Feeds all 12 accounts up to date, 1 account has delivered nothing" in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_that_runs_the_other_way_takes_no_number_along(language: str) -> None:
    """In "متجر：2026年6月" a browser would write the year on the other side of the name; a mark that turns letters would turn the line."""
    con = world.build()
    con.execute("update departments set name_en = 'متجر', name_zh = 'متجر', name_es = 'متجر', name_ko = 'متجر'")
    con.execute("update accounts set name_en = 'tea\u202eeat', name_zh = 'tea\u202eeat', name_es = 'tea\u202eeat', name_ko = 'tea\u202eeat'")
    con.execute("update kpi_daily set campaign = 'tea\u2069\u202eeat' where campaign = 'spring_story'")
    text = "".join(Reader.of(render(con, world.Settings(language=language), world.AS_OF)).text)
    for name in ("متجر", "tea\u202eeat"):
        assert text.count(name) == text.count(f"\u2068{name}\u2069") > 0
    assert "\u2068" not in Wording(language, "EUR").account("shop_main")


def test_people_of_two_accounts_are_never_added(page: str) -> None:
    reach = row(page, "Reach")
    assert "9,986 instagram_main" in reach
    assert "6,730 facebook_page" in reach
    assert "16,716" not in page


@pytest.mark.parametrize("how", ["unique", "stock", "ratio", "index"])
def test_what_no_longer_adds_up_is_added_up_nowhere_on_the_page(how: str, page: str) -> None:
    """C07: cards, ledgers and lines read the catalogue's word; with another word the sums they showed are gone, and no new one came."""
    with world.build() as con:
        sums = {f"{n:,.0f}" for (n,) in con.execute(
            """select sum(value) from kpi_daily where metric = 'content_reads' and value is not null
               group by grouping sets ((campaign), (account_id), (date_trunc('month', day)), (date_trunc('month', day), account_id), ())
               having count(distinct day) > 1""").fetchall()}  # fmt: skip
        assert len([n for n in sums if n in page]) >= 2, "the page shows sums of it while it adds up"
        for table in ("kpi_daily", "owned_kpi_daily", "metric_catalogue"):
            con.execute(f"update {table} set aggregation = ? where metric = 'content_reads'", [how])
        con.execute("update scorecard set value = null, missing_reason = 'not_additive' where metric = 'content_reads' and period_kind != 'day'")
        changed = render(con, world.Settings(), world.AS_OF)
    assert [n for n in sums if n in changed] == []


def test_a_percentage_changes_by_points_and_a_limit_is_not_a_goal(page: str) -> None:
    assert "+0.5 pt (better) vs May" in row(page, "Day-7 retention")
    spend = row(page, "Paid spend")
    assert "106 % of the limit 95,000 CNY" in spend
    assert "not met" in spend
    assert "(worse)" in spend


def test_a_metric_that_moved_is_only_with_its_new_owner(page: str) -> None:
    assert page.count('class="t-name">Engagement rate') == 1
    reader = Reader.of(page[page.index('id="reorgs"') :])
    assert "interactive marketing 1 April 2026 Marketing Operations Community work moved beside user operation" in reader.words


def test_owned_metrics_without_a_number_are_named_with_the_reason(page: str) -> None:
    assert "Owned, without a number (not fed yet): Unaided recall" in Reader.of(page).words


def test_what_a_function_inherits_from_the_one_above_is_owned(page: str) -> None:
    """The rules name no owner of the function itself: `function_owners` knows whom it takes from above."""
    con = world.build()
    con.execute("""insert into metric_catalogue select 'lessons', 'ZZ1', 'awareness', 'pr_training', 'lessons', 'x', 'additive', 'up', 1, null, null,
        'Lessons given', '', '', '', ''""")
    assert "Lessons given" not in page
    unowned = Reader.of(render(con, world.Settings(), world.AS_OF)).words
    con.execute("insert into function_owners values ('default', 'pr_training', 'marketing', 'marketing', 'accountable', null, null)")
    owned = Reader.of(render(con, world.Settings(), world.AS_OF)).words
    assert "Lessons given" not in re.findall(r"Owned, without a number[^:]*:([^.]*)", unowned)[0]
    assert "Lessons given" in re.findall(r"Owned, without a number[^:]*:([^.]*)", owned)[0]


def test_a_department_that_only_lends_a_hand_has_a_card_where_a_metric_tells_of_it() -> None:
    con = world.build()
    con.execute("insert into departments values ('default', 'agency', 'marketing', null, null, null, null, 'Agency', '', '', '')")
    con.execute("insert into function_owners values ('default', 'planning', 'agency', 'marketing', 'contributor', null, null)")
    assert "Agency" not in render(con, world.Settings(), world.AS_OF)
    con.execute("insert into function_owners values ('default', 'pr', 'agency', 'marketing', 'contributor', null, null)")
    assert "Agency" in render(con, world.Settings(), world.AS_OF)


def test_a_million_reads_and_no_order_is_nobodys_failure(page: str) -> None:
    part = page[page.index('id="awareness"') : page.index('id="unowned"')]
    words = Reader.of(part).words
    assert "spring story was seen 1,000,000 times and no conversion carries it" in words
    line = next(Reader.of(r).words for r in part.split("<tr ")[1:] if "spring story" in r)
    assert "1,000,000 Content reads 0 conversions n/a (no conversions yet)" in line
    mirror = next(Reader.of(r).words for r in part.split("<tr ")[1:] if "friends coupon" in r)
    assert "10 Content reads 10 conversions" in mirror
    assert "worse" not in part
    assert "failed" not in part.replace("nobody failed", "")
    assert "Added to neither side" in words


@pytest.mark.parametrize(
    "unmeasured",
    ["drop table credit", "update credit set member = 'unattributed' where conversions > 0; delete from feed_freshness where shape = 'touches'"],
)
def test_without_touches_what_a_campaign_led_to_is_not_measured_and_no_zero_is_said(unmeasured: str) -> None:
    """Credit of 0 for every campaign is what the table says of a company that recorded nobody's way to an order, too."""
    con = world.build()
    con.execute(unmeasured)
    html = render(con, world.Settings(), world.AS_OF)
    part = html[html.index('id="awareness"') : html.index('id="way"')]
    line = next(Reader.of(r).words for r in part.split("<tr ")[1:] if "spring story" in r)
    assert "1,000,000 Content reads not measured n/a" in line
    words = Reader.of(part).words
    assert "what campaigns led to is not measured" in words
    assert "measured 0" not in words
    assert "no conversions yet" not in words


def test_campaigns_are_counted_to_the_last_day_shown() -> None:
    """The day of the run is not over: it is in no sum of a period that ends the day before."""
    con = world.build()
    con.execute(
        "insert into kpi_daily (metric, class, account_id, campaign, day, value, unit, aggregation) values ('content_reads', 'awareness', 'zhihu_main', 'spring_story', ?, 7, 'reads', 'additive')",
        [world.AS_OF],
    )
    assert "spring story was seen 1,000,000 times" in Reader.of(render(con, world.Settings(), world.AS_OF)).words


def test_records_of_a_file_that_was_not_read_are_told_as_a_file_only() -> None:
    """Forty-four records quarantined in the table of feeds and seven refused above it were the same night."""
    con = world.build()
    con.execute("update files set quarantined = 0")
    con.execute(
        "update files set quarantined = 3741, status = 'refused', reason = 'cut_file' where source_file = (select min(source_file) from files)"
    )
    html = render(con, world.Settings(), world.AS_OF)
    assert "3,741" not in html[html.index('id="feeds"') : html.index('id="reorgs"')]


def test_unowned_changed_and_refused_are_told(page: str) -> None:
    words = Reader.of(page).words
    assert "1 number has no accountable department: Items published." in words
    assert "The latest 10 of 13." in words
    assert "6,121 CNY 5,931 CNY −3.1 %" in words
    assert "3 records were refused" in words
    assert "kpi quarantine list" in words
    assert "654.38+0 만" in words
    assert "1 of 13 accounts stale, 1 account has delivered nothing, 1 channel silent" in words
    assert "paid_search" in words
    assert "shop_main: stale since 20 June 2026" in words
    assert "1 account has stopped delivering" in words
    assert "zhihu_main stale since 22 June 2026" in words
    assert "nothing received" in words
    assert "8 passed, 1 warned, 0 failed" in words


def test_a_target_still_running_is_neither_met_nor_missed() -> None:
    con = world.build()
    con.execute("update scorecard set period_start = '2026-07-01' where metric = 'orders' and target is not null and period_kind = 'quarter'")
    con.execute("insert into kpi_daily (metric, account_id, day, value) values ('orders', 'shop_main', '2026-07-02', 1)")
    con.execute(
        "update scorecard set period_start = '2026-06-01', target = 90000, attainment = 1.1 where metric = 'orders' and period_kind = 'month' and period_start = '2026-06-01'"
    )
    html = render(con, world.Settings(), dt.date(2026, 7, 3))
    assert "of 7 targets met" in html
    con.execute("update scorecard set target = null, attainment = null where metric = 'orders' and period_kind = 'month'")
    con.execute(
        "update scorecard set target = 2400, attainment = 0.1, period_start = '2026-07-01' where metric = 'orders' and period_kind = 'month' and period_start = '2026-05-01'"
    )
    html = render(con, world.Settings(), dt.date(2026, 7, 3))
    assert "under way" in row(html, "Orders")
    assert "of 6 targets met" in html


def test_a_month_that_began_half_way_is_not_compared_with() -> None:
    html = render(world.build(days=45), world.Settings(), world.AS_OF)
    assert "vs May" not in row(html, "Orders")


# gaps ----------------------------------------------------------------------------


def test_a_missing_day_is_a_gap_and_never_zero() -> None:
    days = [Point(i, None if i in (4, 5) else 10.0, i not in (4, 5)) for i in range(10)]
    tree = ElementTree.fromstring(str(draw(days, SMALL, from_zero=True, title="t", desc="d")))
    line = next(p for p in tree.iter("path") if p.get("class") == "s-line")
    assert line.get("d", "").count("M") == 2
    heights = {pair.split(",")[1] for pair in re.findall(r"[ML]([\d.]+,[\d.]+)", line.get("d", ""))}
    assert len(heights) == 1
    assert sum(p.get("class") == "f-gap" for p in tree.iter("path")) == 1


def test_a_day_on_which_nothing_was_due_is_a_gap_without_blame() -> None:
    days = [Point(i, None if i > 6 else 10.0) for i in range(10)]
    tree = ElementTree.fromstring(str(draw(days, SMALL, from_zero=True, title="t", desc="d")))
    assert not any(p.get("class") == "f-gap" for p in tree.iter("path"))


def test_a_day_between_two_gaps_is_still_seen() -> None:
    days = [Point(i, 3.0 if i not in (2, 4) else None) for i in range(8)]
    tree = ElementTree.fromstring(str(draw(days, SMALL, from_zero=True, title="t", desc="d")))
    assert sum(p.get("class") == "f-line" for p in tree.iter("path")) == 1


def test_a_measured_zero_is_drawn_as_zero() -> None:
    days = [Point(i, 0.0 if i == 5 else 10.0) for i in range(10)]
    tree = ElementTree.fromstring(str(draw(days, SMALL, from_zero=True, title="t", desc="d")))
    line = next(p for p in tree.iter("path") if p.get("class") == "s-line")
    assert line.get("d", "").count("M") == 1
    assert ",34" in line.get("d", "")


def test_one_extraordinary_day_does_not_flatten_the_others() -> None:
    ordinary = [Point(i, 100.0 + i % 7) for i in range(60)]
    assert ceiling(ordinary) is None
    cut = ceiling([*ordinary, Point(60, 1_000_000.0)])
    assert cut is not None
    assert 106 < cut < 1000


def test_the_gap_is_told_to_those_who_do_not_see_it(page: str) -> None:
    assert re.search(r"<title>Daily active users: daily values[^<]*</title><desc>[^<]*Days without a number: 2\.</desc>", page)


def test_a_day_after_a_department_s_term_is_no_gap_of_its() -> None:
    """What moved to another owner is silent in the old one's line; nothing was due there."""
    con = world.build()
    con.execute("delete from function_owners where function in ('user_operation', 'new_media')")
    con.execute("""insert into function_owners values ('default', 'user_operation', 'operations', 'operations', 'accountable', null, '2026-06-04'),
        ('default', 'new_media', 'marketing', 'marketing', 'accountable', null, '2026-06-25')""")
    html = render(con, world.Settings(), world.AS_OF)
    assert re.search(r"<title>Daily active users: daily values[^<]*</title><desc>[^<]*Days without a number: 1\.</desc>", html)
    assert "zhihu_main: 5 days missing" in row(html, "Content reads")


# uncertain -----------------------------------------------------------------------


def section(html: str, name: str) -> str:
    start = html.index(f'<section id="{name}"')
    return Reader.of(re.sub(r"<svg.*?</svg>", "", html[start : html.index("</section>", start)], flags=re.DOTALL)).words


def test_models_disagree_in_the_open_and_their_ranges_are_not_added(page: str) -> None:
    words = section(page, "way")
    assert "5 models divide the same orders of June 2026" in words
    assert "organic social 40 to 66 least: removal effect, order 2; most: last touch, last non-direct touch 12 to 20" in words
    assert "direct 8.3 to 31 least: last non-direct touch; most: house model" in words
    assert "email 3 all models agree" in words
    assert "met nobody" in words
    assert "500" not in words, "registrations are not orders"
    assert "1,0" not in words, "the month before is another month"
    assert "52" not in words, "the lows of two conversion types must not be added"


def test_every_range_of_a_conversion_type_has_one_scale() -> None:
    start = '<section id="way"'
    html = render(world.build(), world.Settings(), world.AS_OF)
    part = html[html.index(start) : html.index('class="assists"')]
    ends = [
        float(d.split("h")[1].split("v")[0]) + float((re.match(r"M(-?[\d.]+)", d) or ["", "0"])[1])
        for d in re.findall(r'<path class="f-dot" d="(M[^"]*)"', part)
    ]
    assert ends, part[:2000]
    assert max(ends) <= 240.5
    # the longest of first orders and the longest of repeat orders both reach the end; nothing else does
    assert sum(e > 239 for e in ends) == 2


def test_what_stands_out_is_an_association_and_the_rest_is_chance(page: str) -> None:
    words = section(page, "followed")
    assert "Association, not cause." in words
    assert "added to any conversion or total" in words
    assert (
        "1 of 2 pairs stands out from chance. Content reads: a usual burst (1,000 more than expected) was followed on day 2 by 50 more in Sessions (between 40 and 70)."
        in words
    )
    assert "beyond chance: day 1–3, 7" in words
    assert "nothing beyond chance" in words
    assert "Without an estimate : Press mentions (not enough days)" in words


def test_a_wide_bridge_still_fits_a_screen_and_keeps_what_was_found() -> None:
    con = world.build()
    con.execute(
        "insert into metric_catalogue by name select 'loud_' || i as metric, 'AA' || i as code, 'Loud ' || i as name_en, 'awareness' as class from range(10, 22) as t (i)"
    )
    con.execute(
        "insert into awareness_bridge select 'loud_' || i, outcome_metric, lag_days, association, low, high, n_days, burst_size, false, null from awareness_bridge, range(10, 22) as t (i) where awareness_metric = 'content_reads'"
    )
    words = section(render(con, world.Settings(), world.AS_OF), "followed")
    assert "1 of 26 pairs stands out" in words
    assert "beyond chance: day 1–3, 7" in words, "what was found is shown although twelve others come first in the catalogue"
    assert "Loud 16" in words
    assert "Loud 17" not in words
    assert "and 10 more" in words


def test_nothing_beyond_chance_is_said_in_one_sentence() -> None:
    con = world.build()
    con.execute("update awareness_bridge set is_distinguishable = false")
    assert "Nothing stands out from chance in any of the 2 pairs looked at." in section(render(con, world.Settings(), world.AS_OF), "followed")
    con.execute("delete from awareness_bridge where association is not null")
    assert "No pair of awareness and outcome can be estimated yet (not enough days)." in section(
        render(con, world.Settings(), world.AS_OF), "followed"
    )


def test_doubtful_numbers_are_told_what_holds_first_and_what_stands_is_not_told_again(page: str) -> None:
    words = section(page, "doubts")
    assert words.index("Paid spend") < words.index("Content reads")
    assert "265,000 CNY where about 2,650 CNY was expected looks like another unit × 100 holds the night" in words
    assert "61,000 where about 9,400 was expected far above its usual told, not changed" in words
    assert "Sessions" not in words, "an old one is in the table, not here"
    assert "Orders" not in words, "somebody let it stand"
    assert "1 was looked at by a person and stands." in words
    assert "douyin and toutiao must not be added: together they have between 48,000 and 62,000 followers on 30 June 2026." in words
    assert "110,000" not in words


def test_a_running_month_is_on_pace_or_behind_in_words() -> None:
    con = world.build()
    con.execute("insert into kpi_daily (metric, account_id, day, value) values ('orders', 'shop_main', '2026-07-10', 1)")
    con.execute(
        """insert into scorecard by name select 'default' as profile, 'operations' as department, metric, 'month' as period_kind, date '2026-07-01' as period_start,
           value, 1240 as target, value / 1240 as attainment, 400 as expected_by_now, value / 400 as pace, value >= 400 as is_on_pace
           from (values ('orders', 310), ('registrations', 450)) as t (metric, value)"""
    )
    html = render(con, world.Settings(), dt.date(2026, 7, 11))
    assert "July so far: 310 · behind (400 expected by now)" in row(html, "Orders")
    assert "July so far: 450 · on pace (400 expected by now)" in row(html, "Registrations")


def test_a_long_list_of_what_is_not_fed_yet_is_folded() -> None:
    con = world.build()
    con.execute(
        "insert into metric_catalogue select 'unfed_' || i, 'ZZ' || i, 'awareness', 'pr', 'articles', 'x', 'additive', 'up', 1, null, null, 'Unfed ' || i, '', '', '', '' from range(7) as t (i)"
    )
    html = render(con, world.Settings(), world.AS_OF)
    assert re.search(r"<details><summary><strong>Owned, without a number</strong> \(not fed yet\): 8</summary>[^<]*Unfed 3", html)


# plain ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_every_part(con: duckdb.DuckDBPyConnection, language: str) -> None:
    html = render(con, world.Settings(language=language), world.AS_OF)
    assert f'<html lang="{language}">' in html
    words = book()["words"]
    for key in ("scorecards", "awareness", "way", "followed", "unowned", "doubts", "overlap", "restated", "quality", "feeds", "reorgs", "glossary"):
        assert words[key][language] in html


def test_every_label_exists_in_every_language_with_the_same_blanks() -> None:
    for section in (key for key in book() if key not in ("layout", "numbers", "dates", "months")):
        for key, entry in book()[section].items():
            assert set(entry) == set(LANGUAGES), key
            blanks = [{b for form in text.split("|") for b in re.findall(r"{(\w+)}", form)} for text in entry.values()]
            assert all(b == blanks[0] for b in blanks), key


def test_numbers_are_spelt_the_way_the_language_does() -> None:
    assert Wording("es", "EUR").amount(1234567.5, "money", "additive") == "1.234.568"
    assert Wording("en", "EUR").spoken(12.5, "money", "additive") == "12.50\u00a0EUR"
    assert Wording("zh", "CNY").percent(0.1234) == "12.3%"
    assert Wording("en", "CNY").amount(23.5, "%", "index") == "23.5 %"
    assert Wording("en", "CNY").amount(0.235, "%", "ratio") == "23.5 %"
    assert Wording("en", "CNY").change(0, 5, "reads", "additive") == "−100 %"


def test_the_month_shown_is_the_last_that_is_complete() -> None:
    def month(first: str, last: str) -> tuple[dt.date, bool]:
        span = Span.of(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
        return span.month, span.complete

    assert month("2026-01-01", "2026-06-30") == (dt.date(2026, 6, 1), True)
    assert month("2026-01-01", "2026-06-29") == (dt.date(2026, 5, 1), True)
    assert month("2025-12-01", "2026-01-15") == (dt.date(2025, 12, 1), True)
    assert month("2026-06-03", "2026-06-20") == (dt.date(2026, 6, 1), False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_company_still_has_a_page(language: str) -> None:
    html = render(world.build(empty=True), world.Settings(language=language), world.AS_OF)
    reader = Reader.of(html)
    assert reader.crossed == []
    for key in (
        "h_empty",
        "restated_none",
        "quality_none",
        "reorgs_none",
        "awareness_none",
        "assists_none",
        "way_none",
        "doubts_none",
        "quarantine_none",
    ):
        assert book()["words"][key][language] in reader.words


@pytest.mark.parametrize(
    "table",
    [
        "credit",
        "credit_disagreement",
        "awareness_bridge",
        "anomalies",
        "follower_overlap",
        "assists",
        "restatements",
        "follower_ledger",
        "files",
        "quarantine",
        "data_quality",
        "accounts",
        "ownership",
    ],
)
def test_any_table_may_be_empty(table: str) -> None:
    con = world.build()
    con.execute(f"delete from {table}")
    assert Reader.of(render(con, world.Settings(), world.AS_OF)).crossed == []


def test_a_profile_without_a_department_of_a_kind_says_so() -> None:
    con = world.build()
    con.execute("delete from departments where kind = 'marketing'")
    assert "No department of this kind in this profile." in render(con, world.Settings(), world.AS_OF)


def test_the_same_database_gives_the_same_bytes(con: duckdb.DuckDBPyConnection, page: str) -> None:
    assert render(con, world.Settings(), world.AS_OF) == page
    assert render(world.build(), world.Settings(), world.AS_OF) == page


def test_python_and_template_name_no_department_or_metric() -> None:
    """Kinds and classes stand in words.yml; a department or metric is only ever read from a table."""
    folder = Path(__file__).resolve().parents[1] / "assets" / "page"
    names = {m[0] for m in world.CATALOGUE} | {d[0] for d in world.DEPARTMENTS} | {o[0] for o in world.OWNERS}
    for path in [*folder.glob("*.py"), *folder.glob("*.j2")]:
        spelt = set(re.findall(r"[\"']([a-z][a-z0-9_]+)[\"']", path.read_text(encoding="utf-8")))
        assert not spelt & names, path.name


# banner --------------------------------------------------------------------------

HELD = Banner("held", "2 numbers have two owners <b>now</b>", "2 July 2026 08:14", "1 day", "kpi status")


def test_the_banner_changes_only_what_is_between_its_marks(page: str) -> None:
    marked = with_status(page, HELD)
    head, tail = page.split(STATUS_OPEN)[0], page.split(STATUS_CLOSE)[1]
    assert marked.startswith(head + STATUS_OPEN)
    assert marked.endswith(STATUS_CLOSE + tail)
    assert "2 numbers have two owners &lt;b&gt;now&lt;/b&gt;" in marked
    assert "held back by a check" in marked
    assert "kpi status" in marked
    assert Reader.of(marked).crossed == []


def test_the_banner_goes_away_again(page: str) -> None:
    failed = Banner("failed", "dbt stopped", "today", "2 days", "kpi doctor")
    assert with_status(with_status(page, HELD), failed) == with_status(page, failed)
    assert with_status(with_status(page, HELD), None) == page


def test_a_reason_that_spells_the_mark_cannot_break_it(page: str) -> None:
    marked = with_status(page, Banner("failed", f"{STATUS_CLOSE}{STATUS_OPEN}", "", "", ""))
    assert with_status(marked, None) == page


def test_the_banner_speaks_the_pages_language(con: duckdb.DuckDBPyConnection) -> None:
    html = render(con, world.Settings(language="zh"), world.AS_OF)
    assert book()["words"]["banner_held"]["zh"] in with_status(html, HELD)


def test_a_page_of_another_make_is_refused() -> None:
    with pytest.raises(ValueError, match="no status line"):
        with_status("<html></html>", None)


# browser -------------------------------------------------------------------------

MEASURE = """<body style="margin:0"><iframe id="f" src="{src}" style="border:0;width:{width}px;height:900px"></iframe><pre id="out"></pre><script>
document.getElementById('f').onload = () => {{
  const d = document.getElementById('f').contentDocument, e = d.documentElement;
  const wide = [...d.querySelectorAll('body *')].filter(n => n.getBoundingClientRect().right > {width} + 1 && !n.closest('.hidden, thead'));
  document.getElementById('out').textContent = 'MEASURED ' + e.scrollWidth + ' ' + d.querySelectorAll('svg').length + ' '
    + (e.scrollHeight > 1500) + ' ' + wide.slice(0, 3).map(n => n.tagName + '.' + n.className).join('|') + ' END';
}};
</script></body>"""


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("chromium is not installed: the page is not opened in a browser")
    return found


def browse(chromium: str, tmp_path: Path, html: str, width: int) -> tuple[int, int, bool, str, str]:
    """Opens the page in a frame of a width; the wrapper's own script measures, for the page has none."""
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(MEASURE.format(src=(tmp_path / "page.html").as_uri(), width=width), encoding="utf-8")
    flags = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--enable-logging=stderr", "--v=0",
        "--virtual-time-budget=4000", f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={max(width, 500)},900", "--dump-dom",
    ]  # fmt: skip
    done = subprocess.run([chromium, *flags, wrapper.as_uri()], capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r"MEASURED (\d+) (\d+) (\w+) (.*?) END</pre>", done.stdout, re.DOTALL)
    assert found, done.stderr[-800:]
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return int(found[1]), int(found[2]), found[3] == "true", found[4], console


@pytest.mark.parametrize("width", [390, 768, 920, 1440])
@pytest.mark.parametrize("kind", ["plain", "hostile"])
def test_a_browser_shows_it_without_overflow_or_complaint(chromium: str, tmp_path: Path, page: str, hostile: str, width: int, kind: str) -> None:
    html = with_status(page, HELD) if kind == "plain" else hostile
    scroll, charts, tall, wide, console = browse(chromium, tmp_path, html, width)
    assert console == ""
    assert wide == ""
    assert scroll <= width
    assert charts > 15
    assert tall


def test_what_a_campaign_cost_is_counted_once_whatever_it_led_to() -> None:
    """Spend stands beside first orders, repeat orders and registrations alike: a page that sums the rows pays three times."""
    from assets.page.ledgers import Ledgers

    con = duckdb.connect()
    con.execute(
        "create table credit (model varchar, conversion_type varchar, dimension varchar, member varchar, month date, conversions double, value decimal(38, 6), spend decimal(38, 6), missing_reason varchar)"
    )
    for kind, conversions, value in [("first_order", 2, 50), ("repeat_order", 1, 25), ("registration", 9, 0)]:
        for month in ("2026-05-01", "2026-06-01"):
            con.execute(
                "insert into credit values ('last_non_direct', ?, 'campaign', 'coupon', ?, ?, ?, 30, null)", [kind, month, conversions, value]
            )
    model, credited = Ledgers(con, "default").credited(Span(dt.date(2026, 4, 1), dt.date(2026, 6, 30), dt.date(2026, 6, 1), True))
    assert model == "last_non_direct"
    assert {key: float(credited["coupon"][key]) for key in ("conversions", "value", "spend")} == {"conversions": 6, "value": 150, "spend": 60}


def test_orders_without_an_exchange_rate_take_no_return_and_no_page_away() -> None:
    """Value without a rate is unknown, not nothing: what is left of it over the whole spend would be a return that nobody had."""
    con = world.build()
    con.execute("update credit set value = null, missing_reason = 'no_rate' where member = 'june_festival'")
    con.execute("update kpi_daily set value = 0 where campaign = 'spring_story'")
    html = render(con, world.Settings(), world.AS_OF)
    line = next(Reader.of(r).words for r in html.split("<tr ")[1:] if "june festival" in r)
    assert "n/a (no exchange rate)" in line


def test_money_without_a_rate_is_told_where_the_sum_stands() -> None:
    con = world.build()
    con.execute("update kpi_daily set value = null, missing_reason = 'no_rate' where metric = 'revenue' and day in ('2026-06-03', '2026-06-04')")
    html = render(con, world.Settings(), world.AS_OF)
    assert "without shop_main: no exchange rate on 2 days" in row(html, "Revenue")
    assert html.index("no exchange rate on 2 days") < html.index('id="scorecards"')


@pytest.mark.parametrize("day", ["2026-05-20", "2026-06-20"])
def test_a_sum_that_lacks_money_without_a_rate_is_compared_with_nothing(page: str, day: str) -> None:
    """A month without its Canadian orders is not a fall of the sales, nor the month after it a rise."""
    assert "vs May" in row(page, "Revenue")
    con = world.build()
    con.execute("update kpi_daily set value = null, missing_reason = 'no_rate' where metric = 'revenue' and day = ?", [day])
    html = render(con, world.Settings(), world.AS_OF)
    assert "vs May" not in row(html, "Revenue")
    assert "vs May" in row(html, "Orders")


def test_the_day_of_the_run_is_not_the_newest_day() -> None:
    con = world.build()
    con.execute("insert into kpi_daily (metric, account_id, day, value) values ('orders', 'shop_main', ?, 1)", [world.AS_OF])
    words = Reader.of(render(con, world.Settings(), world.AS_OF)).words
    assert "Data through 30 June 2026" in words


def test_the_target_that_was_missed_most_is_named_with_its_department(page: str) -> None:
    assert "targets met. Furthest off: " in Reader.of(page).words


def test_a_month_too_young_for_its_cohorts_shows_the_one_before() -> None:
    """Of the last day alone a handful of people would speak for a department."""
    con = world.build()
    con.execute("update metric_catalogue set grain = 'cohort/day' where metric = 'retention_d7'")
    con.execute("update scorecard set value = null where metric = 'retention_d7' and period_kind = 'month' and period_start = '2026-06-01'")
    assert "May 2026" in row(render(con, world.Settings(), world.AS_OF), "Day-7 retention")


@pytest.mark.parametrize("seed", range(12))
def test_whatever_part_of_the_numbers_is_there_a_page_comes_of_it(seed: int) -> None:
    """A company may feed two metrics, one account, three days or a profile without departments: no night may fail for its page."""
    with world.build() as con:
        kept_days = [180, 40, 8, 3, 1][seed % 5]
        con.execute("set variable newest = (select max(day) from kpi_daily)")
        con.execute(f"set variable oldest = (select getvariable('newest') - {kept_days})")
        for table in ("kpi_daily", "owned_kpi_daily", "scorecard"):
            con.execute(f"delete from {table} where hash(metric || '{seed}') % 3 < {seed % 3}")
        for table in ("kpi_daily", "owned_kpi_daily"):
            con.execute(f"delete from {table} where day <= getvariable('oldest') or hash(account_id || '{seed}') % 4 < {seed % 2}")
        con.execute("delete from scorecard where period_start <= getvariable('oldest') - 31")
        for number, table in enumerate(
            (
                "credit",
                "assists",
                "restatements",
                "follower_ledger",
                "quarantine",
                "data_quality",
                "departments",
                "ownership",
                "credit_disagreement",
                "awareness_bridge",
                "anomalies",
                "follower_overlap",
            )
        ):
            if (seed >> number % 4) & 1:
                con.execute(f"delete from {table}")
        html = render(con, world.Settings(), world.AS_OF)
    assert not Reader.of(html).crossed

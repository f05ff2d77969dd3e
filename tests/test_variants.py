"""The same exports as other people really have them: other presets, languages, spreadsheets and second downloads.

Each is read to the numbers written beside it, or refused with a reason that says what to do.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from tests.test_adapters_social import INTAKE, OWN, read, rows_of


@dataclass(frozen=True)
class Variant:
    what: str
    account: str
    name: str
    text: str
    sums: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    reason: str | None = None
    # Rules of the records that are set aside, and a part of the sentence that people get.
    rules: tuple[str, ...] = ()
    says: str = ""


META = "Post ID,Publish time,Date,{}\n7001,01/02/2026 10:00,Lifetime,{}\n"
VARIANTS = [
    Variant("YouTube, English, two metrics", "youtube", "Totals (1).csv", "Date,Views,Shares\n2026-01-01,5,1\n",
            {"video_plays": "5", "social_shares": "1"}),
    Variant("YouTube, German with semicolons and soft hyphens in cp1252", "youtube", "Gesamtwerte.csv",
            "Datum;Auf\u00adrufe\n2026-01-01;5\n", {"video_plays": "5"}, "cp1252"),
    Variant("YouTube, Spanish", "youtube", "Totales.csv", "Fecha,Visualizaciones\n2026-01-01,5\n", {"video_plays": "5"}),
    Variant("YouTube, trailing empty columns", "youtube", "Totals.csv", "Date,Views,,\n2026-01-01,5,,\n", {"video_plays": "5"}),
    Variant("YouTube, all parts of engagement", "youtube", "Totals.csv", "Date,Likes,Comments added,Shares\n2026-01-01,9,2,1\n",
            {"social_engagements": "12", "social_shares": "1"}),
    Variant("YouTube, likes taken back", "youtube", "Totals.csv", "Date,Likes,Comments added,Shares\n2026-01-01,-3,2,1\n",
            {"social_engagements": "0", "social_shares": "1"}),
    Variant("YouTube, likes without their fellows", "youtube", "Totals.csv", "Date,Views,Likes\n2026-01-01,5,9\n",
            {"video_plays": "5"}, says="missing: Comments added, Shares"),
    Variant("YouTube, an unknown column", "youtube", "Totals.csv", "Date,Views,Hype\n2026-01-01,5,1\n", {"video_plays": "5"}, says="Hype"),
    Variant("YouTube, days that Excel turned round", "youtube", "Totals.csv", "Date,Views\n13-06-2025,5\n", {"video_plays": "5"}),
    Variant("YouTube, days that may be turned either way", "youtube", "Totals.csv", "Date,Views\n3/4/2025,5\n", reason="day_order", says="'Date'"),
    Variant("YouTube, a table without days", "youtube", "Table data (2).csv", "Geography,Views\nTotal,9\nDE,9\n", reason="no_day",
            says="Totals.csv"),
    Variant("YouTube, five days that rise as days do", "youtube", "Totals.csv",
            "Date,Views\n2026-01-01,900\n2026-01-02,940\n2026-01-03,1000\n2026-01-04,1100\n2026-01-05,1300\n", {"video_plays": "5240"}),
    Variant("YouTube, a quiet week without a change", "youtube", "Totals.csv",
            "Date,Views\n2026-01-01,2\n2026-01-02,2\n2026-01-03,2\n2026-01-04,2\n2026-01-05,2\n", {"video_plays": "10"}),
    Variant("YouTube, German subscribers", "youtube", "Tabellendaten.csv", "Datum,Gewonnene Abonnenten,Verlorene Abonnenten\n2026-01-01,5,1\n",
            {"followers_gained": "5", "followers_lost": "1"}),
    Variant("YouTube, a counter that somebody wrote down by day", "youtube", "channel.csv",
            "Date,Subscribers,Views\n2026-01-01,500,90000\n2026-01-02,501,90800\n2026-01-03,503,91200\n2026-01-04,503,92000\n2026-01-05,504,93100\n",
            reason="no_day", says="since the beginning"),
    Variant("Instagram, all parts", "instagram", "Jan.csv", META.format("Views,Likes,Shares,Comments,Saves", "50,1,2,3,4"),
            {"impressions_total": "50", "social_shares": "2", "social_engagements": "10"}),
    Variant("Instagram, a preset without saves", "instagram", "Jan.csv", META.format("Views,Likes,Shares,Comments", "50,1,2,3"),
            {"impressions_total": "50", "social_shares": "2"}, says="missing: Saves"),
    Variant("Instagram, Excel with semicolons", "instagram", "Jan.csv",
            META.format("Views,Likes", "50,1").replace(",", ";"), {"impressions_total": "50"}),
    Variant("Facebook, the sum in the file", "facebook", "Jan.csv",
            META.format('Views,"Reactions, Comments and Shares",Reactions,Comments,Shares', "50,9,1,2,3"),
            {"impressions_total": "50", "social_shares": "3", "social_engagements": "9"}),
    Variant("Facebook, the sum left out", "facebook", "Jan.csv", META.format("Views,Reactions,Comments,Shares", "50,1,2,3"),
            {"impressions_total": "50", "social_shares": "3", "social_engagements": "6"}),
    Variant("Facebook, Views twice and alike", "facebook", "Jan.csv", META.format("Views,Views", "50,50"), {"impressions_total": "50"}),
    Variant("Facebook, Views twice and different", "facebook", "Jan.csv", META.format("Views,Views", "50,51"),
            rules=("columns_disagree",), says="'Views' (column 4) and 'Views' (column 5)"),
    Variant("Meta series, a second download", "facebook", "Reach (1).csv", 'sep=,\n"Facebook reach"\n"Date","Primary"\n"2026-01-01T00:00:00","5"\n',
            {"reach_unique": "5"}, "utf-16"),
    Variant("Meta series, Italian, re-saved in an English Excel", "instagram", "Copertura.csv", "Copertura,\nData,Primary\n1/5/2026,5\n1/13/2026,6\n",
            {"reach_unique": "11"}),
    Variant("Meta series of the other network", "facebook", "Reach.csv", 'sep=,\n"Instagram reach"\n"Date","Primary"\n"2026-01-01T00:00:00","5"\n',
            encoding="utf-16", reason="other_platform"),
    Variant("X, only some columns", "x", "account_overview_analytics (3).csv",
            'Date,Impressions,New follows,Reposts,Shares\n"Tue, Aug 26, 2025",5,1,2,3\n',
            {"impressions_total": "5", "followers_gained": "1", "social_shares": "5"}),
    Variant("LinkedIn, re-saved as CSV with semicolons", "linkedin", "followers.csv",
            "Date;Sponsored followers;Organic followers;Auto-invited followers;Total followers\n01/31/2026;0;5;0;5\n", {"followers_gained": "5"}),
    Variant("LinkedIn, a day taken back", "linkedin", "updates.csv",
            "Date,Impressions (organic),Reactions (total),Comments (total),Reposts (total)\n01/30/2026,5,-1,0,0\n",
            {"impressions_organic": "5", "social_shares": "0", "social_engagements": "-1"}),
    Variant("LinkedIn, day and month turned round", "linkedin", "followers.csv",
            "Date,Organic followers,Total followers\n31/01/2026,5,5\n", {"followers_gained": "5"}),
    Variant("LinkedIn, three days in the order of the day, and no run in LinkedIn's own", "linkedin", "followers.csv",
            "Date,Organic followers,Total followers\n02/02/2025,5,5\n03/02/2025,6,6\n04/02/2025,7,7\n", {"followers_gained": "18"}),
    Variant("LinkedIn, the first days of a January or the firsts of months", "linkedin", "followers.csv",
            "Date,Organic followers,Total followers\n01/01/2025,5,5\n02/01/2025,6,6\n03/01/2025,7,7\n", reason="day_order", says="'Date'"),
    Variant("LinkedIn, two days as LinkedIn writes them", "linkedin", "followers.csv",
            "Date,Organic followers,Total followers\n01/02/2025,5,5\n01/03/2025,6,6\n", {"followers_gained": "11"}),
    Variant("LinkedIn, days in both orders", "linkedin", "followers.csv",
            "Date,Organic followers,Total followers\n31/01/2025,5,5\n01/30/2025,6,6\n", reason="day_order", says="others the month"),
    Variant("TikTok, days without a year", "tiktok", "Overview.csv", '"Date","Video Views"\n"January 30","5"\n',
            rules=("no_year",), says="export it with years"),
    Variant("TikTok, the window in the name", "tiktok", "Overview_2026-01-01_2026-01-31.csv", '"Date","Video Views"\n"January 30","5"\n',
            {"video_plays": "5"}),
    Variant("TikTok, business suite without comments", "tiktok", "o.csv", "Date,Video views,Likes,Shares\n2026/01/30,5,1,2\n",
            {"video_plays": "5", "social_shares": "2"}, says="missing: Comments"),
    Variant("WeChat, back-office CSV in GB18030", "wechat", "用户分析.csv", "时间,新关注人数,取消关注人数\n2026-01-30,5,1\n",
            {"followers_gained": "5", "followers_lost": "1"}, "gb18030"),
    Variant("WeChat, Excel with semicolons", "wechat", "用户分析.csv", "时间;新关注人数;累计关注人数\n2026/01/30;5;1,204\n",
            {"followers_gained": "5", "followers_total": "1204"}),
    Variant("WeChat, the API's nested answer, two days of one article", "wechat", "t.json",
            '{"list": [{"ref_date": "2026-01-29", "msgid": "1_1", "title": "a", "details": ['
            '{"stat_date": "2026-01-29", "int_page_read_count": 5, "share_count": 1, "add_to_fav_count": 1},'
            '{"stat_date": "2026-01-30", "int_page_read_count": 8, "share_count": 1, "add_to_fav_count": 2}]}]}',
            {"content_reads": "13", "social_shares": "2", "social_engagements": "5"}),
    Variant("Douyin, older headings", "douyin", "作品列表.csv",
            "作品名称,发布时间,播放量,点赞,评论,分享,收藏\na,2026-01-10 20:00:00,1.2万,5,1,2,3\n",
            {"video_plays": "12000", "social_shares": "2", "social_engagements": "11"}),
    Variant("Xiaohongshu, a list without keeps", "xiaohongshu", "笔记.csv",
            "笔记标题,首次发布时间,曝光,观看量,点赞,评论,分享\na,2026年01月24日17时33分05秒,9,8,1,2,3\n",
            {"impressions_total": "9", "content_reads": "8", "social_shares": "3"}, says="missing: 收藏"),
    Variant("Zhihu, only reads and shares", "zhihu", "日报表.xls", "日期,阅读,分享\n2026/01/30,5,1\n",
            {"content_reads": "5", "social_shares": "1"}, says="social_engagements not summed"),
    Variant("Weibo, the parts without the sum", "weibo", "日.csv", "日期,阅读数,转发数,评论数,点赞数\n2026-01-30,3.4万,1,2,3\n",
            {"content_reads": "34000", "social_shares": "1", "social_engagements": "6"}, "gb18030"),
    Variant("Toutiao, full-width brackets", "toutiao", "数据趋势.csv",
            "时间,展现量,阅读（播放）量,点赞量,评论量,收藏量,分享量\n累计,9,9,9,9,9,9\n2026-01-30,5,4,1,1,1,1\n",
            {"impressions_total": "5", "content_reads": "4", "social_shares": "1", "social_engagements": "4"}),
    Variant("Meta Ads, Spanish", "shop", "informe.csv",
            'Día,Nombre de la campaña,Importe gastado (EUR),Impresiones\n2026-01-05,Primavera,"1,250.50",48\n',
            {"paid_spend": "1250.5", "paid_impressions": "48"}),
    Variant("Meta Ads, German from Excel, with decimal commas", "shop", "Bericht.csv",
            "Tag;Kampagnenname;Ausgegebener Betrag (EUR)\n2026-01-05;Frühling;12,50\n2026-01-06;Frühling;1.234,567\n", {"paid_spend": "1247.067"}),
    Variant("Meta Ads, decimal commas beside what may be thousands", "shop", "Bericht.csv",
            "Tag;Kampagnenname;Ausgegebener Betrag (EUR)\n2026-01-05;Frühling;12,5\n2026-01-06;Frühling;12,345\n",
            reason="number_marks", says="whether '12,345' in column 'Ausgegebener Betrag (EUR)' is thousands"),
    Variant("Meta Ads, both marks as the decimal one", "shop", "Bericht.csv",
            "Tag;Kampagnenname;Ausgegebener Betrag (EUR)\n2026-01-05;A;12,5\n2026-01-06;A;12.5\n", {"paid_spend": "12.5"}, rules=("not_a_number",)),
    Variant("Our own format takes no decimal comma", "shop", "counts_x.csv",
            "metric,day,value\npaid_spend,2026-01-05,\"12,5\"\n", rules=("not_a_number",)),
    Variant("Meta Ads, the currency under another name", "shop", "r.csv",
            "Day,Campaign name,Amount spent,Account currency\n2026-01-05,A,12.50,USD\n", {"paid_spend": "12.5"}),
    Variant("Meta series, a title in a language that no map knows", "instagram", "Reichweite.csv",
            'sep=,\n"Instagram-Reichweite"\n"Datum","Primary"\n"2026-01-01T00:00:00","5"\n', encoding="utf-16", reason="no_metric",
            says="in English"),
    Variant("Meta Ads, no breakdown by day, one day", "shop", "r.csv",
            '"Reporting starts","Reporting ends","Campaign name","Amount spent (USD)",Impressions\n'
            '2026-01-05,2026-01-05,,12.50,7\n2026-01-05,2026-01-05,A,12.50,7\n',
            {"paid_spend": "12.5", "paid_impressions": "7"}),
    Variant("Meta Ads, no breakdown by day, a week", "shop", "r.csv",
            '"Reporting starts","Reporting ends","Campaign name","Amount spent (USD)"\n2026-01-05,2026-01-11,A,12.50\n',
            rules=("no_day",), says="day by day"),
    Variant("Google Ads, German numbers", "shop", "Bericht.csv", 'Tag,Kampagne,Währungscode,Kosten,Impr.\n05.01.2026,A,EUR,"1.234,50","12.345"\n',
            {"paid_spend": "1234.5", "paid_impressions": "12345"}),
]  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.what)
def test_an_export_as_somebody_else_has_it(variant: Variant) -> None:
    raw = variant.text.encode(variant.encoding)
    landed = read(OWN / "unused", variant.account, variant.name, raw=raw)
    found: dict[str, Decimal] = {}
    for metric, _, value, *_ in rows_of(landed):
        found[metric] = found.get(metric, Decimal(0)) + value
    told = f"{landed.status} {landed.reason} {landed.message}"
    assert landed.reason == variant.reason, told
    assert found == {metric: Decimal(value) for metric, value in variant.sums.items()}, told
    if variant.reason is None:
        assert tuple(landed.quarantine["rule"].to_list()) == variant.rules, told
    assert variant.says in f"{told} {landed.quarantine['reason'].to_list()}"


def zipped(name: str, text: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, text)
    return target.getvalue()


GSC = "Date,Clicks,Impressions,CTR,Position\n2026-01-05,1,9,0.1,3\n"
NAMED = [
    ("youtube", "Content 2026-01-01_2026-02-01 Moonwell Tea (1).zip", zipped("Totals.csv", "Date,Views\n2026-01-05,9\n"), "Moonwell Tea"),
    ("youtube", "Totals.csv", b"Date,Views\n2026-01-05,9\n", None),
    ("web", "https___www.moonwell.example_-Performance-on-Search-2026-02-01.zip", zipped("Chart.csv", GSC), "https___www.moonwell.example"),
    ("web", "Chart.csv", GSC.encode(), None),
    ("linkedin", "moon_well_followers_1769990000.csv", b"Date,Organic followers,Total followers\n01/31/2026,5,5\n", "moon_well"),
    ("tiktok", "Overview_2026-01-01_1769860800_moonwell.csv", b'"Date","Video Views"\n"January 30","5"\n', "moonwell"),
    ("tiktok", "Overview_2026-01-01_2026-01-31.csv", b'"Date","Video Views"\n"January 30","5"\n', None),
    ("x", "daily_tweet_activity_metrics_moon_well_20260101_20260201_en.csv", b"Date,impressions,engagements,retweets\n2026-01-05,9,1,0", "moon_well"),
    ("ga4", "data-export.csv", b"# ---\n# Property: Moonwell\n# ---\nDate,Sessions\n20260105,9\n", "Moonwell"),
]  # fmt: skip


@pytest.mark.parametrize(("account", "name", "raw", "whose"), NAMED, ids=lambda said: said if isinstance(said, str) else "")
def test_an_export_that_names_its_channel_page_or_property(account: str, name: str, raw: bytes, whose: str | None) -> None:
    landed = read(OWN / "unused", account, name, raw=raw)
    assert landed.status == "accepted", landed.message
    assert landed.whose == [one for one in [whose] if one]


def test_there_are_many_and_every_account_is_known() -> None:
    assert len(VARIANTS) >= 30
    assert {variant.account for variant in VARIANTS} <= set(INTAKE.accounts)

"""Every kind of export that one account really gets, rendered from one world of which all numbers are known.

Belongs here: the world, and how each kind spells a part of it. Never here: what may come of two of them together (test_pairs).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any

FIRST = date(2026, 1, 1)
CAMPAIGNS = ("Spring", "Tea")


@dataclass(frozen=True)
class Truth:
    """What happened: every number of a day is four numbers, of two things (campaigns, or what is listed as posts and what is not) by two parts."""

    seed: str

    def number(self, name: str, day: int, thing: int | None = None, part: int | None = None) -> int:
        if name == "acts":
            return sum(self.number(act, day, thing, part) for act in ("likes", "comments", "shares"))
        cells = [cell for cell in product((0, 1), (0, 1)) if thing in (None, cell[0]) and part in (None, cell[1])]
        # the first thing is most of all: twice is more than everything
        return sum((zlib.crc32(f"{self.seed} {name} {day} {cell}".encode()) % 90 + 10) * (1 if cell[0] else 10) for cell in cells)

    def until(self, name: str, day: int, thing: int | None = None, part: int | None = None) -> int:
        return sum(self.number(name, earlier, thing, part) for earlier in range(1, day + 1))


class Here(dict[str, Any]):
    """What a place of a row may say: the world's numbers there, by name."""

    def __init__(self, truth: Truth, day: int, thing: int | None = None, part: int | None = None, until: bool = False) -> None:
        at = FIRST + timedelta(days=day - 1)
        super().__init__(
            day=at, us=f"{at:%m/%d/%Y}", long=f"{at:%a, %b %d, %Y}", month=f"{at:%B} {at.day}",
            id=f"{zlib.crc32(truth.seed.encode())}{part}", campaign=CAMPAIGNS[thing or 0], thing=thing, part=part,
        )  # fmt: skip
        self._number = lambda name: (truth.until if until else truth.number)(name, day, thing, part)

    def __missing__(self, name: str) -> Any:
        return self._number(name)


@dataclass(frozen=True)
class Kind:
    """One kind of export: its header, and a row for each day, post, part or campaign; members are how it calls the parts."""

    platform: str
    name: str
    header: str
    row: str
    of: str = "day"
    members: tuple[str, str] = ("", "")
    above: str = ""
    encoding: str = "utf-8"

    @property
    def is_whole(self) -> bool:
        """Whether its own numbers add up to the account's."""
        return "post" not in self.of

    @property
    def is_counter(self) -> bool:
        return self.of == "post"

    def file(self, truth: Truth, first: int, last: int, received: int) -> tuple[str, bytes]:
        """The file of the days from first to last, or of the counters on the day before it was received."""
        rows = (self.row.format_map(here) for here in self._places(truth, first, last, received))
        place = {name: FIRST + timedelta(days=day - 1) for name, day in (("start", first), ("end", last), ("received", received))}
        text = self.above.format(**place) + "\n".join([self.header, *rows]) + "\n"
        return self.name.format(**place), text.encode(self.encoding)

    def _places(self, truth: Truth, first: int, last: int, received: int) -> Iterator[Here]:
        if self.is_counter:
            yield from (Here(truth, received - 1, 0, part, until=True) for part in (0, 1))
            return
        for day in range(first, last + 1):
            for thing in (0, 1) if "campaign" in self.of else (0,) if "post" in self.of else (None,):
                for part in (0, 1) if self.of != "day" and self.of != "campaign day" else (None,):
                    here = Here(truth, day, thing, part)
                    here["member"] = self.members[part or 0]
                    yield here


RULE = "# ----------------------------------------"
GA4 = f"{RULE}\n# Report\n# Account: A\n# Property: B\n{RULE}\n#\n# All Users\n# Start date: {{start:%Y%m%d}}\n# End date: {{end:%Y%m%d}}\n"
POSTS_OF_DAYS, PARTS_OF_DAYS, CAMPAIGNS_OF_DAYS, PARTS_OF_CAMPAIGNS = "post day", "part day", "campaign day", "campaign part day"

KINDS = [
    Kind("youtube", "Totals.csv", "Date,Views,Likes,Comments added,Shares", "{day},{views},{likes},{comments},{shares}"),
    Kind("youtube", "Gesamtwerte.csv", "Datum;Aufrufe", "{day:%d-%b-%y};{views}"),
    Kind("youtube", "Chart data.csv", "Date,Content,Video title,Views", "{day},v{id},T,{views}", POSTS_OF_DAYS),
    Kind("youtube", "Chart data by source.csv", "Date,Traffic source,Views", "{day},{member},{views}", PARTS_OF_DAYS, ("Search", "External")),
    Kind("youtube", "Diagrammdaten.csv", "Datum,Zugriffsquelle,Aufrufe", "{day},{member},{views}", PARTS_OF_DAYS, ("Suche", "Extern")),
    Kind("facebook", "Views.csv", '"Date","Primary"', '"{day}T00:00:00","{seen}"', above='sep=,\n"Facebook views"\n', encoding="utf-16"),
    Kind("facebook", "Interactions.csv", '"Date","Primary"', '"{day}T00:00:00","{acts}"', above='sep=,\n"Interactions"\n', encoding="utf-16"),
    Kind("facebook", "page.csv", "date,page_fan_adds,page_impressions", "{day} 08:00:00,1,{seen}"),
    Kind("facebook", "content.csv", "Post ID,Date,Views,Reactions,Comments,Shares", "12{id},Lifetime,{seen},{likes},{comments},{shares}", "post"),
    Kind("facebook", "videos.csv", "Video asset ID,Date,3-second video views,Reactions,Comments,Shares",
         "88{id},Lifetime,{views},{likes},{comments},{shares}", "post"),
    Kind("facebook", "insights.csv", "Post ID,Permalink,Lifetime Post Total Impressions\n,,described", "51_12{id},x,{seen}", "post"),
    Kind("facebook", "loaded.csv", "date,post_id,post_impressions,post_video_views", "{day} 08:00:00,51_12{id},{seen},{views}", "post"),
    Kind("x", "tweets_20260101_{received:%Y%m%d}.csv", "Tweet id,impressions,engagements,retweets", "13{id},{seen},{acts},{shares}", "post"),
    Kind("x", "daily.csv", "Date,impressions,engagements,retweets", "{day},{seen},{acts},{shares}"),
    Kind("x", "organic.csv", "date,organic_tweet_id,placement,impressions,engagements,retweets",
         "{day}T08:00:00,13{id},ALL,{seen},{acts},{shares}", POSTS_OF_DAYS),
    Kind("linkedin", "content.csv", "Date,Impressions (total),Impressions (organic)", "{us},{seen},{seen}"),
    Kind("linkedin", "posts.csv", "Post link,Impressions,Likes,Comments,Reposts", "https://in/7{id},{seen},{likes},{comments},{shares}", "post"),
    Kind("linkedin", "shares.csv", "_fivetran_synced,_share_entity_urn,impression_count,like_count,comment_count,share_count",
         "{day} 05:00:00,urn:li:share:8{id},{seen},{likes},{comments},{shares}", "post"),
    Kind("tiktok", "Overview_{start}_{end}.csv", "Date,Video Views,Likes,Comments,Shares", "{month},{views},{likes},{comments},{shares}"),
    Kind("tiktok", "Content.csv", "Video link,Total views,Total likes,Total comments,Total shares",
         "https://tt/{id},{views},{likes},{comments},{shares}", "post"),
    Kind("wechat", "内容分析.csv", "内容标题,总阅读次数,总分享次数,内容url", "一,{reads},{shares},http://mp/s?mid={id}", "post"),
    Kind("wechat", "total.csv", "stat_date,msgid,int_page_read_count,share_count,add_to_fav_count", "{day},1{id}_1,{reads},{shares},0", "post"),
    Kind("weibo", "博文.csv", "发布时间,微博内容,阅读数,转评赞数,URL", "x,y,{reads},{acts},https://weibo.com/18/P{id}", "post"),
    Kind("weibo", "1800000008.csv", "bid,正文,点赞数,评论数,转发数", "P{id},x,{likes},{comments},{shares}", "post"),
    Kind("weibo", "每日趋势.csv", "日期,阅读数,转评赞数", "{day},{reads},{acts}"),
    Kind("douyin", "数据表现.csv", "日期,总播放量,总分享量", "{day},{views},{shares}"),
    Kind("douyin", "作品列表.csv", "作品名称,发布时间,播放量,分享量", "x,2026-01-01 10:00:0{part},{views},{shares}", "post"),
    Kind("ga4", "by date.csv", "Date,Sessions", "{day:%Y%m%d},{visits}", above=GA4),
    Kind("ga4", "by country.csv", "Country,Date,Sessions", "{member},{day:%Y%m%d},{visits}", PARTS_OF_DAYS, ("Germany", "Spain"), GA4),
    Kind("ga4", "nach Land.csv", "Country,Datum,Sitzungen", "{member},{day:%Y%m%d},{visits}", PARTS_OF_DAYS, ("Deutschland", "Spanien"), GA4),
    Kind("ga4", "by channel.csv", "Session source,Date,Sessions", "{member},{day:%Y%m%d},{visits}", PARTS_OF_DAYS, ("google", "bing"), GA4),
    Kind("google_play", "overview.csv", "Date,Package Name,Daily Device Installs", "{day},com.x,{installs}"),
    Kind("google_play", "country.csv", "Date,Package Name,Country,Daily Device Installs",
         "{day},com.x,{member},{installs}", PARTS_OF_DAYS, ("DE", "US")),
    Kind("app_store", "chart.csv", "Date,Total Downloads", "{day},{installs}", above="Name,M\nStart Date,x\nEnd Date,y\n\n"),
    Kind("app_store", "downloads.csv", "Date,App Apple Identifier,Download Type,Device,Counts",
         "{day},1001,Redownload,{member},{installs}", PARTS_OF_DAYS, ("iPhone", "iPad")),
    Kind("google_ads", "account.csv", "Day,Currency code,Cost,Impr.", "{day},CNY,{spend},{shown}"),
    Kind("google_ads", "campaigns.csv", "Day,Campaign,Currency code,Cost,Impr.", "{day},{campaign},CNY,{spend},{shown}", CAMPAIGNS_OF_DAYS),
    Kind("google_ads", "renamed.csv", "Day,Campaign,Currency code,Cost,Impr.", "{day},{campaign} 26,CNY,{spend},{shown}", CAMPAIGNS_OF_DAYS),
    Kind("google_ads", "Geräte.csv", "Tag,Kampagne,Gerät,Währungscode,Kosten,Impr.",
         '{day:%d.%m.%Y},{campaign},{member},CNY,"{spend},00",{shown}', PARTS_OF_CAMPAIGNS, ("Smartphones", "Computer")),
    Kind("google_ads", "devices.csv", "Day,Campaign,Device,Currency code,Cost,Impr.",
         "{day},{campaign},{member},CNY,{spend},{shown}", PARTS_OF_CAMPAIGNS, ("Mobile phones", "Computers")),
    Kind("meta_ads", "account.csv", "Day,Amount spent (CNY),Impressions", "{day},{spend},{shown}"),
    Kind("meta_ads", "campaigns.csv", "Day,Campaign name,Amount spent (CNY),Impressions", "{day},{campaign},{spend},{shown}", CAMPAIGNS_OF_DAYS),
    Kind("meta_ads", "campañas.csv", "Día,Nombre de la campaña,Importe gastado (CNY)", "{day},{campaign} ahora,{spend}", CAMPAIGNS_OF_DAYS),
    Kind("meta_ads", "sexo.csv", "Día,Nombre de la campaña,Sexo,Importe gastado (CNY)",
         "{day},{campaign},{member},{spend}", PARTS_OF_CAMPAIGNS, ("Mujeres", "Hombres")),
    Kind("meta_ads", "gender.csv", "Day,Campaign name,Gender,Amount spent (CNY)",
         "{day},{campaign},{member},{spend}", PARTS_OF_CAMPAIGNS, ("female", "male")),
]  # fmt: skip

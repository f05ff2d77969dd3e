"""The ownership page: who owns what since when, in the company's words, as a head of department reads it.

Belongs here: what the published page says of a split worked out by hand, and that it is safe and fits a desk and a phone.
Never here: whether the split is right, the leadership page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.page.ownership import render_ownership
from assets.versions import put_in_place
from tests import page_world
from tests.organisations import OWNERSHIP, shared
from tests.test_page import Reader, browse, chromium
from tests.worlds import World

__all__ = ["chromium"]  # a fixture

DATED = [
    OWNERSHIP,
    "default,new_media,operations,accountable,,,2026-02-01,founded inside operations,general manager",
    "default,new_media,marketing,accountable,,2026-02-01,2026-09-01,marketing has people for it,general manager",
    "default,new_media,operations,accountable,,2026-09-01,,back to where it began,the board",
    "default,fan_conversion,operations,accountable,,,,,",
    "default,fan_conversion,marketing,contributor,,,,brings the fans,",
    "default,social_service,service,accountable,,,2026-01-01,closed,general manager",
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return shared(tmp_path_factory)


def opened(world: World, evil: str = "") -> duckdb.DuckDBPyConnection:
    """The published tables in memory, with the company's dated rows in force and, if asked, every name trying to be code."""
    con = duckdb.connect()
    quoted = str(world.paths.database).replace("'", "''")
    con.execute(f"attach '{quoted}' as was (read_only)")
    for table in ("departments", "functions", "metric_catalogue", "class_rules", "published_version", "missing_reasons"):
        con.execute(f"create table {table} as select * from was.{table}")
    con.execute("create table function_owners as select * from was.function_owners where not (profile = 'default' and "
                "function in ('new_media', 'fan_conversion', 'social_service'))")  # fmt: skip
    for at, line in enumerate(DATED[1:], start=2):
        cells: list[Any] = [cell or None for cell in line.split(",")]
        reason = f"{cells[7]}{evil}" if cells[7] else None
        con.execute(
            "insert into function_owners by name select ? as ownership_rule, ? as profile, ? as function, ? as department, ? as role, "
            "cast(? as double) as share, cast(? as date) as valid_from, cast(? as date) as valid_to, ? as reason, ? as approved_by, "
            "? as department_kind",
            [f"company/ownership.csv:{at}{evil}", *cells[:7], reason, cells[8], cells[2]],
        )
    if evil:
        for table in ("departments", "functions", "metric_catalogue"):
            con.execute(f"update {table} set name_en = name_en || ?, name_zh = name_zh || ?", [evil, evil])
    con.execute("detach was")
    return con


def page(world: World, language: str = "en", evil: str = "") -> str:
    with opened(world, evil) as con:
        settings = page_world.Settings(name=f"Lantern{evil}", language=language)
        return render_ownership(con, settings, world.as_of)


def section(html: str, heading: str) -> str:
    """The words under a heading of the company's own profile, up to the next one."""
    own = html[html.index('<section id="p1"') :]
    found = re.search(rf"<h3>{heading}</h3>(.*?)(<h3>|</section>)", own, re.DOTALL)
    assert found, heading
    return Reader.of(found[1]).words


def owned(html: str, department: str, function: str) -> str:
    own = html[html.index('<section id="p1"') :]
    table = re.search(rf"<h4>{department}<.*?</table>", own, re.DOTALL)
    assert table, department
    rows = [Reader.of(row).words for row in re.findall(r"<tr.*?</tr>", table[0], re.DOTALL)]
    found = [row for row in rows if row.strip().startswith(function)]
    assert len(found) == 1, rows
    return found[0]


def test_it_is_published_beside_the_leadership_page_in_every_version(world: World) -> None:
    published = (world.paths.published / "ownership.html").read_text(encoding="utf-8")
    assert "Small World" in Reader.of(published).words
    for version in world.paths.versions.iterdir():
        assert (version / "ownership.html").is_file()


def test_a_version_that_has_no_such_page_takes_it_back(tmp_path: Path) -> None:
    """Rolled back to a version of before, the page of the later one would say who owns what by rules that no longer hold."""
    for name, files in (("old", ("leadership.html",)), ("new", ("leadership.html", "ownership.html"))):
        (tmp_path / name).mkdir()
        for file in (*files, "manifest.json"):
            (tmp_path / name / file).write_text(name, encoding="utf-8")
    published = tmp_path / "published"
    published.mkdir()
    for name in ("new", "old"):
        put_in_place(tmp_path / name, published)
    assert sorted(path.name for path in published.iterdir()) == ["leadership.html", "manifest.json"]


def test_a_function_says_its_metrics_since_when_why_and_by_whom(world: World) -> None:
    row = owned(page(world), "Marketing", "New media")
    assert "Awareness: People reached" in row
    assert "Content reads" in row
    assert "since 1 February 2026" in row
    assert "until 1 September 2026, that day not included" in row
    assert "marketing has people for it" in row
    assert "Approved by : general manager" in row or "Approved by: general manager" in row
    assert "company/ownership.csv:3" in row


def test_an_owner_against_the_law_is_marked_with_its_class(world: World) -> None:
    html = page(world)
    assert "against the law for Awareness, by this written reason" in owned(html, "Operations", "App-store exposure")
    assert "as the law says" in owned(html, "Operations", "Shop operation")


def test_what_changes_next_and_what_changed_last(world: World) -> None:
    html = page(world)
    ahead, behind = section(html, "What changes next"), section(html, "What changed last")
    assert re.search(r"New media +1 September 2026 +Marketing +Operations +.*back to where it began", ahead)
    assert "February" not in ahead
    assert re.search(r"New media +1 February 2026 +Operations +Marketing", behind)
    assert re.search(r"1 January 2026 +Customer service +nobody", behind)
    assert behind.index("February") < behind.index("January")


def test_what_nobody_owns_and_what_several_take_part_in(world: World) -> None:
    html = page(world)
    alone = section(html, "Nobody answers for")
    assert "Service: Inbound mentions" in alone
    assert "Content reads" not in alone
    several = section(html, "Several departments take part")
    assert "Operations (accountable)" in several
    assert "Marketing (contributor)" in several


def test_every_profile_has_its_part_and_the_law_stands_at_the_end(world: World) -> None:
    words = Reader.of(page(world)).words
    places = [words.index(f"Profile: {name} ") for name in ("default", "A", "B", "C", "new_media_under_ops")]
    assert places[0] == min(places)
    assert re.search(r"Conversion +Operations, Sales", words)


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "谁负责什么"), ("es", "Quién responde de qué"), ("ko", "누가 무엇을"), ("fr", "Who owns what")]
)
def test_it_speaks_the_companys_language_or_english(world: World, language: str, said: str) -> None:
    html = page(world, language)
    assert said in Reader.of(html).words
    assert f'<html lang="{language if language != "fr" else "en"}">' in html


def test_the_same_split_gives_the_same_bytes(world: World) -> None:
    assert page(world) == page(world)


def test_it_runs_nothing_asks_nobody_and_shows_names_as_text(world: World) -> None:
    html = page(world, evil=page_world.HOSTILE)
    reader = Reader.of(html)
    policy = next(a["content"] for t, a in reader.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not {"script", "img", "link", "iframe", "form"} & {t for t, _ in reader.tags}
    assert not [n for _, a in reader.tags for n in a if n.startswith("on")]
    assert (reader.crossed, reader.open) == ([], [])
    ids = [a["id"] for _, a in reader.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    assert {a["href"] for t, a in reader.tags if t == "a"} <= {f"#{i}" for i in ids}
    assert "<script>alert(1)</script>" in reader.words


@pytest.mark.parametrize("width", [390, 920, 1440])
@pytest.mark.parametrize("evil", ["", page_world.HOSTILE], ids=["plain", "hostile"])
def test_a_browser_shows_it_without_overflow_or_complaint(world: World, tmp_path: Path, chromium: str, width: int, evil: str) -> None:
    scroll, _, tall, wide, console = browse(chromium, tmp_path, page(world, "zh" if evil else "en", evil), width)
    assert (console, wide) == ("", "")
    assert scroll <= width
    assert tall

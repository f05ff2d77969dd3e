"""What the cells and the name of an unknown column show: days, instants, numbers, shares, money, ids, people.

Belongs here: evidence of how cells are spelt, and names that speak for themselves. Never here: writing a map, deciding what a number means.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable
from itertools import islice

from assets.dates import LANGUAGES, SPREADSHEET, UNREAD, day_text, instant_text
from assets.maps import Dates
from assets.plain_names import plainly

_DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y.%m.%d.", "%d.%m.%Y", "%Y年%m月%d日", "%Y년 %m월 %d일"),
    *("%b %d, %Y", "%d %b %Y", "%d. %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d de %b de %Y", "%a, %b %d, %Y", "%a %b %d %Y"),
    *("%Y-%m-%d %*", "%Y-%m-%dT%*", "%Y/%m/%d %*", "%d.%m.%Y %*", "%b %d, %Y%*"),
)
_PACKED = re.compile(r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$")
# Which of day and month stands in front the reader asks the whole column.
_TURNED = re.compile(r"^\d{1,2}([/-])\d{1,2}\1(\d{4}|\d{2})$")
# Instants with a time of day; nothing: as they are read anyway.
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z| ?[+-]\d{2}:?\d{2})?$")
_EPOCHS = ((re.compile(r"^1\d{9}(\.\d+)?$"), "epoch"), (re.compile(r"^1\d{12}$"), "epoch_ms"))
_CLOCKS = (" %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p", ", %I:%M:%S %p")
_INSTANTS = ("%Y-%m-%d %H:%M:%S %z", *(day + clock for day in ("%Y/%m/%d", "%d.%m.%Y", "%b %d, %Y", "%m/%d/%Y", "%m/%d/%y") for clock in _CLOCKS))
# Of the cells of a column so many are written alike; the rest are totals and notes.
_MOST, _FEW = 0.8, 2
# So many cells show how a column is written.
_SAMPLE = 60

_SIGN = r"[$€£¥￥₩₹₽₺฿]|R\$|US\$|HK\$|NT\$|zł|kr|元|円|원|[A-Z]{3}(?=[ \u00a0])|(?<=[ \u00a0])[A-Z]{3}$"
# Whose money a sign is, where only one country writes it.
CURRENCY = {"€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "₽": "RUB", "₺": "TRY", "R$": "BRL", "US$": "USD", "HK$": "HKD", "NT$": "TWD",
            "zł": "PLN", "元": "CNY", "円": "JPY", "원": "KRW"}  # fmt: skip
_NUMBER = re.compile(r"^[-−]?[0-9][0-9.,'\u00a0\u202f ]*[%％万亿]?$")
_DURATION = re.compile(r"^\d{1,4}:\d{2}:\d{2}$")
# A name that says whose money its column is, and how a map says so.
CODE, MONEY = re.compile(r"\([A-Z]{3}\)$"), r"\((?P<currency>[A-Z]{3})\)$"
_NOTHING = {"-", "--", "—", "n/a", "na", "nan", "none", "null", "undefined", "(not set)"}

POST = re.compile(r"(?i)^(post|video|tweet|media|content|update) ?(id|link|url)$")
PUBLISHED = re.compile(r"(?i)publi|pubblic|veröff|posted|post[ _]?(date|time)|upload|\bsen[dt]\b|launch|发布|发表|發布|投稿|公開|게시|推送")
PERIOD = re.compile(r"(?i)\b(week|month|quarter|year|woche|monat|semana|mes|mois|semaine|mese|settimana)\b|[周週月季年]$")
# Columns that name somebody, or say where somebody lives.
NAMED = re.compile(
    r"(?i)\be-?mail\b|user[ _]?name|handle|author|phone|customer$|customer[ _](id|name|email|reference)|posted by|buyer|recipient\b|\bpayer|"
    r"(first|last|full|billing|shipping|bill-to|ship-to|card|contact)[ _-]name|street|address|postal|postcode|zip|latitude|"
    r"昵称|姓名|手机|电话|作者|地址|收货人|会员名|账号|氏名|住所|이름|주소"
)
# Numbers that count nothing: they tell things apart.
_ID = re.compile(r"(?i)(^|[ _.-])(id|ids|uuid|sku|asin|no|number|code|index|item #)$|#$|(编号|单号|号|Id)$|^unnamed")
_COUNTED = re.compile(r"(?i)^number of|^no\. of")
# Shares, means and prices add up to nothing.
_RATE = re.compile(
    r"(?i)(?<![a-z])(rate|ratio|ctr|cvr|e?cpc|e?cpm|e?cpa|ecpi|roas|roi|arpu|aov|average|avg|percentage|pct|per|position)(?![a-z])"
    r"|[ (]%\)|率|률|平均|평균|占比|均|客单价|构成|доля|глубина"
)


def day_form(cells: Iterable[str]) -> tuple[str, str] | None:
    """The format in which nearly all cells are days, and the language of its months."""
    said = list(islice(cells, _SAMPLE))
    if _mostly(said, _PACKED.match):
        return "%Y%m%d", "en"
    for form in _DAYS:
        for language in LANGUAGES if "%b" in form else ("en",):
            if _mostly(said, functools.partial(is_day, form=(form, language))):
                return form, language
    return (SPREADSHEET, "en") if _mostly(said, _TURNED.match) else None


def is_day(cell: str, form: tuple[str, str]) -> bool:
    if form[0] == SPREADSHEET:
        return bool(_TURNED.match(cell))
    read = day_text(cell, Dates(formats=(form[0],), months=(form[1],)))
    return not read.startswith(UNREAD) and "1990" <= read[:4] <= "2100"


def instant_form(cells: Iterable[str]) -> str | None:
    """The format in which all cells are instants; empty: the one that needs no word."""
    said = list(cells)
    if not said:
        return None
    for pattern, form in ((_ISO, ""), *_EPOCHS):
        if all(pattern.match(cell) for cell in said):
            return form
    for form in _INSTANTS:
        forms = (form, form.replace("%m/%d", "%d/%m"))
        if found := next((form for form in forms if all(not instant_text(c, Dates(formats=(form,))).startswith(UNREAD) for c in said)), None):
            return found
    return None


def _mostly(cells: list[str], fits: Callable[[str], object]) -> bool:
    found = sum(bool(fits(cell)) for cell in cells)
    return bool(cells) and (found >= _MOST * len(cells) or (len(cells) - found <= _FEW < 2 * found and found > 1))


def bare(cell: str) -> tuple[str, str]:
    """A number without the currency that stands before or behind it, and that currency."""
    text = cell.strip()
    minus, text = ("-", text[1:].strip()) if text[:1] in "-−" and len(text) > 1 else ("", text)
    found = re.match(rf"^(?P<a>{_SIGN})?[ \u00a0]*(?P<number>[-−]?[0-9].*?)[ \u00a0]*(?P<b>{_SIGN})?$", text)
    return (minus + found["number"], found["a"] or found["b"] or "") if found else (minus + text, "")


def is_number(cell: str) -> bool:
    return bool(_NUMBER.match(bare(cell)[0]))


def capitals(cells: list[str]) -> str:
    """What a map says of currencies written small."""
    small = [cell for cell in dict.fromkeys(cells) if re.fullmatch("[a-z]{3}", cell)]
    return f", values: {{{', '.join(f'{cell}: {cell.upper()}' for cell in small)}}}" if small else ""


def is_duration(cell: str) -> bool:
    return bool(_DURATION.match(cell))


def is_nothing(cell: str) -> bool:
    return cell.casefold() in _NOTHING


def is_id(name: str, cells: list[str]) -> bool:
    """Whether the numbers of the column tell things apart: by its name, or for being as long as no count is."""
    return bool(_ID.search(name.strip()) and not _COUNTED.match(name)) or (bool(cells) and all(re.fullmatch(r"\d{13,}", cell) for cell in cells))


def is_rate(name: str, cells: list[str]) -> bool:
    return bool(_RATE.search(name)) or (bool(cells) and all(cell.endswith(("%", "％")) for cell in cells))


def number_lines(written: list[str], is_money: bool = False) -> list[str]:
    """How the numbers of the file are written, where the plain way would not do. Nothing where its cells do not tell."""
    cells, signs = [bare(cell)[0] for cell in written], sorted({sign for cell in written if (sign := bare(cell)[1])})
    found: list[str] = []
    for thousands, decimal in ((",", "."), (".", ",")):
        grouped = re.compile(rf"^[-−]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?$")
        other = re.compile(rf"^[-−]?\d+(?:{re.escape(decimal)}\d+)?$")
        plain = [cell for cell in cells if not grouped.match(cell)]
        if all(other.match(cell) for cell in plain) and (len(plain) < len(cells) or any("," in cell for cell in plain)):
            has_fractions = is_money or any(decimal in cell for cell in cells)
            found = [f"thousands: {quoted(thousands)}", f"decimal: {quoted(decimal)}"] if has_fractions or signs else ["whole: true"]
            break
    if signs:
        found.append(f"signs: [{', '.join(quoted(sign) for sign in signs)}]")
    lines = [f"number: {{{', '.join(found)}}}"] if found else []
    if signs:
        money = CURRENCY.get(signs[0], signs[0] if re.fullmatch("[A-Z]{3}", signs[0]) else "")
        is_sure = bool(money) and len(signs) == 1
        lines.append(f"{'' if is_sure else '# '}set: {{currency: {money if is_sure else '?'}}}    # whose money it is; else the account's own")
    return lines


def quoted(text: str) -> str:
    plain = plainly(text) == text.casefold() and re.match(r"^[\w][\w ()./-]*$", text) is not None
    is_word = not re.match(r"^(?:[\d.:/-]+|true|false|yes|no|on|off|null|y|n)$", text, re.IGNORECASE)
    return text if plain and is_word else json.dumps(text, ensure_ascii=False)

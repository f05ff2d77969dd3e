"""Reads tables out of markup with the standard library alone: HTML tables, SpreadsheetML 2003, and the row count of xlsx sheets.

Belongs here: tags, spans, indices. Never here: headers, what a cell means. No document type, no entity, nothing outside the bytes.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from assets.refusal import Refusal
from assets.zipped import files

if TYPE_CHECKING:
    from assets.sheets import Sheet

MAX_CELLS = 50_000_000
_MAX_SPAN = 1_000
_BREAKS = {"br", "p", "div", "li"}
_HIDDEN = {"script", "style", "head", "title"}
_REFERENCE = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")
_SHEETML = "urn:schemas-microsoft-com:office:spreadsheet"


def is_sheetml(text: bytes) -> bool:
    return _SHEETML.encode() in text[:4096] and text.lstrip()[:1] == b"<"


def is_html(text: bytes) -> bool:
    head = text.lstrip()[:4096].lower()
    return head[:1] == b"<" and (b"<table" in text[: 1 << 20].lower() and (b"<html" in head or b"<table" in head or b"<!doctype html" in head))


def html_sheets(text: str) -> tuple[Sheet, ...]:
    """Each table of an HTML page is a sheet."""
    from assets.sheets import Sheet

    reader = _Tables()
    reader.feed(text)
    reader.close()
    if reader.depth:
        raise Refusal("cut_file", "the HTML table is not closed: the copy was cut; deliver the file again")
    bare = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    counted = len(re.findall(r"<tr(?=[\s/>])", bare, flags=re.IGNORECASE))
    found = sum(len(rows) for rows in reader.tables)
    if counted != found:
        raise Refusal("records_disagree", f"the HTML holds {counted:,} table rows, {found:,} were read; nothing was taken")
    return tuple(Sheet(f"table {number}", [_trimmed(row) for row in rows]) for number, rows in enumerate(reader.tables, 1))


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row.pop()
    return row


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.depth = 0
        self._cell: list[str] | None = None
        self._hidden = 0
        self._spans: dict[int, int] = {}
        self._width = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "table":
            if self.depth:
                raise Refusal("not_a_workbook", "a table stands inside a cell of another; save it as CSV and drop that")
            self.depth += 1
            self.tables.append([])
            self._spans = {}
        elif tag == "tr" and self.depth:
            self._end_cell()
            self._spans = {column: left - 1 for column, left in self._spans.items() if left > 1}
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.depth and self.tables[-1]:
            self._end_cell()
            self._cell, named = [], dict(attrs)
            row = self.tables[-1][-1]
            while len(row) in self._spans:
                row.append("")
            self._width = _span(named.get("colspan"))
            down = _span(named.get("rowspan"))
            if down > 1:
                # Below a merged cell stands an empty one; without it the rest of those rows would move to the left.
                self._spans |= {len(row) + step: down for step in range(self._width)}
        elif tag in _BREAKS and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table":
            self._end_cell()
            self.depth = max(0, self.depth - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None:
            text = "".join(self._cell).replace("\r\n", "\n").replace("\r", "\n")
            self.tables[-1][-1] += [text.strip(" \t\n"), *[""] * (self._width - 1)]
            self._cell = None


def _span(said: str | None) -> int:
    return min(int(said), _MAX_SPAN) if said and said.isascii() and said.isdigit() and int(said) else 1


def _parser() -> Any:
    """An XML parser that meets no document type: entities could blow up the memory or read other files."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Refusal("not_a_workbook", "the XML has a document type, which no export needs; export it again")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _parse(parser: Any, text: bytes) -> None:
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        rule = "cut_file" if "no element" in str(error) or "unclosed" in str(error) else "not_a_workbook"
        raise Refusal(rule, f"the XML is damaged or cut ({error}); deliver the file again") from error


def sheetml_sheets(text: bytes) -> tuple[Sheet, ...]:
    """The worksheets of an Excel 2003 XML file."""
    from assets.sheets import Sheet

    sheets: list[tuple[str, list[list[str]]]] = []
    state: dict[str, Any] = {"data": None, "kind": "", "extra": 0, "rows": 0, "cells": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rsplit(" ", 1)[-1]
        said = {key.rsplit(" ", 1)[-1]: value for key, value in attributes.items()}
        if name == "Worksheet":
            sheets.append((said.get("Name", f"sheet {len(sheets) + 1}"), []))
        elif name == "Row" and sheets:
            rows = sheets[-1][1]
            _fill(rows, _index(said), lambda: [])
            rows.append([])
            state["rows"] += 1
        elif name == "Cell" and sheets and sheets[-1][1]:
            row = sheets[-1][1][-1]
            _fill(row, _index(said), lambda: "")
            row.append("")
            state["extra"] = _span(said.get("MergeAcross", "0")) if said.get("MergeAcross", "0") != "0" else 0
        elif name == "Data":
            state["data"], state["kind"] = [], said.get("Type", "String")

    def end(tag: str) -> None:
        name = tag.rsplit(" ", 1)[-1]
        if name == "Data" and state["data"] is not None and sheets and sheets[-1][1] and sheets[-1][1][-1]:
            sheets[-1][1][-1][-1] = _data("".join(state["data"]), state["kind"])
            state["data"] = None
        elif name == "Cell" and sheets and sheets[-1][1]:
            sheets[-1][1][-1].extend([""] * state["extra"])
            state["cells"] += 1 + state["extra"]
            if state["cells"] > MAX_CELLS:
                raise Refusal("archive_bomb", f"the workbook has more than {MAX_CELLS:,} cells; it was not read")

    def characters(data: str) -> None:
        if state["data"] is not None:
            state["data"].append(data)

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    _parse(parser, text)
    counted = len(re.findall(rb"<(?:[A-Za-z]+:)?Row(?=[\s/>])", re.sub(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", b"", text, flags=re.DOTALL)))
    if counted != state["rows"]:
        raise Refusal("records_disagree", f"the XML holds {counted:,} rows, {state['rows']:,} were read; nothing was taken")
    return tuple(Sheet(name, [_trimmed(row) for row in rows]) for name, rows in sheets)


def _index(said: dict[str, str]) -> int | None:
    return int(said["Index"]) if said.get("Index", "").isdigit() else None


def _fill(places: list[Any], index: int | None, empty: Any) -> None:
    """Rows and cells that an index jumps over are there and empty."""
    if index is None:
        return
    if index > 2_000_000:
        raise Refusal("not_a_workbook", "an index lies outside of any sheet; export it again")
    while len(places) < index - 1:
        places.append(empty())


def _data(text: str, kind: str) -> str:
    from assets.sheets import number_text

    if kind == "Number":
        try:
            return number_text(float(text)) if "E" in text.upper() else re.sub(r"\.0+$", "", text)
        except ValueError:
            return text
    if kind == "DateTime":
        return text.removesuffix(".000").removesuffix("T00:00:00")
    return {"0": "false", "1": "true"}.get(text, text) if kind == "Boolean" else text


def rows_of_xlsx(raw: bytes) -> dict[str, int]:
    """Sheet name -> rows that hold something, counted in the sheets' own markup: the count that the workbook reader is held against."""
    parts = {member.name: member.data for member in files(raw, of_workbook=True)}
    try:
        names, targets = _sheet_names(parts["xl/workbook.xml"]), _targets(parts.get("xl/_rels/workbook.xml.rels", b""))
        blank = _blank_strings(next((data for name, data in parts.items() if name.casefold() == "xl/sharedstrings.xml"), b""))
        found = {}
        for name, relation in names:
            target = targets.get(relation, "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "worksheet" in path or path in parts:
                found[name] = _filled_rows(parts[path], blank, name)
    except KeyError as error:
        raise Refusal("not_a_workbook", f"the workbook lacks its part {error}; export it again") from error
    return found


def _elements(text: bytes, start: Any, end: Any = None, characters: Any = None) -> None:
    parser = _parser()
    parser.StartElementHandler = lambda tag, said: start(tag.rsplit(" ", 1)[-1], {key.rsplit(" ", 1)[-1]: value for key, value in said.items()})
    if end:
        parser.EndElementHandler = lambda tag: end(tag.rsplit(" ", 1)[-1])
    if characters:
        parser.CharacterDataHandler = characters
    _parse(parser, text)


def _sheet_names(text: bytes) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    _elements(text, lambda tag, said: found.append((said["name"], said["id"])) if tag == "sheet" and {"name", "id"} <= set(said) else None)
    return found


def _targets(text: bytes) -> dict[str, str]:
    found: dict[str, str] = {}

    def start(tag: str, said: dict[str, str]) -> None:
        if tag == "Relationship":
            found[said.get("Id", "")] = said.get("Target", "")

    if text:
        _elements(text, start)
    return found


def _blank_strings(text: bytes) -> set[int]:
    """Places in the list of shared strings that hold nothing but blanks."""
    blank: set[int] = set()
    state: dict[str, Any] = {"at": -1, "said": "", "in": False, "phonetic": 0}

    def start(tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            state["at"], state["said"] = state["at"] + 1, ""
        state["phonetic"] += tag == "rPh"
        state["in"] = tag == "t" and not state["phonetic"]

    def end(tag: str) -> None:
        state["in"] = False
        state["phonetic"] -= tag == "rPh"
        if tag == "si" and not state["said"].strip():
            blank.add(state["at"])

    def characters(data: str) -> None:
        if state["in"]:
            state["said"] += data

    if text:
        _elements(text, start, end, characters)
    return blank


def _filled_rows(text: bytes, blank: set[int], name: str) -> int:
    """Rows with at least one value. Cells far out are refused here, before a reader lays out the whole rectangle up to them."""
    state: dict[str, Any] = {"filled": False, "count": 0, "value": None, "shared": False, "right": 0, "down": 0, "inline": 0}

    def start(tag: str, said: dict[str, str]) -> None:
        if tag == "row":
            state["filled"] = False
        elif tag == "c":
            state["shared"] = said.get("t") == "s"
            place = _REFERENCE.match(said.get("r", ""))
            if place:
                column = 0
                for letter in place[1]:
                    column = column * 26 + ord(letter) - 64
                state["right"], state["down"] = max(state["right"], column), max(state["down"], int(place[2]))
        elif tag in ("v", "t"):
            state["value"] = ""

    def end(tag: str) -> None:
        if tag in ("v", "t") and state["value"] is not None:
            said, state["value"] = state["value"], None
            says = bool(said.strip()) and not (tag == "v" and state["shared"] and said.strip().isdigit() and int(said) in blank)
            state["filled"] = state["filled"] or says
        elif tag == "row":
            state["count"] += state["filled"]

    def characters(data: str) -> None:
        if state["value"] is not None:
            state["value"] += data

    _elements(text, start, end, characters)
    if state["right"] * state["down"] > MAX_CELLS:
        raise Refusal("archive_bomb", f"the sheet '{name}' spans more than {MAX_CELLS:,} cells; it was not read")
    return int(state["count"])

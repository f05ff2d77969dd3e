"""Files of kinds that no library here writes, made byte by byte: xlsx, xls (BIFF8 in a compound file), SpreadsheetML, HTML, zip.

Belongs here: the smallest whole file of each kind. Never here: what is in them (the tests say).
"""

from __future__ import annotations

import io
import struct
import zipfile
from html import escape

Cell = str | int | float | None
Sheets = dict[str, list[list[Cell]]]


def zipped(members: dict[str, bytes | str], packed: bool = True) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as pack:
        for name, data in members.items():
            pack.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    return target.getvalue()


def _letter(column: int) -> str:
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def xlsx(sheets: Sheets, dated: frozenset[tuple[str, int, int]] = frozenset()) -> bytes:
    """`dated`: (sheet, row, column) of numbers that are shown as dates."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    strings: list[str] = []
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>',
    }
    listed, related = "", f'<Relationship Id="s1" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
    related += f'<Relationship Id="s2" Type="{office}/styles" Target="styles.xml"/>'
    for number, (name, rows) in enumerate(sheets.items(), 1):
        body = ""
        for r, row in enumerate(rows, 1):
            cells = ""
            for c, cell in enumerate(row):
                place = f"{_letter(c)}{r}"
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    strings.append(cell)
                    cells += f'<c r="{place}" t="s"><v>{len(strings) - 1}</v></c>'
                else:
                    style = ' s="1"' if (name, r - 1, c) in dated else ""
                    cells += f'<c r="{place}"{style}><v>{cell!r}</v></c>'
            body += f'<row r="{r}">{cells}</row>'
        members[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
        listed += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="w{number}"/>'
        related += f'<Relationship Id="w{number}" Type="{office}/worksheet" Target="worksheets/sheet{number}.xml"/>'
    members["xl/workbook.xml"] = f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
    members["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{package}/relationships">{related}</Relationships>'
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    members["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{items}</sst>'
    members["xl/styles.xml"] = f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    return zipped(members)


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def xls(sheets: Sheets) -> bytes:
    """BIFF8 records in a compound file of 512-byte sectors."""
    bodies = []
    for rows in sheets.values():
        body = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    body += _record(0x204, struct.pack("<HHHHB", r, c, 0, len(cell), 1) + cell.encode("utf-16-le"))
                else:
                    body += _record(0x203, struct.pack("<HHHd", r, c, 0, float(cell)))
        bodies.append(body + _record(0x0A))
    names = [name.encode("utf-16-le") for name in sheets]
    opening = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + _record(0x42, struct.pack("<H", 1200))
    at = len(opening) + sum(4 + 8 + len(name) for name in names) + 4
    bounds = b""
    for name, body in zip(names, bodies, strict=True):
        bounds += _record(0x85, struct.pack("<IBBBB", at, 0, 0, len(name) // 2, 1) + name)
        at += len(body)
    stream = opening + bounds + _record(0x0A) + b"".join(bodies)
    return _compound(stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0"))


def _compound(stream: bytes) -> bytes:
    sectors = len(stream) // 512
    end, table = 0xFFFFFFFE, 0xFFFFFFFD
    # Sector 0 is the table of sectors, sector 1 the directory, the stream follows.
    chain = [table, end, *range(3, sectors + 2), end]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        spelt = name.encode("utf-16-le") + b"\0\0"
        head = spelt.ljust(64, b"\0") + struct.pack("<HBBIII", len(spelt), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return (head + b"\0" * 36 + struct.pack("<IQ", start, size)).ljust(128, b"\0")

    directory = (entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))).ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<I", 0)
    return header.ljust(512, b"\xff") + fat + directory + stream


def html(rows: list[list[Cell]], head: str = "") -> bytes:
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell if cell is not None else ''))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head>{head}</head><body><table border=1>{body}</table></body></html>".encode()


def sheetml(sheets: Sheets) -> bytes:
    text = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    text += 'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    for name, rows in sheets.items():
        text += f'<Worksheet ss:Name="{escape(name)}"><Table>'
        for row in rows:
            text += "<Row>"
            for c, cell in enumerate(row, 1):
                if cell is not None and cell != "":
                    kind = "String" if isinstance(cell, str) else "Number"
                    text += f'<Cell ss:Index="{c}"><Data ss:Type="{kind}">{escape(str(cell))}</Data></Cell>'
            text += "</Row>"
        text += "</Table></Worksheet>"
    return (text + "</Workbook>").encode()

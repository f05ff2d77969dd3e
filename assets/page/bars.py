"""Draws how a whole is divided before and after, as two bars of the same length in one static SVG.

Belongs here: shapes. Never here: which number is divided, or what anybody is called; colours are class names as in charts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup

from assets.page.charts import PEN, cleaned

WIDTH, HEIGHT, ROW = 420, 46, 20
SPELT = 0.16  # a narrower part has no room for a name; the table below names it


@dataclass(frozen=True)
class Part:
    share: float
    name: str
    ink: str


def divided(before: Sequence[Part], after: Sequence[Part], title: str, desc: str) -> Markup:
    """Two bars, the upper one before. Parts are shares of one whole and keep the order they are given in."""
    import altair as alt
    import vl_convert

    rows = []
    texts: list[tuple[float, float, Part]] = []
    for at, parts in enumerate((before, after)):
        x, y = 0.0, float(at * (ROW + 6))
        for part in parts:
            rows.append({"x": x, "x2": x + part.share, "y": y, "y2": y + ROW, "ink": PEN[part.ink]})
            if part.share >= SPELT:
                texts.append((x, y, part))
            x += part.share
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect()
        .encode(
            x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False)),
            x2="x2:Q",
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[HEIGHT, 0], nice=False)),
            y2="y2:Q",
            color=alt.Color("ink:N", scale=None),
        )
        .properties(width=WIDTH, height=HEIGHT, padding=0, background="transparent")
        .configure_view(stroke=None)
    )
    svg = ElementTree.fromstring(vl_convert.vegalite_to_svg(chart.to_dict()))  # noqa: S314 (written by vl-convert on this line)
    root = ElementTree.Element("svg", {"class": "chart divided", "role": "img", "aria-label": title, "viewBox": f"0 0 {WIDTH} {HEIGHT}"})
    ElementTree.SubElement(root, "title").text = title
    ElementTree.SubElement(root, "desc").text = desc
    for child in svg:
        cleaned(child, root)
    for x, y, part in texts:
        place = {"class": f"seg seg-{part.ink}", "x": f"{x * WIDTH + 6:.1f}", "y": f"{y + 14:g}"}
        room = int(part.share * WIDTH / 7.5)
        ElementTree.SubElement(root, "text", place).text = part.name if len(part.name) <= room else part.name[: max(room - 1, 1)] + "…"
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 (serialised from a tree, text nodes escaped)

"""Draws daily series as static SVG: a small line for a table cell and a larger one for a panel.

Belongs here: shapes, and the cleaning that makes vl-convert's output safe and light inside a page.
Never here: which number is drawn, or what it is called. Colours are class names; the page's stylesheet decides them.
"""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

# Vega wants colours; these are stand-ins that become classes, so that light, dark and print can differ.
INKS = {
    "#000001": "line",
    "#000002": "pale",
    "#000003": "wash",
    "#000004": "gap",
    "#000005": "dot",
    "#000006": "rule",
    "#000007": "tick",
    "#000008": "part0",
    "#000009": "part1",
    "#00000a": "rest",
}
PEN = {name: colour for colour, name in INKS.items()}
FONT = "system-ui, sans-serif"


@dataclass(frozen=True)
class Point:
    """One day: its number or None. `whole` is false when an account that owed a number is missing: None is then a gap to see."""

    x: int
    value: float | None
    whole: bool = True


@dataclass(frozen=True)
class Shape:
    width: int
    height: int
    stroke: float
    filled: bool
    top: int = 0
    bottom: int = 0


SMALL = Shape(width=220, height=34, stroke=1.5, filled=False)
LARGE = Shape(width=380, height=118, stroke=1.8, filled=True, top=16, bottom=20)


@functools.cache
def _template(shape: Shape) -> dict[str, Any]:
    """The Vega-Lite form of a shape, built and validated by Altair once: per chart only data and extents are swapped in."""
    import altair as alt

    x_scale = alt.Scale(domain=[alt.ExprRef("x0"), alt.ExprRef("x1")], nice=False, zero=False)  # type: ignore[list-item]
    y_scale = alt.Scale(domain=[alt.ExprRef("y0"), alt.ExprRef("y1")], nice=False, zero=False)  # type: ignore[list-item]
    x = alt.X("x:Q", axis=None, scale=x_scale)
    y = alt.Y("y:Q", axis=None, scale=y_scale)

    def layer(name: str) -> alt.Chart:
        return alt.Chart(alt.NamedData(name=name))

    layers = [
        layer("gaps").mark_rect(color=PEN["gap"]).encode(x=x, x2="x2:Q"),
        layer("ticks").mark_rule(color=PEN["tick"], strokeWidth=1).encode(x=x),
        layer("base").mark_rule(color=PEN["rule"], strokeWidth=1).encode(y=y),
    ]
    if shape.filled:
        layers.append(layer("area").mark_area(color=PEN["wash"]).encode(x=x, y=y, y2="y2:Q"))
    layers += [
        layer("bars").mark_rule(color=PEN["line"], strokeWidth=2).encode(x=x, y=y, y2="y2:Q"),
        layer("all").mark_line(color=PEN["pale"], strokeWidth=shape.stroke, strokeJoin="round").encode(x=x, y=y),
        layer("whole").mark_line(color=PEN["line"], strokeWidth=shape.stroke, strokeJoin="round").encode(x=x, y=y),
        layer("lone").mark_circle(color=PEN["line"], size=6, opacity=1).encode(x=x, y=y),
        layer("beyond").mark_point(shape="triangle-up", filled=True, color=PEN["dot"], size=26, opacity=1).encode(x=x, y=y),
        layer("last").mark_circle(color=PEN["dot"], size=22 if shape.filled else 14, opacity=1).encode(x=x, y=y),
    ]
    chart = alt.layer(*layers).add_params(*[alt.param(name=n, value=0) for n in ("x0", "x1", "y0", "y1")])
    spec: dict[str, Any] = (
        chart.properties(width=shape.width, height=shape.height, padding=4, background="transparent").configure_view(stroke=None).to_dict()
    )
    return spec


def ceiling(points: Sequence[Point]) -> float | None:
    """Where a scale is cut so that one extraordinary day does not press all others into a flat line; None keeps all."""
    values = sorted(p.value for p in points if p.value is not None)
    if len(values) < 20:
        return None
    usual = values[int(len(values) * 0.96)]
    return usual * 1.45 if 0 < usual * 4 < values[-1] else None


def draw(
    points: Sequence[Point],
    shape: Shape,
    *,
    from_zero: bool,
    title: str,
    desc: str,
    ticks: Sequence[tuple[int, str]] = (),
    high: str = "",
) -> Markup:
    """A line with its gaps. Fewer than a third of the days known means events, drawn as bars: a line would invent a flow."""
    import vl_convert

    cut, peak = ceiling(points), max((p for p in points if p.value is not None), key=lambda p: (p.value or 0, p.x), default=None)
    beyond = [p.x for p in points if cut is not None and p.value is not None and p.value > cut]
    if cut is not None:
        points = [replace(p, value=min(p.value, cut)) if p.value is not None else p for p in points]
    known = [p for p in points if p.value is not None]
    if not known:
        return Markup("")
    values = [p.value for p in known if p.value is not None]
    low, top = min(values), max(values)
    if from_zero:
        low = min(low, 0.0)
    if top == low:
        low, top = low - 1, top + 1
    first, last = known[0].x, points[-1].x
    sparse = len(known) * 3 < last - first + 1
    spec = copy.deepcopy(_template(shape))
    extents = {"x0": points[0].x - 0.5, "x1": last + 0.5, "y0": low, "y1": top + (top - low) * 0.04}
    for param in spec["params"]:
        param["value"] = extents[param["name"]]
    line = [{"x": p.x, "y": p.value} for p in points]
    whole = [{"x": p.x, "y": p.value if p.whole else None} for p in points]
    spec["datasets"] = {
        "gaps": [] if sparse else _gaps(points, first),
        "ticks": [{"x": x} for x, _ in ticks],
        "base": [{"y": 0}] if low == 0 else [],
        "area": [] if sparse else [{**row, "y2": low} for row in line],
        "bars": [{"x": p.x, "y": p.value, "y2": low} for p in known] if sparse else [],
        "all": [] if sparse else line,
        "whole": [] if sparse else whole,
        "lone": [] if sparse else _lone(points),
        "beyond": [{"x": x, "y": top} for x in beyond],
        "last": [{"x": known[-1].x, "y": known[-1].value}],
    }
    svg = vl_convert.vegalite_to_svg(spec)

    def across(x: float) -> float:
        return (x - extents["x0"]) / (extents["x1"] - extents["x0"])

    return _inline(svg, shape, title, desc, [(across(x), label) for x, label in ticks], high, across(peak.x) if peak else 0.0)


def _gaps(points: Sequence[Point], first: int) -> list[dict[str, float]]:
    """Runs of days on which a number was due and none came, after the first known day."""
    runs: list[dict[str, float]] = []
    for p in points:
        if p.value is not None or p.whole or p.x < first:
            continue
        if runs and runs[-1]["x2"] == p.x - 0.5:
            runs[-1]["x2"] = p.x + 0.5
        else:
            runs.append({"x": p.x - 0.5, "x2": p.x + 0.5})
    return runs


def _lone(points: Sequence[Point]) -> list[dict[str, float]]:
    """Days between two gaps: a line of one point has no length, and the day would vanish."""
    blank = Point(-1, None)
    around = zip([blank, *points[:-1]], points, [*points[1:], blank], strict=True)
    return [{"x": p.x, "y": p.value} for a, p, b in around if p.value is not None and a.value is None and b.value is None]


def _inline(svg: str, shape: Shape, title: str, desc: str, ticks: Sequence[tuple[float, str]], high: str, peak: float) -> Markup:
    """Vega's SVG without its ids, roles, colours and long decimals; the text is ours and escaped by the serialiser."""
    old = ElementTree.fromstring(svg)  # noqa: S314 (written by vl-convert a line above, no document type, no entity)
    width, height = float(old.get("width", "0")), float(old.get("height", "0"))
    root = ElementTree.Element(
        "svg",
        {
            "class": "chart large" if shape.filled else "chart small",
            "role": "img",
            "aria-label": title,
            "viewBox": f"0 {-shape.top} {width:g} {height + shape.top + shape.bottom:g}",
        },
    )
    ElementTree.SubElement(root, "title").text = title
    ElementTree.SubElement(root, "desc").text = desc
    for child in old:
        cleaned(child, root)
    inner = width - 8
    for share, label in ((share, label) for share, label in ticks if label):
        text = ElementTree.SubElement(root, "text", {"class": "label", "x": f"{4 + share * inner + 3:.1f}", "y": f"{height + 11:g}"})
        text.text = label
    if high:
        anchor = "start" if peak < 0.25 else "end" if peak > 0.75 else "middle"
        text = ElementTree.SubElement(
            root, "text", {"class": "label", "x": f"{4 + peak * inner:.1f}", "y": f"{-shape.top + 10}", "text-anchor": anchor}
        )
        text.text = high
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 (serialised from a tree, text nodes escaped)


KEPT = {"d", "transform", "stroke-width", "stroke-linejoin", "opacity"}


def cleaned(node: ElementTree.Element, parent: ElementTree.Element) -> None:
    tag = node.tag.rsplit("}", 1)[-1]
    inks = [(a, INKS[v]) for a in ("fill", "stroke") if (v := node.get(a, "")) in INKS]
    if tag == "g":
        moved = node.get("transform")
        shifts = moved and moved.replace(" ", "") != "translate(0,0)"
        target = ElementTree.SubElement(parent, "g", {"transform": _short(moved)}) if moved and shifts else parent
        for child in node:
            cleaned(child, target)
    elif inks:
        kept = {k: _short(v) for k, v in node.attrib.items() if k in KEPT and v != "1"}
        for end in ("x2", "y2"):
            if end in node.attrib:
                kept[end] = _short(node.attrib[end])
        classes = " ".join(f"{'f' if a == 'fill' else 's'}-{name}" for a, name in inks)
        ElementTree.SubElement(parent, tag, {"class": classes, **kept})


def _short(numbers: str) -> str:
    return re.sub(r"-?\d+\.\d+(e-?\d+)?", lambda m: f"{float(m.group()):.1f}".removesuffix(".0"), numbers)

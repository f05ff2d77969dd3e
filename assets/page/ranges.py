"""Draws what lies between two numbers as static SVG: one range on a scale, and a band over the days that follow.

Belongs here: shapes. Never here: which numbers are drawn, or what they are called; colours are class names as in charts.py.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from assets.page.charts import PEN, cleaned

WIDE, HIGH = 240, 14
BAND_WIDE, BAND_HIGH = 160, 40
THINNEST = 0.012  # of the scale: models that agree are a mark, not nothing


@dataclass(frozen=True)
class Lag:
    x: int
    middle: float
    low: float
    high: float
    stands_out: bool


@functools.cache
def _range_form() -> dict[str, Any]:
    import altair as alt

    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    layers = [
        alt.Chart(alt.NamedData(name="scale")).mark_rect(color=PEN["tick"]).encode(x=x, x2="x2:Q", y=y, y2="y2:Q"),
        alt.Chart(alt.NamedData(name="range")).mark_rect(color=PEN["dot"]).encode(x=x, x2="x2:Q", y=y, y2="y2:Q"),
    ]
    return _form(alt.layer(*layers), WIDE, HIGH)


@functools.cache
def _band_form() -> dict[str, Any]:
    import altair as alt

    params = [alt.param(name=name, value=0) for name in ("x0", "x1", "y0", "y1")]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[alt.ExprRef("x0"), alt.ExprRef("x1")], nice=False, zero=False))  # type: ignore[list-item]
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[alt.ExprRef("y0"), alt.ExprRef("y1")], nice=False, zero=False))  # type: ignore[list-item]
    layers = [
        alt.Chart(alt.NamedData(name="band")).mark_area(color=PEN["wash"]).encode(x=x, y=y, y2="y2:Q"),
        alt.Chart(alt.NamedData(name="zero")).mark_rule(color=PEN["rule"], strokeWidth=1).encode(y=y),
        alt.Chart(alt.NamedData(name="middle")).mark_line(color=PEN["pale"], strokeWidth=1.2, strokeJoin="round").encode(x=x, y=y),
        alt.Chart(alt.NamedData(name="found")).mark_circle(color=PEN["dot"], size=16, opacity=1).encode(x=x, y=y),
    ]
    return _form(alt.layer(*layers).add_params(*params), BAND_WIDE, BAND_HIGH)


def _form(chart: Any, width: int, height: int) -> dict[str, Any]:
    spec: dict[str, Any] = chart.properties(width=width, height=height, padding=2, background="transparent").configure_view(stroke=None).to_dict()
    return spec


def between(low: float, high: float, top: float, title: str, desc: str) -> Markup:
    """From low to high on a scale from nothing to top, which all ranges that are to be compared share."""
    start, end = (low / top, high / top) if top > 0 else (0.0, 0.0)
    spec = copy.deepcopy(_range_form())
    spec["datasets"] = {
        "scale": [{"x": 0, "x2": 1, "y": 0.44, "y2": 0.56}],
        "range": [{"x": start, "x2": max(end, start + THINNEST), "y": 0.1, "y2": 0.9}] if high > 0 else [],
    }
    return _svg(spec, "chart range", title, desc)


def band(lags: Sequence[Lag], title: str, desc: str) -> Markup:
    """An estimate with its band by day, against zero; the days that stand out are dots."""
    if not lags:
        return Markup("")
    low, high = min(0.0, *(p.low for p in lags)), max(0.0, *(p.high for p in lags))
    if low == high:
        low, high = -1.0, 1.0
    spec = copy.deepcopy(_band_form())
    extents = {"x0": lags[0].x - 1, "x1": lags[-1].x + 1, "y0": low, "y1": high}
    for param in spec["params"]:
        param["value"] = extents[param["name"]]
    spec["datasets"] = {
        "band": [{"x": p.x, "y": p.low, "y2": p.high} for p in lags],
        "zero": [{"y": 0}],
        "middle": [{"x": p.x, "y": p.middle} for p in lags],
        "found": [{"x": p.x, "y": p.middle} for p in lags if p.stands_out],
    }
    return _svg(spec, "chart band", title, desc)


def _svg(spec: dict[str, Any], name: str, title: str, desc: str) -> Markup:
    import vl_convert

    drawn = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))  # noqa: S314 (written by vl-convert on this line)
    box = f"0 0 {float(drawn.get('width', '0')):g} {float(drawn.get('height', '0')):g}"
    root = ElementTree.Element("svg", {"class": name, "role": "img", "aria-label": title, "viewBox": box})
    ElementTree.SubElement(root, "title").text = title
    ElementTree.SubElement(root, "desc").text = desc
    for child in drawn:
        cleaned(child, root)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 (serialised from a tree, text nodes escaped)

"""The page for those who read it otherwise: in the dark, on paper, by ear.

Belongs here: what a browser shows of each text of the small world's page, and what it tells a screen reader. Never here: what the page says
(test_page.py).
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from assets.page.render import render, with_status
from tests import page_world as world
from tests.test_page import HELD, Reader, chromium

__all__ = ["chromium"]  # a fixture

PAPER = 688  # an A4 sheet between its margins, in pixels
LEAST_CONTRAST = 4.5  # of small text, WCAG 2 AA
# On paper, the rules for print are made to hold, and those for a screen to hold no more: a script cannot run in a print.
LOOK = """<body style="margin:0"><iframe id="f" src="{src}" style="border:0;width:{width}px;height:900px"></iframe><pre id="out"></pre><script>
document.getElementById('f').onload = () => {{
  const d = document.getElementById('f').contentDocument, w = d.defaultView, found = [], range = d.createRange();
  const media = [...d.styleSheets].flatMap(s => [...s.cssRules]).filter(r => r.media);
  if ({paper}) media.forEach(r => r.media.mediaText = /screen/.test(r.media.mediaText) ? 'not all' : r.media.mediaText.replace('print', 'all'));
  const part = x => (x /= 255) <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
  const light = c => {{ const [r, g, b] = c.match(/[\\d.]+/g).map(part); return .2126 * r + .7152 * g + .0722 * b; }};
  const under = n => {{ const c = w.getComputedStyle(n).backgroundColor; return c == 'rgba(0, 0, 0, 0)' ? under(n.parentElement) : c; }};
  const walk = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walk.nextNode()) {{
    const e = walk.currentNode.parentElement, words = walk.currentNode.data.trim(), s = w.getComputedStyle(e);
    if (!words || e.closest('.hidden, nav, desc, title, .seg, .seg-gap')) continue;
    texts++;
    range.selectNodeContents(walk.currentNode);
    const boxes = [...range.getClientRects()];
    const [a, b] = [light(e.closest('svg') ? s.fill : s.color), light(under(e))].sort((x, y) => y - x);
    const folded = !{paper} && e.closest('details');
    if (!folded && (!boxes.length || s.visibility != 'visible')) found.push('hidden: ' + words);
    if (boxes.some(box => box.right > {width} + 1)) found.push('cut off: ' + words);
    if ((a + .05) / (b + .05) < {least}) found.push('faint: ' + words);
  }}
  const dark = w.matchMedia('(prefers-color-scheme: dark)').matches;
  document.getElementById('out').textContent = 'LOOKED ' + JSON.stringify({{dark, texts, under: under(d.body), found}}) + ' END';
}};
</script></body>"""


def look(chromium: str, tmp_path: Path, page: str, *, dark: bool, paper: bool) -> dict[str, Any]:
    """What of the page's text is hidden, cut off or faint, in a browser of one who likes it dark or light."""
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    wrapper, width = tmp_path / "look.html", PAPER if paper else 1440
    wrapper.write_text(
        LOOK.format(src=(tmp_path / "page.html").as_uri(), width=width, paper=str(paper).lower(), least=LEAST_CONTRAST), encoding="utf-8"
    )
    flags = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--virtual-time-budget=4000",
        f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1440,900", f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        "--dump-dom",
    ]  # fmt: skip
    done = subprocess.run([chromium, *flags, wrapper.as_uri()], capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r"LOOKED (.*?) END</pre>", done.stdout, re.DOTALL)
    assert found, done.stderr[-800:]
    return dict(json.loads(html.unescape(found[1])))


@pytest.fixture(scope="module")
def page() -> str:
    """A held night over a month with a long list of metrics that nobody feeds, which is folded."""
    con = world.build()
    con.execute(
        "insert into metric_catalogue select 'unfed_' || i, 'ZZ' || i, 'awareness', 'pr', 'articles', 'x', 'additive', 'up', 1, null, null, "
        "'Unfed ' || i, '', '', '', '' from range(7) as t (i)"
    )
    return with_status(render(con, world.Settings(), world.AS_OF), HELD)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("paper", [False, True])
def test_every_word_is_there_and_can_be_told_from_its_ground(chromium: str, tmp_path: Path, page: str, dark: bool, paper: bool) -> None:
    """C09: also on the paper of somebody whose screen is dark, for not every browser turns it light to print."""
    assert "<details" in page
    seen = look(chromium, tmp_path, page, dark=dark, paper=paper)
    assert seen["dark"] is dark
    assert seen["texts"] > 500
    assert seen["under"] == ("rgb(255, 255, 255)" if paper else "rgb(21, 23, 26)" if dark else "rgb(251, 250, 246)")
    assert seen["found"] == []


def test_the_look_sees_what_is_hidden_faint_or_cut_off(chromium: str, tmp_path: Path, page: str) -> None:
    spoilt = page.replace(
        "</style>", ".kicker { display: none } .banner-title { color: #eda } .facts { white-space: nowrap; margin-left: 1400px }</style>"
    )
    found = look(chromium, tmp_path, spoilt, dark=False, paper=False)["found"]
    assert {what.partition(":")[0] for what in found} == {"hidden", "faint", "cut off"}


def test_a_screen_reader_is_told_where_it_is_and_what_a_table_is_of(page: str) -> None:
    tags = Reader.of(page).tags
    assert [tag for tag, _ in tags if tag in ("header", "main", "footer")] == ["header", "main", "footer"]
    assert all(said.get("aria-label") for tag, said in tags if tag in ("nav", "table"))
    ids = {said.get("id") for _, said in tags}
    assert all(said.get("aria-labelledby") in ids for tag, said in tags if tag == "section")
    assert not [said for _, said in tags if said.get("tabindex")]
    assert not re.search(r"<(th|dt|h[1-6]|a)\b[^>]*>\s*</", page), "a header or a link without a word"
    # better and worse are colours; who does not see them hears a word
    coloured = re.findall(r'class="change (?:better|worse)">[^<]*(<span class="hidden"> \(\w)?', page)
    assert coloured
    assert all(coloured)

"""One HTML page that works offline: a title, facts, and figures with plotly.js within."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from bms import output

Facts = Sequence[tuple[str, str]]

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; color: #1f2933;
  background: #fff; max-width: 1080px; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 0; }
p { margin: .2rem 0; color: #52606d; max-width: 100ch; }
dl { columns: 420px 2; column-gap: 2.2rem; margin: 1.2rem 0; }
dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .22rem 0; border-bottom: 1px solid #eee;
  break-inside: avoid; }
dt.part { padding-left: 1rem; }
dt { color: #52606d; } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
footer { margin: 2.5rem 0 1rem; font-size: .85rem; color: #7b8794; }
@media (max-width: 560px) { .modebar { display: none !important; } }
@media print {
  body { max-width: none; margin: 0; font-size: 11px; }
  section { break-inside: avoid; }
  .modebar { display: none; }
}
"""

# Zoom along time in one figure and the others follow; a double click brings all of it back.
_LINKED = """
const plots = [...document.querySelectorAll('.plotly-graph-div')];
let following = false;
plots.forEach(plot => plot.on('plotly_relayout', event => {
  const all = event['xaxis.autorange'], from = event['xaxis.range[0]'], to = event['xaxis.range[1]'];
  if (following || (!all && from === undefined)) return;
  following = true;
  const change = all ? {'xaxis.autorange': true} : {'xaxis.range[0]': from, 'xaxis.range[1]': to};
  Promise.all(plots.filter(other => other !== plot).map(other => Plotly.relayout(other, change)))
    .finally(() => { following = false; });
}));
"""


@dataclass(frozen=True)
class Section:
    """A figure with its heading and one sentence on how to read it."""

    heading: str
    caption: str
    figure: go.Figure


def page(title: str, subtitle: str, facts: Facts, sections: Sequence[Section], linked: bool = True) -> str:
    """The HTML text; nothing in it is loaded from elsewhere. linked: the figures share their axis across."""
    rows = "\n".join(_row(name, value) for name, value in facts)
    body = "\n".join(_section(number, section) for number, section in enumerate(sections, 1))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
<script>{get_plotlyjs()}</script>
</head>
<body>
<h1>{escape(title)}</h1>
<p>{escape(subtitle)}</p>
<dl>
{rows}
</dl>
{body}
<footer>packmirror: research and education, not certified. Positive current discharges.</footer>
<script>{_LINKED if linked else ""}</script>
</body>
</html>
"""


def write(
    path: Path, title: str, subtitle: str, facts: Facts, sections: Sequence[Section], linked: bool = True
) -> None:
    """The page to `path`, whole or not at all; InputError where that cannot be."""
    output.write_text(path, page(title, subtitle, facts, sections, linked))


def _row(name: str, value: str) -> str:
    part = ' class="part"' if name.startswith(" ") else ""  # of the row above
    return f"<div><dt{part}>{escape(name.strip())}</dt><dd>{escape(value)}</dd></div>"


def _section(number: int, section: Section) -> str:
    plot = section.figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        include_mathjax=False,
        div_id=f"figure-{number}",
        config={"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": ["select2d", "lasso2d"]},
    )
    return f"<section>\n<h2>{escape(section.heading)}</h2>\n<p>{escape(section.caption)}</p>\n{plot}\n</section>"

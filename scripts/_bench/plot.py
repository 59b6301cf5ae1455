"""Figures as a picture: horizontal bars to the median, a thin line from the least to the most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from .figures import Sample, Spread, summarize

# Each panel has a scale of its own; shares are of its first bar.
PANELS: Mapping[str, tuple[str, ...]] = {
    "One host": ("by hand", "deploy", "floor", "second run", "all-in-one", "all-in-one, second run"),
    "Second run on several hosts": ("second run", *(f"{count} hosts, second run" for count in (2, 4, 8))),
    "Image of 4 GB, up": ("upload, openstack client", "upload, our module"),
    "Image of 4 GB, down": ("download, openstack client", "download, our module"),
}
WIDTH, LEFT, RIGHT, ROW = 860, 220, 190, 24
BAR, LINE, TEXT, QUIET = "#4c78a8", "#1f2d3d", "#1f2d3d", "#6b7785"


def draw(samples: Sequence[Sample]) -> str:
    """Return the picture as SVG."""
    shapes: list[str] = []
    top = 10
    for suite, names in summarize(samples).items():
        for title, wanted in PANELS.items():
            bars = {name: names[name] for name in wanted if name in names}
            if bars:
                shapes += panel(f"{title}, {suite}, seconds", bars, top)
                top += ROW * (len(bars) + 2)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}"'
    ground = f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>'
    return "\n".join([f'{head} font-family="sans-serif" font-size="13">', ground, *shapes, "</svg>", ""])


def panel(title: str, bars: Mapping[str, Spread], top: int) -> Iterator[str]:
    """Draw bars of one scale below a title."""
    yield text(10, top + 16, title, TEXT, 'font-weight="bold"')
    scale = (WIDTH - LEFT - RIGHT) / max(each.most for each in bars.values())
    base = next(iter(bars.values())).median
    for row, (name, each) in enumerate(bars.items()):
        middle = top + ROW * (row + 1) + 12
        label = f"{each.median:.1f} s" + (f"  x{each.median / base:.2f}" if row else "")
        yield text(LEFT - 8, middle + 4, name, TEXT, 'text-anchor="end"')
        yield f'<rect x="{LEFT}" y="{middle - 8}" width="{each.median * scale:.1f}" height="16" fill="{BAR}"/>'
        yield whisker(LEFT + each.least * scale, LEFT + each.most * scale, middle)
        yield text(LEFT + each.most * scale + 10, middle + 4, label, QUIET)


def whisker(start: float, end: float, middle: int) -> str:
    """Draw a line with two ends."""
    ends = f"M{start:.1f} {middle - 4}v8M{end:.1f} {middle - 4}v8M{start:.1f} {middle}H{end:.1f}"
    return f'<path d="{ends}" stroke="{LINE}" stroke-width="1.5" fill="none"/>'


def text(x: float, y: float, words: str, colour: str, more: str = "") -> str:
    """Write words."""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" {more}>{escape(words)}</text>'

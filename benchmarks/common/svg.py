# SPDX-License-Identifier: MIT
"""Plots as SVG text: bars, and ranges on a logarithmic scale. Readable on a light and on a dark page."""

import math
from xml.sax.saxutils import escape

WIDTH = 760
LABELS = 240  # left of the bars
RIGHT = 80  # for the number behind a bar
ROW = 21
OURS, OTHERS, SCALE = "#0b7a75", "#9aa5b1", "#d8dee4"
STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 } .panel { font-weight: 600 } .note, .tick { fill: #57606a } .tick { font-size: 10px }
</style>"""


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Drawing:
    def __init__(self, title, note):
        self.parts = []
        self.y = 30
        self.text(20, self.y, title, "title")
        if note:
            self.y += 20
            self.text(20, self.y, note, "note")

    def add(self, part):
        self.parts.append(part)

    def text(self, x, y, text, style="", anchor="start"):
        style = f' class="{style}"' if style else ""
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>')

    def panel(self, title):
        self.y += 30
        self.text(20, self.y, title, "panel")
        self.y += 8

    def finish(self):
        height = self.y + 24
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">\n'
                f'<!-- SPDX-License-Identifier: MIT -->\n{STYLE}\n<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>\n')  # fmt: skip
        return head + "\n".join(self.parts) + "\n</svg>\n"


def bars(title, note, panels, is_ours, cap=None):
    """Panels of (title, [(label, value)]). A bar longer than `cap` is cut, and shows it."""
    drawing = Drawing(title, note)
    for name, rows in panels:
        drawing.panel(name)
        longest = max(value for _, value in rows)
        scale = (WIDTH - LABELS - RIGHT) / (min(longest, cap) if cap else longest)
        for label, value in rows:
            top = drawing.y
            length = max(1.0, min(value, cap or value) * scale)
            drawing.text(LABELS - 8, top + 14, label, anchor="end")
            drawing.add(f'<rect x="{LABELS}" y="{top + 3}" width="{length:.1f}" height="{ROW - 6}" rx="2" fill="{OURS if is_ours(label) else OTHERS}"/>')
            if cap and value > cap:
                cut = LABELS + length - 22
                drawing.add(f'<path d="M{cut:.1f} {top + ROW} l6 -{ROW} m5 0 l-6 {ROW}" stroke="#ffffff" stroke-width="3"/>')
            drawing.text(LABELS + length + 6, top + 14, number(value))
            drawing.y += ROW
    return drawing.finish()


def ranges(title, note, panels, is_ours):
    """Panels of (title, [(label, (p50, p99, p99.9))]) on one logarithmic scale."""
    drawing = Drawing(title, note)
    every = [value for _, rows in panels for _, values in rows for value in values]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))

    def place(value):
        return LABELS + (math.log10(value) - low) / (high - low) * (WIDTH - LABELS - RIGHT)

    for name, rows in panels:
        drawing.panel(name)
        top, bottom = drawing.y, drawing.y + ROW * len(rows)
        for power in range(low, high + 1):
            x = place(10**power)
            drawing.add(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{SCALE}"/>')
            drawing.text(x, bottom + 12, f"{10 ** power:,}", "tick", "middle")
        for label, (p50, p99, p999) in rows:
            y = drawing.y + ROW / 2
            color = OURS if is_ours(label) else OTHERS
            drawing.text(LABELS - 8, y + 4, label, anchor="end")
            drawing.add(f'<line x1="{place(p50):.1f}" y1="{y}" x2="{place(p999):.1f}" y2="{y}" stroke="{color}" stroke-width="4"/>')
            drawing.add(f'<circle cx="{place(p50):.1f}" cy="{y}" r="6" fill="{color}"/>')
            drawing.add(f'<circle cx="{place(p99):.1f}" cy="{y}" r="4" fill="{color}" stroke="#ffffff"/>')
            drawing.text(place(p999) + 8, y + 4, number(p50))
            drawing.y += ROW
        drawing.y += 12
    return drawing.finish()

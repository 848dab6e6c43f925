"""The report's style sheet: light and dark, no font or image from anywhere else.

Colours keep apart for the common colour blindnesses, and none is alone in telling something: c is dashed,
the root is a band, empty answers have a lane, events have numbers.
"""

CSS = """
:root { color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2129; --soft: #5d6673; --faint: #e7e4dc; --bed: #f4f2ec;
  --a: #b4530a; --b: #0b62b8; --c: #0f7f6f; --root: #c9ced8; --bead: #363c49; --red: #c8102e; --darkfill: #c8102e17;
  --good: #14703f; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14161b; --card: #1b1e25; --ink: #e8e6e1; --soft: #9aa3b0; --faint: #2c313b; --bed: #22262e;
  --a: #f29a4a; --b: #6db3f7; --c: #4fcab4; --root: #434a58; --bead: #d9dde5; --red: #ff6b7d; --darkfill: #ff6b7d22;
  --good: #63d397; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 44px 24px 80px; }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -.02em; margin: 0 0 8px; font-weight: 680; }
h2 { font-size: 23px; letter-spacing: -.01em; margin: 0; font-weight: 650; }
h3 { font-size: 14px; font-weight: 600; color: var(--soft); margin: 20px 0 2px; }
p { margin: 8px 0; max-width: 92ch; }
code { font: 0.88em ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--bed);
  padding: 2px 6px; border-radius: 4px; }
a { color: var(--b); }
.meta { color: var(--soft); font-size: 14px; max-width: 104ch; }
.chips { display: flex; flex-wrap: wrap; gap: 10px; margin: 22px 0 12px; padding: 0; list-style: none; }
.chips a { display: block; padding: 8px 14px; border: 1px solid var(--faint); border-radius: 9px;
  background: var(--card);
  color: var(--ink); text-decoration: none; font-weight: 600; }
.chips a:hover { border-color: var(--soft); }
.fell { color: var(--red); } .held { color: var(--good); }
.chips span, h2 span { font-weight: 600; font-size: 14px; margin-left: 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 22px; color: var(--soft); font-size: 14px; margin: 14px 0 0;
  padding: 0; list-style: none; }
.legend svg { width: 30px; height: 14px; vertical-align: -2px; margin-right: 7px; }
section { background: var(--card); border: 1px solid var(--faint); border-radius: 14px; padding: 26px 28px 22px;
  margin: 26px 0; }
svg.chart { display: block; width: 100%; height: auto; margin: 4px 0; }
.scroll { overflow-x: auto; } .scroll svg.chart { min-width: 760px; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--soft); }
.end { text-anchor: end; } .mid { text-anchor: middle; }
svg .tick { font-variant-numeric: tabular-nums; }
.grid { stroke: var(--faint); } .notch { stroke: var(--soft); } .lanebed { fill: var(--bed); }
.line { fill: none; stroke-width: 2.4; stroke-linejoin: round; stroke-linecap: round; }
.band { fill: var(--root); } .move { stroke: var(--root); stroke-width: 3; }
.dangling { fill: var(--card); stroke: var(--red); stroke-dasharray: 4 3; }
.a { stroke: var(--a); } .b { stroke: var(--b); } .c { stroke: var(--c); }
.line.a { stroke-width: 3; } .line.c { stroke-dasharray: 7 5; }
.bead { fill: var(--bead); } .empty { stroke: var(--red); stroke-width: 1.6; } .lostmark { stroke: var(--soft); }
.dark { fill: var(--darkfill); } svg .darkword { fill: var(--red); text-anchor: middle; font-weight: 600;
  font-size: 13px; }
.plan { fill: var(--soft); } svg .plannumber { font-size: 11px; }
.lead { fill: none; stroke-width: 1; stroke-dasharray: 2 3; opacity: .8; }
  .lead.other, .at.other { stroke: var(--soft); }
.at { fill: var(--card); stroke-width: 2; } .at.root { stroke: var(--soft); }
.badge circle { fill: var(--soft); stroke: none; } .badge text { fill: var(--card); stroke: none; text-anchor: middle;
  font-weight: 700; }
.badge.a circle, .dot.a { fill: var(--a); background: var(--a); } .badge.b circle, .dot.b { fill: var(--b);
  background: var(--b); }
.badge.c circle, .dot.c { fill: var(--c); background: var(--c); }
.badge.wrote-back circle, .badge.deleted:not(.other) circle, .badge.wedged circle {
  stroke: var(--red); stroke-width: 2.5; }
ol.events { list-style: none; margin: 10px 0 4px; padding: 0; columns: 2; column-gap: 36px; font-size: 14px; }
ol.events li { break-inside: avoid; display: grid; grid-template-columns: 24px 66px 1fr; gap: 8px; padding: 3px 0; }
.dot { display: inline-grid; place-items: center; width: 20px; height: 20px; border-radius: 50%;
  background: var(--soft);
  color: var(--card); font-size: 12px; font-weight: 700; }
time { color: var(--soft); font-variant-numeric: tabular-nums; text-align: right; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: 23px; font-weight: 650; margin-bottom: 12px; }
th, td { padding: 9px 12px 9px 0; border-bottom: 1px solid var(--faint); text-align: right; vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
th:first-child { text-align: left; }
tr.why td { text-align: left; padding: 0 0 12px 18px; } tr:has(+ tr.why) > * { border-bottom: 0; }
tbody th { color: var(--ink); }
td.bad { color: var(--red); font-weight: 650; }
footer { color: var(--soft); font-size: 14px; }
@media (max-width: 760px) { ol.events { columns: 1; } section { padding: 20px 16px; } }
@media print { section { break-inside: avoid; border-color: #ccc; } }
"""

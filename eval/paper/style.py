"""The looks of the page, light and dark."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1a1c20; --soft: #6b7280; --line: #d7dae0; --paper: #fff;
  --mark: #1f6feb;
  --quiet: #b6bdc9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #9aa3af; --line: #363b44;
  --paper: #15171b;
  --mark: #6ea8fe; --quiet: #4b5260; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9em; }
caption { text-align: left; color: var(--soft); padding: .4rem 0; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space:
  nowrap; }
th[scope=row], td:last-child:not(:first-child) { text-align: left; }
tbody th { font-weight: 600; } thead th:first-child, thead th:last-child { text-align: left; }
figure { display: inline-block; margin: 1rem 1.5rem 1rem 0; width: min(100%, 30rem); vertical-align: top; }
figcaption { color: var(--soft); font-size: .9em; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; }
svg .name { text-anchor: end; } svg .middle { text-anchor: middle; fill: var(--soft); }
svg .bar { fill: var(--mark); opacity: .75; } svg .quiet { fill: var(--quiet); }
svg .ends { stroke: var(--ink); stroke-width: 2; } svg .grid { stroke: var(--line); }
svg .dot { fill: var(--mark); } svg .curve { fill: none; stroke: var(--mark); stroke-width: 2; }
article { border-left: 3px solid var(--line); padding-left: 1rem; margin: 1.2rem 0; }
pre, code { font-family: ui-monospace, monospace; font-size: .88em; white-space: pre-wrap;
  overflow-wrap: anywhere; }
summary { cursor: pointer; margin: 1rem 0; }
"""

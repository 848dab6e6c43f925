"""The heat map's page: what draws, without what is drawn (`heat.py`)."""

PLACE = "/*DATA*/"
TEMPLATE = r"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Namelatch: the lattice of safeguards</title>
<style>
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6573; --ground: #fff; --line: #c9d0d9; --safe: #2a7f62;
  --grey: #aab1bb; --mark: #1d2430; --on: #44506180; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b4; --ground: #14181e; --line: #3a4350;
  --safe: #3d9c7a; --grey: #59626e; --mark: #fff; --on: #9fb0c680; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 78rem; padding: 0 1rem;
  color: var(--ink); background: var(--ground); }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 60rem; } .soft { color: var(--soft); }
canvas { display: block; image-rendering: pixelated; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
.legend i { display: inline-block; width: 1rem; height: 1rem; vertical-align: -.15rem; margin-right: .35rem; }
.pick { display: flex; flex-wrap: wrap; gap: .25rem 1rem; border: 1px solid var(--line); padding: .6rem .8rem;
  border-radius: .4rem; position: sticky; top: 0; background: var(--ground); z-index: 1; }
.pick label { white-space: nowrap; } .pick b { width: 100%; font-weight: 600; }
.pick button { font: inherit; }
.both { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.small { display: grid; grid-template-columns: repeat(auto-fill, 150px); gap: 1rem 1.25rem; }
figure { margin: 0; } figcaption { font-size: .78rem; line-height: 1.25; min-height: 2.5em; overflow-wrap: anywhere; }
figcaption b { display: block; font-weight: 600; }
.says { flex: 1 1 22rem; min-width: 18rem; font-size: .9rem; }
.says ul { margin: .25rem 0; padding-left: 1.2rem; columns: 2; } .says li { break-inside: avoid; }
.bad { color: #c2452d; } .good { color: var(--safe); }
@media (prefers-color-scheme: dark) { .bad { color: #f08a6c; } }
</style>
</head>
<body>
<h1>The lattice of safeguards</h1>
<p>A square is one of the 4,096 sets of safeguards. Each of the twelve bars along the top and the left side is a
safeguard: where its bar runs, it is in the set. Tick safeguards, or point at a square, to see what falls without the
others. What the colours rest on is told in <a href="lattice.md">lattice.md</a>.</p>
<div class="pick" id="pick"></div>
<noscript><p>The map is drawn by a script in this file. The same in words: lattice.md.</p></noscript>
<div id="maps"></div>
<script>
"use strict";
const data = /*DATA*/;
const SIZE = 64, all = 4096;
const dark = matchMedia("(prefers-color-scheme: dark)");
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const names = set => data.names.filter((_, bit) => set >> bit & 1);

// One number a subset: -1 safe, -2 unknown, else what fell. The first cell that answers is believed.
function spread(cells) {
  const found = new Int8Array(all).fill(-3);
  for (const [searched, mattered, fell] of cells) {
    const silent = searched & ~mattered;
    for (let some = silent; ; some = (some - 1) & silent) {
      if (found[mattered | some] === -3) found[mattered | some] = fell;
      if (!some) break;
    }
  }
  return found.map(one => one === -3 ? -2 : one);
}
const bitAt = (order, at) => order.reduce((set, bit, place) => set | (at >> (5 - place) & 1) << bit, 0);
const columns = [...Array(SIZE).keys()].map(at => bitAt(data.columns, at));
const rows = [...Array(SIZE).keys()].map(at => bitAt(data.rows, at));
const column = set => columns.indexOf(set & data.columns.reduce((some, bit) => some | 1 << bit, 0));
const row = set => rows.indexOf(set & data.rows.reduce((some, bit) => some | 1 << bit, 0));

for (const one of data.compositions) {
  one.spread = one.cells.map(spread);
  one.falls = new Int16Array(all); one.grey = new Int16Array(all);
  for (const found of one.spread) for (let set = 0; set < all; set++) {
    if (found[set] >= 0) one.falls[set]++; else if (found[set] === -2) one.grey[set]++;
  }
}
const most = Math.max(...data.compositions.flatMap(one => [...one.falls]));
function warm(share) { // from pale yellow to dark red
  const stops = [[250, 214, 120], [236, 122, 60], [150, 22, 34]];
  const at = share * 2, low = Math.min(1, Math.floor(at)), part = at - low;
  return `rgb(${stops[low].map((from, i) => Math.round(from + (stops[low + 1][i] - from) * part)).join(",")})`;
}
const sumColour = (one, set) => one.falls[set] ? warm((one.falls[set] - 1) / Math.max(1, most - 1))
  : one.grey[set] ? css("--grey") : css("--safe");
const oneColour = fell => fell >= 0 ? "#c2452d" : fell === -2 ? css("--grey") : css("--safe");

let picked = data.named.length ? data.named[0][1] : 0;
const drawers = [];
function squares(canvas, square, colour, left = 0, top = 0) {
  const pen = canvas.getContext("2d");
  for (let y = 0; y < SIZE; y++) for (let x = 0; x < SIZE; x++) {
    pen.fillStyle = colour(columns[x] | rows[y]);
    pen.fillRect(left + x * square, top + y * square, square, square);
  }
  return (set, width, ink) => {
    pen.strokeStyle = ink; pen.lineWidth = width;
    pen.strokeRect(left + column(set) * square - 1, top + row(set) * square - 1, square + 2, square + 2);
  };
}
function pointed(canvas, square, left, top) {
  const at = event => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left - left) / square);
    const y = Math.floor((event.clientY - box.top - top) / square);
    if (x >= 0 && y >= 0 && x < SIZE && y < SIZE) { picked = columns[x] | rows[y]; say(); }
  };
  canvas.addEventListener("mousemove", event => { if (event.buttons === 0) at(event); });
  canvas.addEventListener("click", at);
}
function canvasOf(width, height) {
  const canvas = document.createElement("canvas"), sharp = window.devicePixelRatio || 1;
  canvas.width = width * sharp; canvas.height = height * sharp;
  canvas.style.width = width + "px"; canvas.style.height = height + "px";
  canvas.getContext("2d").scale(sharp, sharp);
  return canvas;
}
const LEFT = 104, TOP = 100, BIG = 7, LABELS = 110;
function big(one) {
  const canvas = canvasOf(LEFT + SIZE * BIG + LABELS, TOP + SIZE * BIG + 4), pen = canvas.getContext("2d");
  drawers.push(() => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const mark = squares(canvas, BIG, set => sumColour(one, set), LEFT, TOP);
    pen.font = "12px system-ui, sans-serif";
    const bars = (order, of, draw) => order.forEach((bit, place) => {
      for (let at = 0; at < SIZE; at++) if (of[at] >> bit & 1) draw(place, at);
    });
    pen.fillStyle = css("--on");
    bars(data.columns, columns, (place, at) => pen.fillRect(LEFT + at * BIG, 4 + place * 15, BIG, 11));
    bars(data.rows, rows, (place, at) => pen.fillRect(4 + place * 16, TOP + at * BIG, 11, BIG));
    pen.fillStyle = css("--ink"); pen.textAlign = "left"; pen.textBaseline = "middle";
    data.columns.forEach((bit, place) => pen.fillText(data.names[bit], LEFT + SIZE * BIG + 6, 10 + place * 15));
    data.rows.forEach((bit, place) => {
      pen.save(); pen.translate(10 + place * 16, TOP - 6); pen.rotate(-Math.PI / 2);
      pen.fillText(data.names[bit], 0, 0); pen.restore();
    });
    if (one === data.compositions[0]) for (const [, set] of data.named) mark(set, 2, css("--mark"));
    mark(picked, 3, "#2f6fed");
  });
  pointed(canvas, BIG, LEFT, TOP);
  return canvas;
}
function small(one, at) {
  const canvas = canvasOf(SIZE * 2 + 4, SIZE * 2 + 4);
  drawers.push(() => {
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    squares(canvas, 2, set => oneColour(one.spread[at][set]), 2, 2)(picked, 2, "#2f6fed");
  });
  pointed(canvas, 2, 2, 2);
  const figure = document.createElement("figure"), caption = document.createElement("figcaption");
  figure.append(canvas, caption);
  drawers.push(() => {
    const fell = one.spread[at][picked];
    caption.innerHTML = `<b>${data.scenarios[at]}</b>` + (fell >= 0 ? `<span class="bad">${data.harms[fell]}</span>`
      : fell === -2 ? "unknown" : '<span class="good">safe</span>');
  });
  return figure;
}
const count = data.scenarios.length, named = data.named.map(([name]) => name);
const made = kind => document.createElement(kind);
const swatch = (colour, words) => `<span><i style="background:${colour}"></i>${words}</span>`;
const maps = document.getElementById("maps"), pick = document.getElementById("pick");
for (const one of data.compositions) {
  const [head, about, legend, both, says, by, grid] = ["h2", "p", "p", "div", "div", "p", "div"].map(made);
  head.textContent = `Swept ${one.name}`; about.textContent = one.about;
  about.className = "soft"; both.className = "both"; says.className = "says"; grid.className = "small";
  legend.className = "legend";
  drawers.push(() => legend.innerHTML = swatch(css("--safe"), `safe in all ${count} scenarios`)
    + [0, .5, 1].map(share => swatch(warm(share), `something falls in ${Math.round(1 + share * (most - 1))}`)).join("")
    + swatch(css("--grey"), "unknown in some, falls in none") + swatch("#2f6fed", "the set picked, framed")
    + (one === data.compositions[0] ? swatch(css("--mark"), `${named.join(", ")}, framed`) : ""));
  drawers.push(() => {
    const fell = one.spread.map((found, at) => [data.scenarios[at], found[picked]]).filter(([, what]) => what !== -1);
    const bad = fell.filter(([, what]) => what >= 0).length;
    says.innerHTML = `<p><b>${names(picked).join(", ") || "no safeguard at all"}</b></p><p>${fell.length === 0
      ? '<span class="good">Safe in every scenario.</span>'
      : bad ? `<span class="bad">Something falls in ${bad} of ${count} scenarios.</span>` : "Unknown."}</p><ul>`
      + fell.map(([id, what]) => `<li>${id}: ${what === -2 ? "unknown" : data.fallen[what]}</li>`).join("") + "</ul>";
  });
  both.append(big(one), says);
  one.cells.forEach((_, at) => grid.append(small(one, at)));
  by.textContent = "Each scenario alone: green safe, red something falls, grey unknown; below, the picked set.";
  maps.append(head, about, legend, both, by, grid);
}
pick.innerHTML = "<b>The set picked</b>" + data.names.map((name, bit) =>
  `<label><input type="checkbox" data-bit="${bit}"> ${name}</label>`).join("")
  + data.named.map(([name, set]) => `<button data-set="${set}">${name}</button>`).join("");
pick.addEventListener("input", event => { picked ^= 1 << event.target.dataset.bit; say(); });
pick.addEventListener("click", event => {
  if (event.target.dataset.set) { picked = +event.target.dataset.set; say(); }
});
let waiting = false;
function say() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    pick.querySelectorAll("input").forEach(box => box.checked = picked >> box.dataset.bit & 1);
    drawers.forEach(draw => draw());
  });
}
dark.addEventListener("change", say);
say();
</script>
</body>
</html>
"""

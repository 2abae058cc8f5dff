"use strict";
// The table of tensors shows only the rows that are in its window, so that it stays fast whatever
// their number; charts and table show what the filters let through.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const [CASE, LEG, KIND, NAME, VERDICT, RTOL, ABS, MAGNITUDE, LEFT, RIGHT, ULP, INDEX, REASON, CLASS] = Array.from({length: 14}, (_, i) => i);
  const VERDICTS = ["passed", "incomplete", "failed"];  // the worse the larger
  const SIGNS = ["\u2713", "\u25d0", "\u2717"];
  const ROW = 30;  // pixels, as in the style sheet
  const byId = (id) => document.getElementById(id);
  const collator = new Intl.Collator(undefined, {numeric: true});
  const figure = (value) => value === null ? "" : typeof value === "string" ? value :
    value === 0 ? "0" : Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6 ? String(+value.toPrecision(6)) : value.toExponential(2);
  const number = (value) => value === null ? -1 : Number(value);

  // What all names of cases have in front is left out of the table.
  const prefix = data.cases.reduce((a, b) => { let i = 0; while (i < a.length && a[i] === b[i]) ++i; return a.slice(0, i); }, data.cases[0] ?? "");
  const common = data.cases.length < 2 ? 0 : prefix.lastIndexOf("/") + 1;
  const shortCases = data.cases.map((name) => name.slice(common));
  const shortLegs = data.legs.map((name) => name.split(" against ")[0]);

  // Texts are compared once; rows are sorted by the ranks.
  const ranks = (names) => {
    const sorted = [...new Set(names)].sort(collator.compare);
    return new Map(sorted.map((name, i) => [name, i]));
  };
  const ranksOf = (names) => { const rank = ranks(names); return names.map((name) => rank.get(name)); };
  const caseRanks = ranksOf(data.cases), legRanks = ranksOf(data.legs), kindRanks = ranksOf(data.kinds);
  const nameRanks = ranks(data.rows.map((row) => row[NAME]));

  const COLUMNS = [
    {label: "verdict", style: "c-verdict", key: (row) => row[VERDICT]},
    {label: "case", style: "wide", text: true, key: (row) => caseRanks[row[CASE]]},
    {label: "leg", style: "wide c-leg", text: true, key: (row) => legRanks[row[LEG]]},
    {label: "kind", style: "wide c-kind", text: true, key: (row) => kindRanks[row[KIND]]},
    {label: "tensor", style: "c-name", text: true, key: (row) => nameRanks.get(row[NAME])},
    {label: "relative", hint: "largest difference over the largest element", style: "c-figure", key: (row) => number(row[RTOL])},
    {label: "absolute", hint: "largest difference", style: "wide c-figure", key: (row) => number(row[ABS])},
    {label: "magnitude", hint: "largest element of what it is held to", style: "wide c-figure", key: (row) => number(row[MAGNITUDE])},
    {label: "ULP", hint: "of the worst element", style: "wide c-ulp", key: (row) => row[ULP]},
  ];
  const TEXT = [
    (row) => SIGNS[row[VERDICT]], (row) => shortCases[row[CASE]], (row) => shortLegs[row[LEG]], (row) => data.kinds[row[KIND]],
    (row) => row[NAME], (row) => figure(row[RTOL]), (row) => figure(row[ABS]), (row) => figure(row[MAGNITUDE]),
    (row) => row[RTOL] === null ? "" : row[ULP] > 1e15 ? "far" : String(row[ULP]),
  ];

  let shown = [];  // rows of the table, filtered and sorted
  let order = {column: -1, descending: true};
  let chosen = null;
  let charting = false;  // whether the charts wait to be drawn
  const pane = byId("window"), body = byId("rows"), table = byId("tensors");
  const searched = data.rows.map((row) => `${data.cases[row[CASE]]} ${row[NAME]} ${data.reasons[row[REASON]]} ${data.reasons[row[CLASS]]}`.toLowerCase());

  const byDefault = (a, b) => b[VERDICT] - a[VERDICT] || number(b[RTOL]) - number(a[RTOL]);
  function sorted(rows) {
    if (order.column < 0) return rows.sort(byDefault);
    const key = COLUMNS[order.column].key, sign = order.descending ? -1 : 1;
    const compare = (a, b) => Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : a < b ? -1 : a > b ? 1 : 0;
    return rows.map((row) => [key(row), row]).sort((a, b) => sign * compare(a[0], b[0])).map((pair) => pair[1]);
  }

  function update() {
    const words = byId("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = [["verdict", VERDICT], ["case", CASE], ["leg", LEG], ["kind", KIND]]
      .map(([id, column]) => [column, byId(id).value]).filter(([, value]) => value !== "").map(([column, value]) => [column, Number(value)]);
    shown = sorted(data.rows.filter((row, i) => wanted.every(([column, value]) => row[column] === value) &&
      words.every((word) => searched[i].includes(word))));
    byId("count").textContent = `${shown.length} of ${data.rows.length} tensors`;
    table.setAttribute("aria-rowcount", shown.length + 1);
    pane.scrollTop = 0;
    drawRows();
    if (!charting) requestAnimationFrame(() => { charting = false; drawHistogram(); drawScatter(); });
    charting = true;
  }

  function cell(row, column, text) {
    const td = document.createElement("td");
    td.className = COLUMNS[column].style;
    if (column === 0) {
      td.classList.add(VERDICTS[row[VERDICT]]);
      td.append(text);
      const word = document.createElement("span");
      word.className = "word";
      word.textContent = " " + VERDICTS[row[VERDICT]];
      td.append(word);
      td.title = VERDICTS[row[VERDICT]];
    } else if (COLUMNS[column].style === "c-name") {
      const button = document.createElement("button");
      button.textContent = text;
      button.title = text;
      button.onclick = () => choose(row, false);
      td.append(button);
    } else {
      td.textContent = text;
      if (text.length > 12) td.title = text;
    }
    return td;
  }

  function gap(rows) {
    const tr = document.createElement("tr");
    tr.className = "gap";
    tr.setAttribute("aria-hidden", "true");
    const td = document.createElement("td");
    td.style.height = `${rows * ROW}px`;
    tr.append(td);
    return tr;
  }

  function drawRows() {
    const first = Math.max(0, Math.floor(pane.scrollTop / ROW) - 10);
    const last = Math.min(shown.length, first + Math.ceil(pane.clientHeight / ROW) + 20);
    const parts = [gap(first)];
    for (let i = first; i < last; ++i) {
      const row = shown[i];
      const tr = document.createElement("tr");
      tr.setAttribute("aria-rowindex", i + 2);
      if (row === chosen) tr.className = "chosen";
      TEXT.forEach((text, column) => tr.append(cell(row, column, text(row))));
      parts.push(tr);
    }
    parts.push(gap(shown.length - last));
    const focused = document.activeElement && body.contains(document.activeElement) ? document.activeElement.closest("tr").getAttribute("aria-rowindex") : null;
    body.replaceChildren(...parts);
    if (focused) body.querySelector(`tr[aria-rowindex="${focused}"] button`)?.focus({preventScroll: true});
  }

  function choose(row, reveal) {
    chosen = row;
    const list = document.createElement("dl");
    const entry = (name, value) => {
      if (value === "" || value === null) return;
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = name;
      dd.textContent = value;
      list.append(dt, dd);
    };
    entry("tensor", `${data.kinds[row[KIND]]} ${row[NAME]}`);
    entry("case", data.cases[row[CASE]]);
    entry("leg", data.legs[row[LEG]]);
    entry("verdict", `${SIGNS[row[VERDICT]]} ${VERDICTS[row[VERDICT]]}`);
    entry("reason", data.reasons[row[REASON]]);
    entry("nature", data.reasons[row[CLASS]]);
    if (row[RTOL] !== null) {
      entry("largest difference", `${figure(row[ABS])}, relative to the largest element (${figure(row[MAGNITUDE])}) ${figure(row[RTOL])}`);
      entry("worst element", `${row[INDEX]}: ${row[LEFT]} against ${row[RIGHT]}, ${TEXT[8](row)} ULP`);
    }
    byId("chosen").replaceChildren(list);
    if (reveal) pane.scrollTop = Math.max(0, shown.indexOf(row) * ROW - pane.clientHeight / 2);
    drawRows();
  }

  const SVG = "http://www.w3.org/2000/svg";
  function element(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }

  // Two bars a decade, in front of them what is equal.
  function drawHistogram() {
    const LOW = -17, BARS = 40;  // up to 1e3
    const counts = VERDICTS.map(() => new Array(BARS + 1).fill(0));
    for (const row of shown) {
      if (row[RTOL] === null) continue;
      const error = Number(row[RTOL]);
      const bar = error === 0 ? 0 : 1 + Math.min(BARS - 1, Math.max(0, Math.floor((Math.log10(error) - LOW) * 2)));
      counts[row[VERDICT]][Number.isNaN(bar) ? BARS : bar]++;
    }
    const heights = counts[0].map((_, i) => counts[0][i] + counts[1][i] + counts[2][i]);
    const most = Math.max(1, ...heights), svg = byId("histogram");
    const width = Math.max(280, svg.clientWidth || 560), pitch = (width - 64) / BARS;
    svg.setAttribute("viewBox", `0 0 ${width} 230`);
    svg.replaceChildren();
    // Square roots: a few failures among thousands are to be seen.
    const scale = (count) => 180 * Math.sqrt(count / most);
    const x = (bar) => bar === 0 ? 12 : 54 + (bar - 1) * pitch;
    for (let bar = 0; bar <= BARS; ++bar) {
      let below = 0;
      VERDICTS.forEach((verdict, v) => {
        if (counts[v][bar] === 0) return;
        const top = scale(below + counts[v][bar]), height = top - scale(below);
        const rect = element(svg, "rect", {class: "bar-" + verdict, x: x(bar), y: 205 - top, width: bar === 0 ? 16 : pitch - 2, height: Math.max(1, height)});
        const place = bar === 0 ? "equal" : `from ${(10 ** (LOW + (bar - 1) / 2)).toExponential(0)}`;
        element(rect, "title", {}, `${counts[v][bar]} ${verdict}, ${place}`);
        below += counts[v][bar];
      });
      if (counts[2][bar] > 0) element(svg, "text", {x: x(bar) + pitch / 2 - 1, y: 200 - scale(heights[bar]), "text-anchor": "middle", class: "name"}, "\u2717");
    }
    element(svg, "path", {class: "axis", d: `M6,205.5 H${width - 6}`});
    element(svg, "text", {x: 20, y: 220, "text-anchor": "middle"}, "equal");
    for (let decade = -16; decade <= 2; decade += pitch > 9 ? 2 : 4) {
      const at = 54 + (decade - LOW) * 2 * pitch;
      element(svg, "path", {class: "axis", d: `M${at},205 v4`});
      element(svg, "text", {x: at, y: 220, "text-anchor": "middle"}, `1e${decade}`);
    }
    const errors = shown.map((row) => row[RTOL]).filter((value) => value !== null).map(Number).sort((a, b) => a - b);
    const equal = errors.filter((value) => value === 0).length;
    byId("histogram-caption").textContent = errors.length === 0 ? "nothing was compared" :
      `${equal} of ${errors.length} equal, median ${figure(errors[errors.length >> 1])}, largest ${figure(errors[errors.length - 1])}; height goes with the square root of the number`;
  }

  let points = [];  // [x, y, row] of what the scatter shows
  function drawScatter() {
    const canvas = byId("scatter"), ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (width === 0) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d"), colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
    pen.scale(ratio, ratio);
    const usable = shown.filter((row) => row[RTOL] !== null && Number.isFinite(Number(row[RTOL])) && Number(row[MAGNITUDE]) > 0);
    const limits = (values, low, high) => {
      for (const v of values) { low = Math.min(low, Math.floor(v)); high = Math.max(high, Math.ceil(v)); }
      return [low, high];
    };
    const [x0, x1] = limits(usable.map((row) => Math.log10(row[MAGNITUDE])), -1, 1);
    const [y0, y1] = limits(usable.filter((row) => row[RTOL] > 0).map((row) => Math.log10(row[RTOL])), -8, -4);
    const toX = (v) => 48 + (v - x0) / (x1 - x0) * (width - 60);
    const toY = (v) => 12 + (y1 - v) / (y1 - y0) * (height - 64);
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = colour("--quiet");
    pen.strokeStyle = colour("--line");
    const line = (a, b, c, d) => { pen.beginPath(); pen.moveTo(a, b); pen.lineTo(c, d); pen.stroke(); };
    const step = (a, b, room) => Math.max(1, Math.ceil((b - a) / room));
    for (let v = x0; v <= x1; v += step(x0, x1, width / 60)) { line(toX(v), 12, toX(v), height - 36); pen.fillText(`1e${v}`, toX(v) - 10, height - 22); }
    for (let v = y0; v <= y1; v += step(y0, y1, height / 26)) { line(48, toY(v), width - 12, toY(v)); pen.fillText(`1e${v}`, 12, toY(v) + 4); }
    pen.fillText("equal", 12, height - 38);
    pen.fillText("largest element of the tensor", width / 2 - 60, height - 6);
    const rounding = Math.log10(2 ** -24);
    if (rounding > y0 && rounding < y1) {
      pen.setLineDash([4, 4]);
      pen.strokeStyle = colour("--quiet");
      line(48, toY(rounding), width - 12, toY(rounding));
      pen.setLineDash([]);
      pen.fillText("rounding of float32", width - 120, toY(rounding) - 4);
    }
    points = usable.map((row) => [toX(Math.log10(row[MAGNITUDE])), row[RTOL] > 0 ? toY(Math.log10(row[RTOL])) : height - 42, row]);
    pen.fillStyle = colour("--point");
    pen.globalAlpha = 0.55;
    for (const [x, y, row] of points) if (row[VERDICT] !== 2) pen.fillRect(x - 1.5, y - 1.5, 3, 3);
    pen.globalAlpha = 1;
    pen.strokeStyle = colour("--failed");
    pen.lineWidth = 1.6;
    for (const [x, y, row] of points) if (row[VERDICT] === 2) { line(x - 4, y - 4, x + 4, y + 4); line(x - 4, y + 4, x + 4, y - 4); }
    pen.lineWidth = 1;
    byId("scatter-caption").textContent = `${points.length} tensors; \u2022 passed, \u2717 failed; a click selects`;
  }

  function nearest(event) {
    const box = byId("scatter").getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    let best = null, distance = 144;
    for (const point of points) {
      const d = (point[0] - x) ** 2 + (point[1] - y) ** 2;
      if (d < distance) [best, distance] = [point[2], d];
    }
    return best;
  }

  function fill(id, names) {
    names.forEach((name, i) => {
      const option = document.createElement("option");
      option.value = i;
      option.textContent = name;
      byId(id).append(option);
    });
  }

  function start() {
    fill("case", data.cases);
    fill("leg", data.legs);
    fill("kind", data.kinds);
    COLUMNS.forEach((column, i) => {
      const th = document.createElement("th"), button = document.createElement("button");
      th.scope = "col";
      th.className = column.style;
      th.setAttribute("aria-sort", "none");
      button.textContent = column.label;
      if (column.hint) button.title = column.hint;
      button.onclick = () => {
        order = {column: i, descending: order.column === i ? !order.descending : !COLUMNS[i].text};
        byId("heads").querySelectorAll("th").forEach((other, k) => other.setAttribute("aria-sort", k !== i ? "none" : order.descending ? "descending" : "ascending"));
        update();
      };
      th.append(button);
      byId("heads").append(th);
    });
    let waiting = false;
    pane.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; drawRows(); });
    }, {passive: true});
    for (const id of ["verdict", "case", "leg", "kind"]) byId(id).addEventListener("change", update);
    byId("text").addEventListener("input", update);
    for (const link of document.querySelectorAll("a[data-case]")) {
      link.addEventListener("click", () => { byId("case").value = link.dataset.case; update(); });
    }
    byId("scatter").addEventListener("pointermove", (event) => { event.target.style.cursor = nearest(event) ? "pointer" : ""; });
    byId("scatter").addEventListener("click", (event) => { const row = nearest(event); if (row) choose(row, true); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawScatter);
    new ResizeObserver(() => { drawRows(); drawHistogram(); drawScatter(); }).observe(pane);
    update();
  }
  start();
})();

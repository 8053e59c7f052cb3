// The lab's page: `sobolev_ref.lab.experiment.Experiment` makes the steps, by `python.run`, and this draws them.
// Before *Start* it draws STILL, a state that the site's build wrote.

"use strict";

const EXPERIMENT = `
import json
from dataclasses import asdict
from sobolev_ref.lab.experiment import Experiment
from sobolev_ref.lab.presets import PRESETS

lab, shown = Experiment(), None

def report():
    "All of the state where a setting or the ghost is another; else what a step changes."
    global shown
    now, shown = shown, (id(lab.ghost), lab.settings)
    if shown != now:
        print(json.dumps(lab.state()))
    else:
        last = {"record": asdict(lab.records[-1]), "diverged": lab.diverged}
        print(json.dumps(last | {"learned": lab.learned.tolist()}))

def change(call, *args, **settings):
    global shown
    try:
        call(*args, **settings)
        shown = None
        report()
    except (TypeError, ValueError) as error:
        print(json.dumps({"refused": str(error)}))
`;
const CONTROLS = [ // the name of a setting, its label, and what it may be
  ["target", "u(x) =", "text"],
  ["order", "k", [0, 1, 2, 3]],
  ["p", "p", { min: 1, max: 6, step: 0.1 }],
  ["weight", "λ", { min: -3, max: 2, step: 0.05, log: true }],
  ["learning_rate", "η", { min: -4, max: 0, step: 0.02, log: true }],
  ["activation", "σ", ["tanh", "sin", "softplus", "gelu", "relu"]],
  ["width", "width", { min: 1, max: 64, step: 1 }],
  ["nodes", "nodes", { min: 2, max: 128, step: 1 }],
  ["noise", "noise", { min: 0, max: 2, step: 0.05 }],
  ["decay", "decay μ", { min: 0, max: 0.5, step: 0.01 }],
  ["seed", "seed", { min: 0, max: 99, step: 1, field: "number" }],
];
const TRUE = "#9ecae1", LEARNED = "#08306b", GHOST = "#d55e00";
const ORDERS = ["#000000", "#d55e00", "#0072b2", "#cc79a7"], DASHES = ["", "8 3", "8 3 2 3", "2 3"];
const FRAME = 50; // milliseconds that steps may take between two pictures
const WIDTH = 480, HEIGHT = 250, LEFT = 58, RIGHT = 10, TOP = 26, BOTTOM = 30; // of a chart, in its own units

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("experiment");
  if (!place) return;
  const make = (tag, given = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), given);
    node.append(...children);
    return node;
  };
  const draw = (tag, given, text = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(given)) if (value !== "") node.setAttribute(name, value);
    node.textContent = text;
    return node;
  };

  // -- charts -------------------------------------------------------------------------------------

  const short = (x) => (x === 0 ? "0" : Math.abs(x) >= 1e4 || Math.abs(x) < 1e-2 ? x.toExponential(0) : String(+x.toPrecision(3)));

  function ticks(low, high, log) {
    if (log) {
      const step = Math.max(1, Math.ceil((high - low) / 5)), found = [];
      for (let i = Math.ceil(low); i <= high; i += step) found.push(i);
      return found;
    }
    const size = 10 ** Math.floor(Math.log10((high - low) / 4)), found = [];
    const step = size * [1, 2, 5, 10].find((n) => (high - low) / (n * size) <= 5);
    for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(i * step);
    return found;
  }

  // Lines are {x, y, color, dash, width} and dots {x, y}; what is no number is left out.
  function chart(svg, title, lines, { dots = null, log = false, across = "x", level = null } = {}) {
    const height = (y) => (y === null || (log && y <= 0) ? null : log ? Math.log10(y) : y);
    const all = [...lines, ...(dots ? [dots] : [])];
    const xs = all.flatMap(({ x }) => x), ys = all.flatMap(({ y }) => y.map(height)).filter((y) => y !== null);
    if (level !== null) ys.push(level);
    let [x0, x1, y0, y1] = [xs.reduce((a, b) => Math.min(a, b), Infinity), xs.reduce((a, b) => Math.max(a, b), -Infinity),
      ys.reduce((a, b) => Math.min(a, b), Infinity), ys.reduce((a, b) => Math.max(a, b), -Infinity)];
    if (!(x1 > x0)) x1 = x0 + 1;
    if (!Number.isFinite(y0)) [y0, y1] = [0, 1];
    const margin = 0.06 * (y1 - y0) || 0.5;
    [y0, y1] = [y0 - margin, y1 + margin];
    const px = (x) => LEFT + ((WIDTH - LEFT - RIGHT) * (x - x0)) / (x1 - x0);
    const py = (y) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (y - y0)) / (y1 - y0);
    const nodes = [draw("title", {}, title), draw("text", { x: LEFT, y: 17, "font-weight": 600 }, title)];
    for (const y of ticks(y0, y1, log)) {
      nodes.push(draw("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: py(y), y2: py(y), stroke: "#dddddd" }));
      nodes.push(draw("text", { x: LEFT - 6, y: py(y) + 5, "text-anchor": "end" }, log ? `1e${y}` : short(y)));
    }
    for (const x of ticks(x0, x1).filter((x) => px(x) < WIDTH - 60)) nodes.push(draw("text", { x: px(x), y: HEIGHT - 10, "text-anchor": "middle" }, short(x)));
    nodes.push(draw("text", { x: WIDTH - RIGHT, y: HEIGHT - 10, "text-anchor": "end", "font-style": "italic" }, across));
    if (level !== null) nodes.push(draw("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: py(level), y2: py(level), stroke: "#000", "stroke-dasharray": "2 3" }));
    for (const { x, y, color, dash = "", width = 1.8 } of lines) {
      let d = "", up = true;
      for (const [i, value] of y.map(height).entries()) {
        if (value !== null) d += `${up ? "M" : "L"}${px(x[i]).toFixed(1)} ${py(value).toFixed(1)}`;
        up = value === null;
      }
      nodes.push(draw("path", { d, fill: "none", stroke: color, "stroke-width": width, "stroke-dasharray": dash }));
    }
    for (const [i, y] of (dots?.y ?? []).entries()) if (y !== null) nodes.push(draw("circle", { cx: px(dots.x[i]), cy: py(y), r: 3, fill: "white", stroke: LEARNED }));
    svg.replaceChildren(...nodes);
  }

  const attributes = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "font-size": 14 };
  const charts = Object.fromEntries(["values", "slopes", "loss", "stability"].map((name) => [name, draw("svg", attributes)]));

  function picture({ grid, true: exact, learned, nodes, data, records, ghost, diverged }) {
    const steps = records.map(({ step }) => step), last = records.at(-1);
    for (const [n, name, chartOf] of [[0, "u", charts.values], [1, "u′", charts.slopes]]) {
      const lines = [{ x: grid, y: exact[n], color: TRUE, width: 6 }];
      if (ghost) lines.push({ x: grid, y: ghost.learned[n], color: GHOST, dash: "2 4" });
      lines.push({ x: grid, y: learned[n], color: LEARNED, dash: "8 3" });
      const dots = data[n] ? { x: nodes, y: data[n] } : null;
      chart(chartOf, `${name}; learned: dashed${ghost ? "; ghost: dotted" : ""}`, lines, { dots });
    }
    const terms = last.terms.map((_, n) => ({ x: steps, y: records.map((r) => r.terms[n] ?? null), color: ORDERS[n], dash: DASHES[n] }));
    if (ghost) terms.push({ x: ghost.records.map((r) => r.step), y: ghost.records.map((r) => r.loss), color: "#777777", dash: "1 4" });
    const named = ["values ——", "slopes – –", "u″ – ·", "u‴ · ·"].slice(0, last.terms.length).join(", ");
    chart(charts.loss, `Loss by order: ${named}`, terms, { log: true, across: "steps" });
    const edge = [{ x: steps, y: records.map((r) => r.stability), color: LEARNED }];
    chart(charts.stability, "η λmax / 2; beyond 1 a step overshoots", edge, { across: "steps", level: 1 });
    const [[l2, sup], [l2Slope, supSlope]] = last.errors.map((pair) => pair.map((x) => (x === null ? "—" : x.toPrecision(3))));
    numbers.textContent = `Step ${last.step}. Error of u: ${l2} in L², ${sup} at most; of u′: ${l2Slope} and ${supSlope}. ` +
      (last.edge === null ? "" : `2/L = ${last.edge.toPrecision(3)}.`);
    message.textContent = refused || diverged;
  }

  // -- controls -----------------------------------------------------------------------------------

  let state = null, running = false, busy = Promise.resolve(), n = 5, refused = "";
  const fields = {};
  const numbers = make("p", { className: "numbers" }), message = make("p", { className: "message" });
  message.setAttribute("role", "status");
  const bar = make("progress", { hidden: true });
  bar.setAttribute("aria-label", "loaded of Python");
  const progress = (loaded, all) => {
    Object.assign(bar, { hidden: loaded >= all, max: all, value: loaded });
    message.textContent = loaded < all ? `Python: ${(loaded / 1e6).toFixed(1)} of ${(all / 1e6).toFixed(1)} MB` : "Python starts …";
  };

  async function ask(code) { // one at a time
    const answer = busy.then(async () => {
      if (!state) {
        const { text, error } = await python.run(EXPERIMENT, { progress });
        if (error) throw new Error(text);
        await choosePresets();
        take(await python.run("report()"));
      }
      take(await python.run(code));
    });
    busy = answer.catch((reason) => {
      running = false;
      state = null;
      message.textContent = reason.message;
      show();
    });
    return busy;
  }

  function take({ text, error }) {
    if (error) throw new Error(text);
    const found = JSON.parse(text.replace(/-?\b(NaN|Infinity)\b/g, "null"));
    if (found.refused) refused = found.refused;
    if (found.records) {
      refused = "";
      state = found;
      fill(state.settings);
    } else if (found.record) {
      if (state.records.at(-1).step === found.record.step) state.records.pop();
      state.records.push(found.record);
      Object.assign(state, { learned: found.learned, diverged: found.diverged });
    }
    if (state.diverged) running = false;
    picture(state);
    show();
  }

  const fill = (settings) => Object.entries(fields).forEach(([name, field]) => field.set(settings[name]));
  const literal = (value) => (typeof value === "string" ? JSON.stringify(value) : String(value));
  const set = (name, value) => ask(`change(lab.set, ${name}=${literal(value)})`);

  function field([name, label, kind]) {
    const id = `lab-${name}`, text = make("label", { htmlFor: id, textContent: label });
    let input, value = make("output"), get, put;
    if (kind === "text") {
      input = make("input", { id, size: 16, spellcheck: false });
      [get, put] = [() => input.value, (v) => (input.value = v)];
    } else if (Array.isArray(kind)) {
      input = make("select", { id }, ...kind.map((v) => make("option", { value: v, textContent: v })));
      [get, put] = [() => (typeof kind[0] === "number" ? Number(input.value) : input.value), (v) => (input.value = v)];
    } else {
      input = Object.assign(make("input", { id, type: kind.field ?? "range" }), { min: kind.min, max: kind.max, step: kind.step });
      get = () => (kind.log ? +(10 ** input.value).toPrecision(3) : Number(input.value));
      put = (v) => {
        input.value = kind.log ? Math.log10(v) : v;
        value.textContent = kind.field ? "" : +v.toPrecision(3);
      };
    }
    input.addEventListener("change", () => set(name, get()));
    if (input.type === "range") input.addEventListener("input", () => (value.textContent = get()));
    fields[name] = { set: put, input };
    return make("div", {}, text, input, value);
  }

  const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });
  const start = button("Start", () => (running ? stop() : go()));
  const reset = button("Reset", () => ask("change(lab.reset)"));
  const freeze = button("Freeze", () => ask("change(lab.freeze)"));
  const presets = make("select", { id: "lab-preset", hidden: true }, make("option", { value: "", textContent: "an example …" }));
  presets.setAttribute("aria-label", "Example");
  const look = make("p", { className: "look" });

  async function choosePresets() {
    const { text } = await python.run("print(json.dumps({name: preset.look for name, preset in PRESETS.items()}))");
    const found = JSON.parse(text);
    presets.append(...Object.keys(found).map((name) => make("option", { value: name, textContent: name })));
    presets.hidden = false;
    presets.onchange = async () => {
      if (!presets.value) return;
      look.textContent = found[presets.value];
      await ask(`change(PRESETS[${literal(presets.value)}].start, lab)`);
      go();
    };
  }

  function show() {
    start.textContent = running ? "Stop" : "Start";
    bar.hidden = true;
    reset.disabled = freeze.disabled = !state;
    freeze.textContent = state?.ghost ? "Let the ghost go" : "Freeze as a ghost";
    for (const { input } of Object.values(fields)) input.disabled = !state;
  }

  async function go() {
    if (running) return;
    running = true;
    show();
    while (running) {
      const began = performance.now();
      await ask(`lab.step(${n}); report()`);
      const took = performance.now() - began;
      n = Math.max(1, Math.min(50, Math.round((n * FRAME) / Math.max(took, FRAME / 2))));
      await new Promise(requestAnimationFrame);
    }
  }
  const stop = () => {
    running = false;
    show();
  };

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, button, a, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && state) {
      event.preventDefault();
      running ? stop() : go();
    } else if (event.key === "r" && state) ask("change(lab.reset)");
  });

  place.append(
    make("div", { className: "run" }, start, reset, freeze, presets, bar), message, look,
    make("div", { className: "charts" }, ...Object.values(charts)), numbers,
    make("div", { className: "controls" }, ...CONTROLS.map(field)),
  );
  fill(STILL.settings);
  picture(STILL);
  message.textContent = `This is a picture, of a run after ${STILL.records.at(-1).step} steps. Press Start for one of your own.`;
  show();
});

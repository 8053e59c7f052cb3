// A tutorial's cells get a button that runs them, in the reader's browser, by `python.run`; a last cell is the reader's.

"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const make = (tag, given = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), given);
    node.append(...children);
    return node;
  };
  const cells = [];
  let busy = false;

  function add(element, code, before) { // `before`: what the page shows of an earlier run
    const cell = { element, code, before, done: false };
    cell.run = make("button", { type: "button", textContent: "Run", title: "Run this cell, after those above (Ctrl+Enter)" });
    cell.stop = make("button", { type: "button", textContent: "Stop", hidden: true });
    cell.status = make("span", { role: "status" });
    cell.bar = make("progress", { hidden: true });
    cell.bar.setAttribute("aria-label", "loaded of Python");
    cell.output = make("div", { className: "cell_output own", hidden: true });
    cell.run.onclick = () => runUpTo(cell);
    cell.stop.onclick = () => python.stop();
    code.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        runUpTo(cell);
      }
    });
    code.addEventListener("input", () => (cell.done = false));
    cell.element.append(make("div", { className: "run" }, cell.run, cell.stop, cell.bar, cell.status), cell.output);
    cells.push(cell);
  }

  async function runUpTo(last) {
    if (busy) return;
    busy = true;
    for (const { run } of cells) run.disabled = true;
    last.done = false;
    try {
      for (const cell of cells.slice(0, cells.indexOf(last) + 1)) if (!cell.done && !(await show(cell))) break;
    } finally {
      busy = false;
      for (const { run } of cells) run.disabled = false;
    }
  }

  async function show(cell) { // whether it ended well
    const text = make("pre", { tabIndex: 0 });
    for (const old of cell.before) old.hidden = true;
    for (const old of cell.output.querySelectorAll("img")) URL.revokeObjectURL(old.src);
    cell.output.replaceChildren(text);
    cell.output.hidden = true;
    cell.stop.hidden = false;
    cell.status.textContent = "Running …";
    const started = performance.now();
    const progress = (loaded, all) => {
      const [part, whole] = [loaded, all].map((n) => (n / 1e6).toFixed(1));
      Object.assign(cell.bar, { hidden: loaded >= all, max: all, value: loaded });
      cell.status.textContent = loaded < all ? `Python: ${part} of ${whole} MB` : "Python starts …";
    };
    const loading = (folder) => (cell.status.textContent = folder ? `Loading ${folder} …` : "Running …");
    const print = (all) => {
      cell.output.hidden = false;
      text.textContent = all;
    };
    try {
      const { pictures, error } = await python.run(cell.code.innerText, { progress, print, loading });
      for (const { name, url } of pictures) cell.output.append(make("img", { src: url, alt: `Drawn by this cell: ${name.replaceAll("_", " ")}` }));
      cell.output.hidden = !text.textContent && !pictures.length;
      text.hidden = !text.textContent;
      cell.output.classList.toggle("error", error);
      cell.status.textContent = `${error ? "Ended with an error" : "Done"} after ${((performance.now() - started) / 1000).toFixed(1)} s`;
      cell.done = !error;
    } catch (reason) { // of Python itself, not of the code
      cell.status.textContent = `${reason.message} Python's names are lost: the next run begins with the first cell.`;
      for (const other of cells) other.done = false;
    }
    cell.bar.hidden = cell.stop.hidden = true;
    cell.code.contentEditable = "plaintext-only"; // from now on it may be changed
    return cell.done;
  }

  const all = [...document.querySelectorAll("article div.cell")];
  for (const [i, element] of all.entries()) {
    const code = element.querySelector("div.cell_input pre");
    if (!code) continue;
    let next = i + 1; // pictures stand in cells of their own, without input
    while (all[next] && !all[next].querySelector("div.cell_input")) next++;
    add(element, code, all.slice(i, next).flatMap((cell) => [...cell.querySelectorAll("div.cell_output")]));
  }
  if (!cells.length) return;
  const own = make("pre", { contentEditable: "plaintext-only", spellcheck: false, tabIndex: 0 });
  own.setAttribute("role", "textbox");
  own.setAttribute("aria-multiline", "true");
  own.setAttribute("aria-label", "A cell of your own");
  const element = make("div", { className: "cell own" }, make("p", { textContent: "A cell of your own:" }), make("div", { className: "highlight" }, own));
  cells.at(-1).element.after(element);
  add(element, own, []);
});

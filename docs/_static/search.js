// What the search shows first: pages to read, then names of the reference, of which a whole one is first of all.
// Formulas in what it shows of a page are plain text.

"use strict";

var Scorer = {
  score([page, title, , about, score, , kind]) {
    const query = new URLSearchParams(location.search).get("q") ?? "";
    if (kind === "object" && title.split(".").at(-1) === query && /class|function/.test(about)) return score + 60;
    return score + (page.startsWith("tutorials/") ? 30 : /^docs\/(api|listings)\//.test(page) || kind === "object" ? -30 : 20);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

const LETTERS = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", varepsilon: "ε", epsilon: "ε", eta: "η", theta: "θ", kappa: "κ", lambda: "λ",
  mu: "μ", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", varphi: "φ", omega: "ω", Omega: "Ω", Sigma: "Σ", sum: "Σ",
  int: "∫", nabla: "∇", partial: "∂", leq: "≤", geq: "≥", le: "≤", ge: "≥", neq: "≠", cdot: "·", times: "×", infty: "∞", in: "∈",
  prime: "′", ldots: "…", cdots: "…", dots: "…", sqrt: "√", approx: "≈", to: "→", circ: "∘", Vert: "‖", lVert: "‖", rVert: "‖",
};
const FUNCTIONS = ["sin", "cos", "tanh", "exp", "log", "max", "min"];
const plain = (tex) =>
  tex.replace(/\\([a-zA-Z]+) ?/g, (_, name) => LETTERS[name] ?? (FUNCTIONS.includes(name) ? name : "")).replace(/[\\{}&]/g, "");

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const toText = Search.htmlToText;
  Search.htmlToText = (html, anchor) =>
    toText(html, anchor).replace(/\\[([](.*?)\\[)\]]/gs, (_, tex) => plain(tex)).replace(/\s+/g, " ");
});

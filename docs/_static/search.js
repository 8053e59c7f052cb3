// What the search shows first: pages to read, by how much they are about the words, then names of the reference; but
// first of all a name that was typed whole and is no word, such as MLP. WEIGHTS, written by the site's build, has what
// the stem of a word weighs on a page. Formulas in what it shows of a page are plain text.

"use strict";

const INTERNAL = /^(C|docs\/(api|listings|mutation|writing))/; // pages for who changes the package, or looks up a name

var Scorer = {
  score([page, title, , about, score, , kind]) {
    const query = new URLSearchParams(location.search).get("q") ?? "", stemmer = new Stemmer();
    if (kind === "object" && title.split(".").at(-1) === query && /class|function/.test(about)) return score + (/[A-Z_]/.test(query) ? 300 : 60);
    for (const word of query.toLowerCase().match(/\p{L}+/gu) ?? []) score += WEIGHTS[page]?.[stemmer.stemWord(word)] ?? 0;
    return score + (/^tutorials\/\d/.test(page) ? 30 : INTERNAL.test(page) || kind === "object" ? -30 : 20);
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

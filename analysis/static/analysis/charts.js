// Draws the figures that the page carries as JSON, again when the theme or the figures change,
// and for paper.

import { colourOnPage, colourOnPaper, resolved } from "./palette.js";

const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
// What fits between the margins of A4 and of Letter, in CSS pixels.
const PAPER_WIDTH = 660;

export function figureOf(id, holder, colour) {
  const figure = JSON.parse(document.getElementById(id).textContent);
  const { data, layout } = resolved(figure, colour);
  layout.font.family = getComputedStyle(holder).fontFamily;
  return { data, layout };
}

function draw(holder) {
  const { data, layout } = figureOf(holder.dataset.chart, holder, colourOnPage(holder));
  return globalThis.Plotly.react(holder, data, layout, CONFIG);
}

function drawForPaper(holder) {
  const { data, layout } = figureOf(holder.dataset.chart, holder, colourOnPaper());
  layout.width = Math.min(holder.clientWidth, PAPER_WIDTH);
  return globalThis.Plotly.react(holder, data, layout, CONFIG);
}

const all = (how) => () => document.querySelectorAll("[data-chart]").forEach(how);

all(draw)();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all(draw));
document.addEventListener("results:updated", all(draw));
addEventListener("beforeprint", all(drawForPaper));
addEventListener("afterprint", all(draw));

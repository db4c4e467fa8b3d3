// The buttons below each chart: the chart as a picture on white, with its title, and its numbers.

import { figureOf } from "./charts.js";
import { csv } from "./csv.js";
import { colourOnPaper } from "./palette.js";

// Two thirds of a column's width and a page's; PNG with three dots a pixel, for print and screen.
const WIDTH = 900;
const SCALE = 3;
const HEAD = 64;

function onPaper(holder, { title, subtitle }) {
  const figure = figureOf(holder.dataset.chart, holder, colourOnPaper());
  const { layout } = figure;
  const head = title ? HEAD : 0;
  layout.paper_bgcolor = layout.plot_bgcolor = "#ffffff";
  layout.width = layout.width ?? WIDTH;
  layout.height = (layout.height ?? holder.clientHeight) + head;
  layout.margin = { ...layout.margin, t: (layout.margin?.t ?? 0) + head };
  if (title) layout.title = heading(title, subtitle, layout.height);
  return figure;
}

function heading(title, subtitle, height) {
  return {
    text: `<b>${plain(title)}</b>`,
    subtitle: { text: plain(subtitle), font: { size: 14 } },
    font: { size: 20 },
    x: 16 / WIDTH,
    xanchor: "left",
    y: 1 - 30 / height,
    yanchor: "middle",
    automargin: false,
  };
}

// Plotly takes text for a little HTML.
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

async function picture(holder, told, format) {
  const { data, layout } = onPaper(holder, told);
  const { width, height } = layout;
  const options = { format, width, height, imageDataOnly: true };
  if (format === "png") options.scale = SCALE;
  const image = await globalThis.Plotly.toImage({ data, layout }, options);
  if (format === "svg") return new Blob([image], { type: "image/svg+xml" });
  const bytes = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}

function table(id) {
  const found = JSON.parse(document.getElementById(id).textContent);
  return new Blob([csv(found)], { type: "text/csv;charset=utf-8" });
}

function download(blob, name) {
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(blob),
    download: name,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function save(button) {
  const told = button.closest("[data-save]").dataset;
  const format = button.dataset.as;
  const holder = document.querySelector(`[data-chart="${CSS.escape(told.save)}"]`);
  const blob =
    format === "csv" ? table(`${told.save}-table`) : await picture(holder, told, format);
  download(blob, `${told.file}.${format}`);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-save] button");
  if (button) save(button);
});

// Draws the figures that the page carries as JSON. Colours come as names of the page's custom
// properties, "var(--accent)", and are looked up at each drawing, so that they follow the theme.

const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };

function resolved(value, style) {
  if (typeof value === "string") {
    return value.replace(/var\((--[\w-]+)\)/g, (_all, name) => style.getPropertyValue(name).trim());
  }
  if (Array.isArray(value)) return value.map((item) => resolved(item, style));
  if (value && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolved(item, style)]),
    );
  }
  return value;
}

function draw(holder) {
  const style = getComputedStyle(holder);
  const figure = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
  const { data, layout } = resolved(figure, style);
  layout.font.family = style.fontFamily;
  return globalThis.Plotly.react(holder, data, layout, CONFIG);
}

const holders = document.querySelectorAll("[data-chart]");
const drawAll = () => holders.forEach(draw);
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

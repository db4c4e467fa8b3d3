// Draws the style map, and shows the image of the point that is pointed at, tapped or gone to.
const map = document.querySelector("#map");
const picture = document.querySelector(".map-picture");
const words = document.querySelector(".map-words");
const boxes = [...words.querySelectorAll("input")];
const zooms = document.querySelector(".map-zoom");
const blank = picture.innerHTML;
const WHOLE = [-1.08, 1.08];
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, scrollZoom: false };
// Where a finger moves the page, it must not draw a frame around points.
const COARSE = matchMedia("(pointer: coarse)").matches;

start();

async function start() {
  let columns;
  try {
    const response = await fetch(map.dataset.points);
    if (!response.ok) throw new Error(response.statusText);
    columns = await response.json();
  } catch {
    map.textContent = picture.dataset.lost;
    return;
  }
  const points = boxes.flatMap((box, place) => pointsOf(columns[box.dataset.key], box, place));
  let chosen = null;
  let loading;

  const shown = () => points.filter((point) => boxes[point.place].checked);
  const range = (axis) => map.layout[`${axis}axis`].range;

  map.replaceChildren();
  await draw();
  zooms.hidden = words.querySelector(".map-choose").hidden = false;
  words.querySelector(".map-show").hidden = true;
  map.on("plotly_hover", (event) => show(pointOf(event)));
  map.on("plotly_unhover", () => show(chosen));
  map.on("plotly_click", (event) => choose(pointOf(event)));
  map.on("plotly_doubleclick", () => zoom(0));
  map.addEventListener("keydown", press);
  zooms.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (button) zoom(Number(button.dataset.zoom));
  });
  words.addEventListener("change", choice);
  words.querySelector(".map-choose").addEventListener("click", (event) => {
    const button = event.target.closest("[data-all]");
    if (!button) return;
    for (const box of boxes) box.checked = Boolean(button.dataset.all);
    choice();
  });
  const theme = new MutationObserver(draw);
  theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

  function draw() {
    const ink = getComputedStyle(map).color;
    const traces = boxes.map((box, place) => {
      const own = points.filter((point) => point.place === place);
      return {
        ...kind(),
        visible: box.checked,
        x: own.map((point) => point.x),
        y: own.map((point) => point.y),
        customdata: own,
        hoverinfo: "none",
        marker: {
          symbol: box.dataset.symbol,
          color: getComputedStyle(box.nextElementSibling).color,
          size: points.length > 1500 ? 7 : 10,
          opacity: 0.85,
          line: { color: ink, width: 0.75 },
        },
      };
    });
    const ring = { ...kind(), ...ringed(), hoverinfo: "skip" };
    const ground = getComputedStyle(document.body).backgroundColor;
    const marker = (size, width, color) => ({ symbol: "circle-open", size, color, line: { width, color } });
    const rings = [
      { ...ring, marker: marker(22, 6, ground) },
      { ...ring, marker: marker(22, 3, ink) },
    ];
    return globalThis.Plotly.react(map, [...traces, ...rings], layout(), CONFIG);
  }

  function layout() {
    const axis = { visible: false, fixedrange: false, zeroline: false };
    return {
      margin: { t: 0, r: 0, b: 0, l: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      hovermode: "closest",
      hoverdistance: 24,
      dragmode: map.layout?.dragmode ?? (COARSE ? false : "zoom"),
      xaxis: { ...axis, range: map.layout?.xaxis.range ?? WHOLE },
      yaxis: { ...axis, range: map.layout?.yaxis.range ?? WHOLE, scaleanchor: "x" },
    };
  }

  function ringed() {
    const seen = chosen && boxes[chosen.place].checked;
    return { x: seen ? [chosen.x] : [], y: seen ? [chosen.y] : [] };
  }

  function choose(point) {
    if (!point) return;
    chosen = point;
    const { x, y } = ringed();
    globalThis.Plotly.restyle(map, { x: [x, x], y: [y, y] }, [boxes.length, boxes.length + 1]);
    show(point);
  }

  // The text at once, the picture when nobody has moved on.
  function show(point) {
    clearTimeout(loading);
    if (!point) {
      picture.innerHTML = blank;
      return;
    }
    const content = picture.querySelector("template").content.cloneNode(true);
    const fill = (name, text) => (content.querySelector(`.picture-${name}`).textContent = text);
    fill("word", point.word);
    fill("title", point.title);
    fill("licence", point.licence || picture.dataset.unlicensed);
    const image = content.querySelector("img");
    content.querySelector(".picture-page").href = page(point);
    const curate = map.dataset.curate.replace("/0/", `/${point.key}/`);
    content.querySelector(".picture-curate").href = `${curate}#image-${point.image}`;
    picture.replaceChildren(content, picture.querySelector("template"));
    loading = setTimeout(() => (image.src = map.dataset.thumbnail.replace("HASH", point.sha256)), 60);
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (step) go(next(step));
    else if (event.key === "Enter" && chosen) location.assign(page(chosen));
    else if (event.key === "+") zoom(0.6);
    else if (event.key === "-" || event.key === "−") zoom(1.7);
    else if (event.key === "0") zoom(0);
    else return;
    event.preventDefault();
  }

  // The nearest image in a direction; one straight ahead is preferred to one aside.
  function next([right, up]) {
    const from = chosen && boxes[chosen.place].checked ? chosen : { x: middle("x"), y: middle("y") };
    let best = null;
    let least = Infinity;
    for (const point of shown()) {
      const [x, y] = [point.x - from.x, point.y - from.y];
      const ahead = x * right + y * up;
      const aside = Math.abs(x * up) + Math.abs(y * right);
      const far = ahead + 2 * aside;
      const first = from !== chosen;
      if (first ? Math.hypot(x, y) < least : ahead > 0 && far < least) {
        [best, least] = [point, first ? Math.hypot(x, y) : far];
      }
    }
    return best;
  }

  function go(point) {
    if (!point) return;
    choose(point);
    const outside = ["x", "y"].some((axis) => (point[axis] - range(axis)[0]) * (point[axis] - range(axis)[1]) > 0);
    if (outside) look(point, 1);
  }

  function zoom(factor) {
    if (!factor) {
      const drag = COARSE ? false : "zoom";
      globalThis.Plotly.relayout(map, { "xaxis.range": [...WHOLE], "yaxis.range": [...WHOLE], dragmode: drag });
      return;
    }
    look(chosen && boxes[chosen.place].checked ? chosen : { x: middle("x"), y: middle("y") }, factor);
  }

  function look(at, factor) {
    const around = (axis) => {
      const half = (factor * (range(axis)[1] - range(axis)[0])) / 2;
      return [at[axis] - half, at[axis] + half];
    };
    const drag = COARSE ? "pan" : "zoom";
    globalThis.Plotly.relayout(map, { "xaxis.range": around("x"), "yaxis.range": around("y"), dragmode: drag });
  }

  function middle(axis) {
    return (range(axis)[0] + range(axis)[1]) / 2;
  }

  // The address keeps the choice, so that it can be sent to somebody.
  function choice() {
    const some = boxes.filter((box) => box.checked);
    const address = new URL(location.href);
    address.searchParams.delete("words");
    if (some.length < boxes.length) some.forEach((box) => address.searchParams.append("words", box.value));
    history.replaceState(null, "", address);
    for (const row of document.querySelectorAll("tr[data-key]")) {
      row.hidden = !some.some((box) => box.dataset.key === row.dataset.key);
    }
    draw();
    if (chosen && !boxes[chosen.place].checked) show(null);
  }

  function page(point) {
    return map.dataset.image.replace("/0/", `/${point.image}/`);
  }
}

function pointsOf(columns, box, place) {
  if (!columns) return [];
  const word = box.parentElement.querySelector("[lang]").textContent;
  return columns.image.map((image, i) => ({
    image, place, word, key: box.dataset.key, x: columns.x[i], y: columns.y[i],
    sha256: columns.sha256[i], title: columns.title[i], licence: columns.licence[i],
  }));
}

function pointOf(event) {
  return event.points.map((point) => point.customdata).find(Boolean);
}

// Thousands of points are quick by WebGL only, and some machines have none.
function kind() {
  kind.type ??= document.createElement("canvas").getContext("webgl2") ? "scattergl" : "scatter";
  return { type: kind.type, mode: "markers" };
}

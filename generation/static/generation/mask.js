// A brush for the mask of a photograph. The mask is a canvas of the photograph's size, opaque where
// the object is; what is shown is a tint where it is not.
const TINT = "#cc79a7";
const KEPT = 30; // steps that can be undone
const STRIDE = 0.02; // of the longer side, which an arrow key moves the brush by

const editor = document.querySelector(".mask-editor");
const shown = editor.querySelector("canvas");
const stage = editor.querySelector(".mask-stage");
const ring = editor.querySelector(".mask-brush");
const said = editor.querySelector(".mask-said");
const size = editor.querySelector("[name=size]");
const undoButton = editor.querySelector("[data-act=undo]");
const say = editor.dataset;
const { width, height } = shown;
const mask = blank();
const context = mask.getContext("2d", { willReadFrequently: true });
const view = shown.getContext("2d");
const steps = []; // opacities before each step, the last one at the end
const longer = Math.max(width, height);

let first = null; // the opacities that reset goes back to
let at = { x: width / 2, y: height / 2 }; // the middle of the brush
let stroke = null; // where a stroke goes on
let isDown = false; // the space bar
let isStored = true;

function blank() {
  return Object.assign(document.createElement("canvas"), { width, height });
}

const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
const brush = () => editor.querySelector("[name=brush]:checked").value;
const radius = () => (longer / 6) * (Number(size.value) / 100) ** 1.5 + 1;

editor.hidden = false;
if (say.mask) load(say.mask).then(() => begin(say.stored), () => (said.textContent = say.broken));
else propose().then(draw);

function begin(text) {
  first = opacities();
  isStored = true;
  draw();
  tell(text);
}

function tell(text) {
  const levels = opacities();
  let marked = 0;
  for (const level of levels) if (level > 127) marked += 1;
  const share = (100 * marked) / levels.length;
  said.textContent = `${text} ${fill(say.share, { share: share && share < 1 ? share.toFixed(1) : Math.round(share) })}`.trim();
}

function draw() {
  view.globalCompositeOperation = "source-over";
  view.clearRect(0, 0, width, height);
  view.fillStyle = TINT;
  view.fillRect(0, 0, width, height);
  view.globalCompositeOperation = "destination-out";
  view.drawImage(mask, 0, 0);
}

function opacities() {
  const { data } = context.getImageData(0, 0, width, height);
  const found = new Uint8ClampedArray(width * height);
  for (let i = 0; i < found.length; i += 1) found[i] = data[4 * i + 3];
  return found;
}

function put(levels) {
  const picture = new ImageData(width, height);
  for (let i = 0; i < levels.length; i += 1) picture.data[4 * i + 3] = levels[i];
  context.putImageData(picture, 0, 0);
}

// A picture of greys: white is the object.
async function load(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  context.clearRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  const picture = context.getImageData(0, 0, width, height);
  const levels = new Uint8ClampedArray(width * height);
  for (let i = 0; i < levels.length; i += 1) levels[i] = picture.data[4 * i];
  put(levels);
}

function remember() {
  steps.push(opacities());
  if (steps.length > KEPT) steps.shift();
  undoButton.disabled = false;
  isStored = false;
}

function paint(from, to) {
  context.globalCompositeOperation = brush() === "add" ? "source-over" : "destination-out";
  context.strokeStyle = context.fillStyle = "#000";
  context.lineCap = "round";
  context.lineWidth = 2 * radius();
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x + 0.01, to.y); // a line without a length paints nothing in some browsers
  context.stroke();
  context.globalCompositeOperation = "source-over";
  draw();
}

async function propose() {
  said.textContent = say.looks;
  try {
    const response = await fetch(say.proposal, { method: "POST", headers: { "X-CSRFToken": say.csrf, Accept: "image/png" } });
    if (!response.ok || response.redirected) {
      await refused(response);
      first ??= opacities();
      return;
    }
    const url = URL.createObjectURL(await response.blob());
    if (first) remember();
    await load(url);
    URL.revokeObjectURL(url);
    first ??= opacities();
    isStored = false;
    draw();
    tell(response.headers.get("X-Mask") === "stand-in" ? say.fallback : say.proposed);
  } catch {
    first ??= opacities();
    said.textContent = say.lost;
  }
}

// Says why the server refused; what it quotes of a program is English.
async function refused(response) {
  const { error, quote } = await response.json().catch(() => ({})); // a page in place of an answer
  said.textContent = error ?? say.refused;
  if (!quote) return;
  const quoted = document.createElement("span");
  quoted.lang = "en";
  quoted.textContent = quote;
  said.append(" ", quoted);
}

async function store() {
  const levels = opacities();
  if (!levels.some((level) => level > 127)) return void (said.textContent = say.none);
  if (levels.every((level) => level > 127)) return void (said.textContent = say.whole);
  const greys = new ImageData(width, height);
  for (let i = 0; i < levels.length; i += 1) {
    greys.data.fill(levels[i], 4 * i, 4 * i + 3);
    greys.data[4 * i + 3] = 255;
  }
  const canvas = blank();
  canvas.getContext("2d").putImageData(greys, 0, 0);
  const data = new FormData();
  data.set("mask", await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), "mask.png");
  try {
    const headers = { "X-CSRFToken": say.csrf, Accept: "application/json" };
    const response = await fetch(location.href, { method: "POST", body: data, headers });
    if (!response.ok || response.redirected) {
      await refused(response);
      return;
    }
  } catch {
    said.textContent = say.lost;
    return;
  }
  isStored = true;
  location.assign(say.back);
}

const acts = {
  undo() {
    if (!steps.length) return;
    put(steps.pop());
    undoButton.disabled = !steps.length;
    draw();
    tell(say.undone);
  },
  invert() {
    remember();
    put(opacities().map((level) => 255 - level));
    draw();
    tell("");
  },
  clear() {
    remember();
    context.clearRect(0, 0, width, height);
    draw();
    tell("");
  },
  reset() {
    if (!first) return;
    remember();
    put(first);
    draw();
    tell(say.reset);
  },
  propose,
  store,
};

function place() {
  const scale = stage.clientWidth / width;
  ring.hidden = false;
  ring.style.left = `${at.x * scale}px`;
  ring.style.top = `${at.y * scale}px`;
  ring.style.width = ring.style.height = `${2 * radius() * scale}px`;
  ring.classList.toggle("is-remove", brush() === "remove");
}

function point(event) {
  const box = shown.getBoundingClientRect();
  return { x: ((event.clientX - box.left) * width) / box.width, y: ((event.clientY - box.top) * height) / box.height };
}

for (const button of editor.querySelectorAll("[data-act]")) {
  button.addEventListener("click", () => acts[button.dataset.act]());
}
shown.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  shown.setPointerCapture(event.pointerId);
  remember();
  at = stroke = point(event);
  paint(at, at);
  place();
});
shown.addEventListener("pointermove", (event) => {
  for (const each of event.getCoalescedEvents?.() ?? [event]) {
    at = point(each);
    if (stroke) paint(stroke, at);
    if (stroke) stroke = at;
  }
  place();
});
for (const name of ["pointerup", "pointercancel"]) {
  shown.addEventListener(name, () => {
    if (stroke) tell("");
    stroke = null;
  });
}
shown.addEventListener("pointerleave", () => (ring.hidden = document.activeElement !== shown));
shown.addEventListener("focus", place);
shown.addEventListener("blur", () => {
  ring.hidden = true;
  isDown = false;
});
size.addEventListener("input", place);
addEventListener("resize", () => ring.hidden || place());

shown.addEventListener("keydown", (event) => {
  const far = event.shiftKey ? Math.max(1, longer / 400) : longer * STRIDE;
  const ways = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
  if (event.key === " ") {
    event.preventDefault();
    if (event.repeat) return;
    isDown = true;
    remember();
    paint(at, at);
    tell("");
  } else if (ways[event.key]) {
    event.preventDefault();
    const before = at;
    at = {
      x: Math.min(Math.max(at.x + ways[event.key][0], 0), width),
      y: Math.min(Math.max(at.y + ways[event.key][1], 0), height),
    };
    if (isDown) paint(before, at);
    else said.textContent = fill(say.at, { x: Math.round(at.x), y: Math.round(at.y), width, height });
    place();
  }
});
shown.addEventListener("keyup", (event) => {
  if (event.key === " ") isDown = false;
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input[type=file], input[type=text], select, textarea");
  if (typing || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    acts.undo();
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  const key = event.key.toLowerCase();
  const named = { u: "undo", i: "invert", r: "reset", p: "propose" }[key];
  if (named) acts[named]();
  else if (key === "b" || key === "e") editor.querySelector(`[value=${key === "b" ? "add" : "remove"}]`).checked = true;
  else if (key === "[" || key === "]") size.value = Number(size.value) + (key === "[" ? -5 : 5);
  else return;
  if (!ring.hidden) place();
});
addEventListener("beforeunload", (event) => {
  if (!isStored && steps.length) event.preventDefault();
});

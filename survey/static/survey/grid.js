// A question's grid: the choice by click or key, and what is measured meanwhile.

const DOUBLE_CLICK_MS = 300;

export const form = document.querySelector("#survey-form");
const fieldset = form.querySelector("fieldset");
const heading = form.querySelector("h1");
const grid = form.querySelector(".grid-of-images");
const cells = [...grid.children];
const inputs = cells.map((cell) => cell.querySelector("input"));
let away = !document.hasFocus();
let measured; // of the question that is shown
let shown; // when it was put on the page
let ready; // when its images were there

export const size = cells.length;
export const images = () => [...grid.querySelectorAll("img")];
export const chosen = () => inputs.findIndex((input) => input.checked);
export const justShown = () => performance.now() - shown < DOUBLE_CLICK_MS;

// The clock starts in the frame after every image is decoded; a missing one leaves it unset.
async function watch(pictures, now) {
  const all = await Promise.all(pictures.map(async ({ image, loaded }, index) => {
    const there = await loaded;
    if (now === measured) cells[index].querySelector(".missing").hidden = there;
    // One loaded ahead may have been dropped from memory again.
    return there && image.decode().then(() => true, () => false);
  }));
  if (now !== measured || !all.every(Boolean)) return;
  now.load_ms = Math.round(performance.now() - shown);
  requestAnimationFrame((time) => { ready = now === measured ? time : ready; });
}

// Measures the question of these images, from when it was put on the page.
export function begin(pictures, shownAt = performance.now()) {
  measured = { load_ms: "", response_ms: "", blurs: 0 };
  shown = shownAt;
  ready = null;
  watch(pictures, measured);
}

export function show(question, load) {
  heading.firstElementChild.innerHTML = question.heading;
  const alts = images().map((image) => image.alt);
  images().forEach((image) => image.remove());
  const pictures = load();
  cells.forEach((cell, index) => {
    const { width, height } = question.cells[index];
    const { image } = pictures[index];
    Object.assign(image, { width, height, alt: alts[index] });
    inputs[index].checked = false;
    inputs[index].after(image);
    cell.querySelector(".missing").hidden = true;
  });
  // As on a new page: it is read out, and a small window begins with it.
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  begin(pictures);
}

export function block(blocked) {
  fieldset.disabled = blocked;
  form.querySelector("button").disabled = blocked;
}

export function measurements() {
  const { width, height } = images()[0].getBoundingClientRect();
  const screen = JSON.stringify({
    viewport_width: innerWidth,
    viewport_height: innerHeight,
    pixel_ratio: devicePixelRatio,
    image_width: Number(width.toFixed(1)),
    image_height: Number(height.toFixed(1)),
  });
  return { ...measured, screen };
}

function onChoice() {
  // Chosen before the grid was complete: there is no time to tell.
  measured.response_ms = ready === null ? "" : Math.round(performance.now() - ready);
}

function choose(index) {
  const input = inputs[index];
  if (!input || input.checked || fieldset.disabled) return;
  input.focus();
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function onKey(event) {
  const { key, repeat, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (/^[1-9]$/.test(key)) choose(Number(key) - 1);
  else if (key in steps) choose(chosen() < 0 ? 0 : chosen() + steps[key]);
  else if (key !== "Enter" || (!repeat && target.closest("button, a"))) return;
  else if (!repeat) form.requestSubmit(); // one press is one answer
  event.preventDefault();
}

// Who leaves the tab hides it and takes the focus from the window: that counts once.
function leave() {
  if (!away) measured.blurs += 1;
  away = true;
}

function comeBack() {
  away = false;
}

form.addEventListener("change", onChoice);
document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : comeBack()));
addEventListener("blur", leave);
addEventListener("focus", comeBack);

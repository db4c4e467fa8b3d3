// Makes a question quick; without it the page is a plain form. Measures the response time from
// every image decoded to the choice, takes keys, and loads the next question's images ahead.

const RESEND_AFTER_MS = 8000;

const form = document.querySelector("#survey-form");
const inputs = [...form.querySelectorAll("input[name=position]")];
const images = [...form.querySelectorAll(".cell img")];
let ready = null; // when the grid was complete, on performance.now()'s clock
let sentAt = -Infinity;
const ahead = []; // kept, so that the browser does not drop what it loads

function set(name, value) {
  const field = form.elements.namedItem(name);
  if (field && "value" in field) field.value = value;
}

function onChoice() {
  // Chosen before the grid was complete: there is no response time to tell.
  set("response_ms", ready === null ? "" : Math.round(performance.now() - ready));
}

function choose(index) {
  const input = inputs[index];
  if (!input) return;
  input.focus({ preventScroll: true });
  if (input.checked) return;
  input.checked = true;
  onChoice();
}

function columns() {
  const tops = inputs.map((input) => Math.round(input.getBoundingClientRect().top));
  return tops.filter((top) => top === tops[0]).length;
}

function move(step) {
  const at = inputs.findIndex((input) => input.checked);
  if (at < 0) choose(0);
  else if (at + step >= 0 && at + step < inputs.length) choose(at + step);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
  if (/^[1-9]$/.test(event.key)) choose(Number(event.key) - 1);
  else if (event.key in steps) move(steps[event.key]);
  else if (event.key === "Enter" && !event.target.closest("button, a")) {
    if (!event.repeat) form.requestSubmit();
  } else return;
  event.preventDefault();
}

function screenInfo() {
  return JSON.stringify({
    viewport_width: window.innerWidth,
    viewport_height: window.innerHeight,
    pixel_ratio: window.devicePixelRatio,
    image_width: Math.round(images[0].getBoundingClientRect().width * 10) / 10,
  });
}

function onSubmit(event) {
  const now = performance.now();
  // The server keeps the first answer in any case; this spares it the second request. After a
  // while a click sends again, because the first may have been lost on the way.
  if (now - sentAt < RESEND_AFTER_MS) event.preventDefault();
  else sentAt = now;
  set("screen", screenInfo());
}

function loadAhead() {
  for (const url of (form.dataset.upcoming || "").split(" ").filter(Boolean)) {
    const image = new Image();
    image.fetchPriority = "low";
    image.src = url;
    ahead.push(image);
  }
}

form.addEventListener("change", onChoice);
form.addEventListener("submit", onSubmit);
document.addEventListener("keydown", onKey);
// A page that the back button revives may ask what was answered long ago.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

Promise.all(images.map((image) => image.decode()))
  .then(() => requestAnimationFrame((now) => { ready = now; }))
  .catch(() => {}) // a broken image: the answer counts, its time is unknown
  .then(loadAhead);

// Asks every few seconds whether a figure changed, and if so brings the page up to date in place.

import { refresh } from "./refresh.js";

const SAID_MS = 30_000;
const SLOWEST_S = 60;

const bar = document.querySelector("[data-live]");
const [state, button, said] = bar.querySelector("[data-keep]").children;
let timer = null;
let isPaused = false;
let failures = 0;
let saidAt = Date.now();

const seconds = () =>
  Math.min(Number(bar.dataset.every) * 2 ** failures, Math.max(SLOWEST_S, bar.dataset.every));

function later(wait = seconds()) {
  clearTimeout(timer);
  const rests = isPaused || document.hidden || !bar.dataset.every;
  timer = rests ? null : setTimeout(look, 1_000 * wait);
}

function is(name) {
  state.dataset.state = name;
  state.textContent = state.dataset[name] ?? "";
}

async function look() {
  try {
    const response = await fetch(bar.dataset.live + location.search);
    if (response.redirected || !response.ok) throw new Error(response.status);
    const now = await response.json();
    // Somebody may have paused it while an answer was on its way.
    const isNew = !isPaused && now.stamp !== bar.dataset.stamp;
    if (isNew && !(await refresh(location.href, () => !isPaused))) throw new Error("no page");
    failures = 0;
    if (!isPaused) is("on");
  } catch (error) {
    if (!isPaused && error.name !== "AbortError") {
      failures += 1;
      is("off");
    }
  }
  later();
}

function say() {
  if (Date.now() - saidAt < SAID_MS) return;
  saidAt = Date.now();
  said.textContent = bar.querySelector(".as-of").textContent;
}

function pause() {
  isPaused = !isPaused;
  is(isPaused ? "paused" : "on");
  button.textContent = isPaused ? button.dataset.resume : button.dataset.pause;
  later(0);
}

button.hidden = false;
button.addEventListener("click", pause);
document.addEventListener("results:updated", say);
document.addEventListener("visibilitychange", () => later(0));
later();

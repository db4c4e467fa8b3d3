// Says how far the work is that the page waits for, and shows what came of it.

import { refresh } from "./refresh.js";

const EVERY_MS = 1_000;
const LONGEST_MS = 30_000;

let wait = EVERY_MS;

const running = () => [...document.querySelectorAll("[data-computation]")];

function tell(element, { stage, quote, detail }) {
  // A screen reader reads a stage when it begins, and not its every step.
  const text = element.querySelector("[data-stage]");
  if (text.textContent !== stage) text.textContent = stage;
  element.querySelector("[data-quote]").textContent = quote;
  element.querySelector("[data-detail]").textContent = detail;
}

async function look(elements) {
  const address = new URL(elements[0].dataset.progress, location.href);
  for (const { dataset } of elements) address.searchParams.append("of", dataset.computation);
  const response = await fetch(address);
  if (!response.ok || response.redirected) throw new Error(response.status);
  const found = await response.json();
  let isOver = false;
  for (const element of elements) {
    const now = found[element.dataset.computation];
    if (now) tell(element, now);
    else isOver = true; // done, failed, or lost: then the page begins it again
  }
  if (isOver) await refresh();
}

// The seconds until newer answers may be taken into account, if they wait for that.
function pause() {
  const waiting = [...document.querySelectorAll("[data-again]")];
  return Math.min(...waiting.map(({ dataset }) => 1_000 * Number(dataset.again)));
}

let again = null;

function plan() {
  clearTimeout(again);
  const seconds = pause();
  if (Number.isFinite(seconds)) again = setTimeout(() => refresh().catch(() => {}), seconds);
}

async function next() {
  const elements = document.hidden ? [] : running();
  try {
    if (elements.length) await look(elements);
    wait = EVERY_MS;
  } catch {
    wait = Math.min(2 * wait, LONGEST_MS);
  }
  setTimeout(next, wait);
}

document.addEventListener("results:updated", plan);
plan();
setTimeout(next, wait);

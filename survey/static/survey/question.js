// Makes the questions quick: the next is there at once, and the answer is sent behind it.
// Without this file the page is a plain form.

import * as grid from "./grid.js";
import { keep, listen, send, unsent } from "./outbox.js";
import { want } from "./preload.js";

const AHEAD = 2; // grids
const RESEND_AFTER_MS = 8_000;

const { form } = grid;
const texts = form.dataset;
const problem = form.querySelector(".problem");
const notice = form.querySelector("[role=status]");
const token = form.elements.namedItem("trial"); // the practice question has none
const answered = new Set(unsent().map(({ trial }) => trial));
const own = new Set(token && [token.value]); // trials
const cells = grid.images().map((image) => ({ url: image.getAttribute("src") }));
let now = { trial: token?.value, number: Number(texts.number), cells };
let queue = []; // what comes after it
let waiting = false; // for the next question
let failed = false;
let refused = false; // only the server knows how to go on
let go = null;
let sentAt = -Infinity; // of practice

function loadImages(images) {
  const urgent = [now, ...queue.slice(0, AHEAD)].flatMap((question) => question.cells);
  return want(urgent.map(({ url }) => url), images).slice(0, grid.size);
}

// These are the first questions without an answer: those before them have one.
function merge(upcoming) {
  const known = new Map([...queue, ...upcoming].map((question) => [question.trial, question]));
  const first = upcoming[0]?.number ?? 0;
  queue = [...known.values()]
    .filter(({ trial, number }) => number >= first && trial !== now.trial && !answered.has(trial))
    .sort((a, b) => a.number - b.number);
  for (const { trial } of upcoming) own.add(trial);
}

function showNext() {
  waiting = queue[0]?.cells.length !== grid.size;
  grid.block(waiting);
  if (waiting) return;
  now = queue.shift();
  grid.show(now, loadImages);
  const figures = `${now.number}/${now.total}`;
  const bar = form.querySelector("progress");
  bar.value = now.number - 1;
  bar.setAttribute("aria-valuetext", figures);
  form.querySelector(".figures").textContent = figures;
  problem.textContent = "";
}

// On to the next question, or to where the server sends after the last.
function settle() {
  if (waiting && !refused) showNext();
  const text = failed ? texts.offline : waiting ? texts.saving : "";
  notice.textContent = unsent().length ? text : "";
  if (unsent().length) return;
  if (go) location.replace(go);
  else if (waiting || refused) location.reload();
}

listen(({ answer, reply, ok, status, ...sent }) => {
  failed = sent.failed;
  if (ok && !failed) {
    go = reply.go;
    merge(reply.upcoming);
    if (!waiting) loadImages();
  } else if (!failed && own.has(answer?.trial)) { // not somebody else's
    refused = true;
    go = reply.go === location.pathname ? null : reply.go;
    if (status !== 409) history.replaceState(reply.problem, ""); // told after the reload
  }
  settle();
});

function answer() {
  const { trial, number } = now;
  keep({ number, trial, position: grid.chosen(), ...grid.measurements() });
  answered.add(trial);
  showNext();
  settle();
  send();
}

function onSubmit(event) {
  const clock = performance.now();
  const again = token ? waiting : clock - sentAt < RESEND_AFTER_MS;
  const missing = grid.chosen() < 0;
  if (token || again || missing) event.preventDefault();
  if (again || (missing && grid.justShown())) return; // a double click
  if (missing) problem.textContent = texts.choose;
  else if (token) answer();
  else sentAt = clock;
}

function start() {
  form.noValidate = true; // the page says itself what is missing
  form.addEventListener("submit", onSubmit);
  form.addEventListener("change", () => {
    if (problem.textContent === texts.choose) problem.textContent = "";
  });
  // A page that the back button revives may ask what was answered long ago.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  merge(JSON.parse(document.querySelector("#upcoming")?.textContent ?? "[]"));
  const [visit] = performance.getEntriesByType("navigation");
  grid.begin(loadImages(grid.images()), visit?.responseStart);
  problem.textContent ||= history.state ?? "";
  history.replaceState(null, "");
  if (answered.has(now.trial)) showNext();
  settle();
  send();
}

start();

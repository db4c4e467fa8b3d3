// Answers stay in this browser until the server has acknowledged them. They are sent in order,
// one at a time, over all tabs.

import { pause } from "./pause.js";

const TIMEOUT_MS = 15_000;
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

const address = document.querySelector("meta[name=answers]").content;
const prefix = `answer ${address} `;
const memory = new Map(); // for a browser that stores nothing
let listener = () => {};
let work = null;

function texts() {
  const found = new Map(memory);
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(prefix)) found.set(key, localStorage.getItem(key));
    }
  } catch {} // the browser denies its storage
  return found;
}

// The answers that were not acknowledged, in the order of their questions.
export function unsent() {
  return [...texts().values()]
    .map((text) => JSON.parse(text))
    .filter(Boolean) // another tab's was acknowledged in this moment
    .sort((a, b) => a.number - b.number);
}

export function keep(answer) {
  const key = prefix + answer.trial;
  if (texts().has(key)) return; // the first answer stands, also between tabs
  const text = JSON.stringify(answer);
  try {
    localStorage.setItem(key, text);
  } catch {
    memory.set(key, text);
  }
}

function drop({ trial }) {
  memory.delete(prefix + trial);
  try {
    localStorage.removeItem(prefix + trial);
  } catch {}
}

// The cookie's token is good also where somebody signed in after this page was loaded.
function csrfToken() {
  const cookie = /\bcsrftoken=(\w+)/.exec(document.cookie);
  return cookie?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value;
}

async function post({ number, ...fields }) {
  const response = await fetch(address, {
    method: "POST",
    keepalive: true, // the answer outlives a closed tab
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ ...fields, csrfmiddlewaretoken: csrfToken() }),
    signal: AbortSignal.timeout?.(TIMEOUT_MS),
  });
  const { ok, status } = response;
  const reply = await response.json();
  // Neither an overloaded server nor the login page of a hotel's network acknowledges.
  const final = ok ? "stored" in reply : status < 500 && ![408, 425, 429].includes(status);
  return { ok, status, reply, failed: !final };
}

async function sendFirst() {
  const [answer] = unsent();
  if (!answer) return {}; // another tab sent it
  try {
    const sent = await post(answer);
    if (!sent.failed) drop(answer);
    return { answer, ...sent };
  } catch {
    return { failed: true };
  }
}

// While one tab sends, the others wait.
async function alone(task) {
  try {
    return await navigator.locks.request(prefix, task);
  } catch {
    return task(); // no locks here: of two equal answers the server keeps the first
  }
}

async function sendAll() {
  for (let failures = 0; unsent().length; ) {
    const sent = await alone(sendFirst);
    listener(sent);
    if (sent.failed) {
      const base = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)];
      await pause(base * (0.75 + Math.random() / 2)); // not all at once
      failures += 1;
    } else failures = 0;
  }
}

// Calls with { answer, reply, ok, status, failed } after each attempt; failed ones are repeated.
export function listen(call) {
  listener = call;
}

// Resolves when every answer got its reply.
export function send() {
  work ??= sendAll().finally(() => { work = null; });
  return work;
}

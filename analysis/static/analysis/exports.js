// Large downloads with a progress bar and the time left; without this file the links just work.

const SLOW_ROWS = 60_000; // about two seconds
const PART_BYTES = 8 << 20;
const NEWLINE = 10;

const panel = document.querySelector("[data-download]");
const [status, bar, cancel] = panel ? panel.children : [];
let running = null;

function say(key, values = {}) {
  status.textContent = Object.entries(values).reduce(
    (text, [name, value]) => text.replace(`{${name}}`, value),
    status.dataset[key],
  );
}

function show(share, started) {
  bar.value = share;
  const seconds = Math.ceil((((performance.now() - started) / 1000) * (1 - share)) / share);
  say("going", { share: `${Math.floor(share * 100)}%`, seconds });
}

function newlines(bytes) {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

// The body, in pieces that the browser may keep on disk; throws where it is not whole.
async function collected(response) {
  const rows = Number(response.headers.get("X-Rows"));
  const size = Number(response.headers.get("Content-Length"));
  const count = rows ? newlines : (bytes) => bytes.length;
  const all = rows ? rows + 1 : size; // and the header
  const started = performance.now();
  const parts = [];
  let [pending, waiting, done] = [[], 0, 0];
  const reader = response.body.getReader();
  for (;;) {
    const { value, done: isOver } = await reader.read();
    if (value) {
      pending.push(value);
      waiting += value.length;
      done += count(value);
    }
    if (isOver || waiting > PART_BYTES) {
      parts.push(new Blob(pending));
      [pending, waiting] = [[], 0];
    }
    if (isOver) break;
    if (all && done) show(Math.min(done / all, 1), started);
  }
  if (all && done < all) throw new Error(`${done} of ${all}`);
  return new Blob(parts);
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(blob),
    download: name,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function download(link) {
  running?.abort();
  const control = (running = new AbortController());
  panel.hidden = cancel.hidden = bar.hidden = false;
  bar.removeAttribute("value");
  say("preparing");
  try {
    const response = await fetch(link.href, { signal: control.signal });
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
    if (!response.ok || !name) {
      location.assign(link.href); // the page that says why, or where to log in
      return;
    }
    save(await collected(response), name);
    say("done");
  } catch {
    if (control !== running) return; // another one took its place
    if (control.signal.aborted) panel.hidden = true;
    else say("failed");
  }
  bar.hidden = cancel.hidden = true;
}

if (panel) {
  cancel.addEventListener("click", () => running?.abort());
  for (const link of document.querySelectorAll("a[data-rows]")) {
    if (Number(link.dataset.rows) < SLOW_ROWS) continue;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      download(link);
    });
  }
}

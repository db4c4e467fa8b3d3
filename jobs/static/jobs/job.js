// Shows how far a job is, without a reload; the page's own language and form stay as they are.
const EVERY_MS = 2_000;
const LONGEST_MS = 30_000;
const place = document.getElementById("progress");
let wait = EVERY_MS;
let shown = "";

// What somebody unfolded stays unfolded, and the focus where it was.
function replace(text) {
  const open = [...place.querySelectorAll("details[open]")].map(({ id }) => id);
  const focus = document.activeElement?.closest("#progress button")?.value;
  const token = place.querySelector("[name=csrfmiddlewaretoken]");
  place.innerHTML = text;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const fresh = place.querySelector("[name=csrfmiddlewaretoken]");
  if (token && fresh) fresh.replaceWith(token);
  if (focus) place.querySelector(`button[value=${focus}]`)?.focus();
}

async function look() {
  try {
    if (!document.hidden) {
      // The browser asks with the ETag of what it has, and gets nothing new if nothing moved.
      const response = await fetch(place.dataset.progress, { cache: "no-cache" });
      if (!response.ok || response.redirected) throw new Error(response.status);
      const text = await response.text();
      if (text !== shown) replace(text);
      shown = text;
      wait = EVERY_MS;
      if (!place.querySelector("[data-open]")) return;
    }
  } catch {
    wait = Math.min(2 * wait, LONGEST_MS);
  }
  setTimeout(look, wait);
}

setTimeout(look, wait);

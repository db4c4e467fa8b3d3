// Parts of a page that move: each is asked for again until nothing in it is open any more. The
// page's own language, forms and focus stay as they are.
const EVERY_MS = 2_000;
const LONGEST_MS = 30_000;

// What somebody unfolded stays unfolded, and the focus where it was.
function replace(place, text) {
  const open = [...place.querySelectorAll("details[open]")].map(({ id }) => id);
  const at = place.contains(document.activeElement) && document.activeElement;
  const token = place.querySelector("[name=csrfmiddlewaretoken]");
  place.innerHTML = text;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const fresh = place.querySelector("[name=csrfmiddlewaretoken]");
  if (token && fresh) fresh.replaceWith(token);
  if (at) [...place.querySelectorAll("a, button, summary")].find((other) => isSame(other, at))?.focus();
}

// A summary is known by its details.
function isSame(one, other) {
  const facts = ({ tagName, value, href, parentElement }) => [tagName, value, href, parentElement.id].join();
  return facts(one) === facts(other);
}

function left(place) {
  return place.querySelector("[data-left]")?.dataset.left;
}

function follow(place) {
  const first = left(place);
  let wait = EVERY_MS;
  let shown = "";

  async function look() {
    try {
      if (!document.hidden) {
        // The browser asks with the ETag of what it has, and gets nothing new if nothing moved.
        const response = await fetch(place.dataset.progress, { cache: "no-cache" });
        if (!response.ok || response.redirected) throw new Error(response.status);
        const text = await response.text();
        if (text !== shown) replace(place, text);
        shown = text;
        wait = EVERY_MS;
        // Beside the place: a way to what is finished since the page was made.
        const more = place.parentElement.querySelector("[data-moved]");
        if (more && left(place) !== first) more.hidden = false;
        if (!place.querySelector("[data-open]")) return;
      }
    } catch {
      wait = Math.min(2 * wait, LONGEST_MS);
    }
    setTimeout(look, wait);
  }

  if (place.querySelector("[data-open]")) setTimeout(look, wait);
}

document.querySelectorAll("[data-progress]").forEach(follow);

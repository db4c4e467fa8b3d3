// Shows the stimuli as they are finished, and leaves alone what somebody does on the page meanwhile.
const PAUSE = 2_000;
const SLOWEST = 60_000;
const room = document.querySelector("[data-made]");
let seen = null; // the ETag of what is shown
let failures = 0;

const section = () => room.querySelector(".made");
const parts = (root) => new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));

// Pictures that are there already stay the elements that they are, and do not flicker.
function show(fresh) {
  const [old, now] = [parts(section()), parts(fresh)];
  const same = old.size === now.size && [...now.keys()].every((name) => old.has(name));
  if (!same) {
    section().replaceWith(fresh);
    return;
  }
  section().toggleAttribute("data-busy", fresh.hasAttribute("data-busy"));
  for (const [name, part] of now) {
    if (old.get(name).innerHTML !== part.innerHTML) replace(old.get(name), part);
  }
}

function replace(old, now) {
  const pictures = new Map([...old.querySelectorAll("img")].map((image) => [image.getAttribute("src"), image]));
  for (const image of now.querySelectorAll("img")) {
    const kept = pictures.get(image.getAttribute("src"));
    if (kept) image.replaceWith(kept);
  }
  old.replaceChildren(...now.childNodes);
}

async function look() {
  try {
    const headers = seen ? { "If-None-Match": seen } : {};
    const response = await fetch(room.dataset.made, { headers, cache: "no-store" });
    if (response.status === 200 && !response.redirected) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector(".made");
      if (fresh) {
        show(document.adoptNode(fresh));
        seen = response.headers.get("ETag");
      }
    }
    failures = response.ok || response.status === 304 ? 0 : failures + 1;
  } catch {
    failures += 1; // the server is away for a moment; the next look may find it again
  }
  later();
}

function later() {
  if (section().hasAttribute("data-busy")) setTimeout(look, Math.min(PAUSE * 2 ** failures, SLOWEST));
}

later();

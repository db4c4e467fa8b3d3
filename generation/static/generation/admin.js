// Shows the stimuli as they are finished, and leaves alone what is being typed above them.
const PAUSE = 5000;
const section = document.querySelector(".stimuli");

function show(fresh) {
  section.toggleAttribute("data-busy", fresh.hasAttribute("data-busy"));
  section.querySelector("progress").value = fresh.querySelector("progress").value;
  for (const part of [".stimuli-counts", ".stimuli-grid"]) {
    const [old, now] = [section.querySelector(part), fresh.querySelector(part)];
    if (old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
  }
}

async function look() {
  try {
    const response = await fetch(location.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector(".stimuli");
    if (fresh) show(fresh);
  } catch {
    // The server is away for a moment; the next look may find it again.
  }
  if (section.hasAttribute("data-busy")) setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);

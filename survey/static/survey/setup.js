// Keeps what is typed when the page is left, and shows what a choice comes to. Without it the
// steps are plain forms.
const form = document.getElementById("setup");

function keep() {
  if (leaving || !changed || !form.dataset.keep) return;
  const data = new FormData(form);
  data.set("_keep", "1");
  navigator.sendBeacon(form.dataset.keep, data);
  changed = false;
}

let changed = false;
let leaving = false;
let waiting = 0;
let asked = 0;

async function count() {
  const figures = document.getElementById("figures");
  if (!figures || !form.dataset.keep) return;
  const number = ++asked;
  const data = new FormData(form);
  data.set("_figures", "1");
  try {
    const response = await fetch(form.dataset.keep, { method: "POST", body: data });
    // Somebody may have chosen otherwise meanwhile; that answer is on its way.
    if (response.ok && number === asked) figures.innerHTML = await response.text();
  } catch {
    // The server is away for a moment: the next choice asks again, and so does Next.
  }
}

function markWanting() {
  for (const row of document.querySelectorAll(".matrix tbody tr")) {
    const chosen = row.querySelector("[name=words]")?.checked;
    const contents = [...document.querySelectorAll("[name=contents]")];
    row.querySelectorAll(".figure").forEach((cell, place) => {
      const wanted = chosen && contents[place].checked;
      cell.classList.toggle("is-wanting", wanted && !cell.classList.contains("is-complete"));
    });
  }
}

function chooseAll(button) {
  const boxes = [...form.querySelectorAll(`[name=${button.dataset.all}]:enabled`)];
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
  form.dispatchEvent(new Event("change"));
}

function suggestSlug() {
  const slug = form.elements.slug;
  if (!slug) return;
  let own = slug.value !== "";
  slug.addEventListener("input", () => { own = slug.value !== ""; });
  for (const title of form.querySelectorAll("[name^=title_]")) {
    title.addEventListener("input", () => {
      const words = title.value.toLowerCase().normalize("NFKD").match(/[a-z0-9]+/g);
      if (!own && words) slug.value = words.join("-").slice(0, 60);
    });
  }
}

if (form) {
  document.documentElement.classList.add("has-script");
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("change", (event) => {
    changed = true;
    markWanting();
    const show = form.querySelector("[name=_show]");
    // Other recipes have other stimuli: the table is made anew.
    if (show && ["recipes", "licence"].includes(event.target?.name)) form.requestSubmit(show);
    clearTimeout(waiting);
    waiting = setTimeout(count, 150);
  });
  form.addEventListener("submit", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  for (const button of form.querySelectorAll("[data-all]")) {
    button.parentElement.hidden = false;
    button.addEventListener("click", () => chooseAll(button));
  }
  suggestSlug();
  markWanting();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // a page without HTTPS has no clipboard of its own
    }
    button.nextElementSibling.textContent = button.dataset.copied;
  });
}

// A filter takes effect as it is chosen; without this file the form has a button.

import { refresh } from "./refresh.js";

const form = () => document.querySelector("[data-filters]");

// The address of what is chosen now, without empty fields.
function address() {
  const chosen = [...new FormData(form())].filter(([, value]) => value !== "");
  const query = new URLSearchParams(chosen).toString();
  return location.pathname + (query && `?${query}`);
}

async function show(where) {
  if (await refresh(where)) form()?.reset(); // to what the new page has as its defaults
  else location.assign(where);
}

function choose() {
  const where = address();
  history.pushState(null, "", where);
  show(where).catch((error) => {
    if (error.name !== "AbortError") location.assign(where);
  });
}

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-filters]")) choose();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-filters]")) return;
  event.preventDefault();
  choose();
});
addEventListener("popstate", () => show(location.href));

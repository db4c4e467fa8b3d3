// Brings the page's figures up to date in place, from the page's own address.

import { morph } from "./morph.js";

const CHANGED_MS = 1_500;

let running = null;

// What the new page needs and this one did not load yet, such as the first chart's scripts.
function load(element) {
  return new Promise((resolve) => {
    const copy = document.createElement(element.tagName);
    for (const { name, value } of element.attributes) copy.setAttribute(name, value);
    copy.async = false;
    copy.onload = copy.onerror = resolve;
    document.head.append(copy);
  });
}

function lacking(page) {
  const address = (element) => element.getAttribute("src") ?? element.getAttribute("href");
  const wanted = "script[src], link[rel=stylesheet]";
  const there = new Set([...document.querySelectorAll(wanted)].map(address));
  return [...page.querySelectorAll(wanted)].filter((element) => !there.has(address(element)));
}

function point(elements) {
  for (const element of elements) element.classList.add("changed");
  setTimeout(() => elements.forEach((each) => each.classList.remove("changed")), CHANGED_MS);
}

// False where the address is no page of results any more, as after signing out. Nothing is changed
// where it is not wanted any more when the page has come.
export async function refresh(address = location.href, isWanted = () => true) {
  running?.abort();
  const control = (running = new AbortController());
  const response = await fetch(address, { signal: control.signal });
  if (!response.ok || response.redirected) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (control.signal.aborted || !isWanted()) return true;
  const [main, wanted] = [document, page].map((each) => each.getElementById("main"));
  const missing = lacking(page);
  const changed = morph(main, wanted);
  document.title = page.title;
  await Promise.all(missing.map(load));
  document.dispatchEvent(new CustomEvent("results:updated"));
  point(changed.filter((each) => !each.closest("script, style, [data-quiet]")));
  return true;
}

// Makes one tree of elements like another by changing only what differs, so that focus, open
// details, scrolled tables and half-typed fields stay as they are.

const SCRIPT_OWNED = { DETAILS: ["open"], DIALOG: ["open"] };

const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;

// What a node is known by among its siblings: rows and list items by where they lead.
function keyOf(node) {
  if (!isElement(node)) return "";
  if (node.id) return `#${node.id}`;
  if (node.matches("tr, li")) return node.querySelector("a[href]")?.getAttribute("href") ?? "";
  return "";
}

const isAlike = (one, other) =>
  one.nodeType === other.nodeType && one.nodeName === other.nodeName;

function counterpart(node, wanted, key, keyed) {
  if (key && keyed.has(key)) {
    const found = keyed.get(key);
    keyed.delete(key);
    return found;
  }
  for (let each = node; each; each = each.nextSibling) {
    if (isAlike(each, wanted) && keyOf(each) === key) return each;
    if (isElement(each)) return null;
  }
  return null;
}

function likeAttributes(from, to, names) {
  for (const name of names) {
    const value = to.getAttribute(name);
    if (value === null) from.removeAttribute(name);
    else if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

function attributes(from, to) {
  const kept = SCRIPT_OWNED[from.nodeName] ?? [];
  const names = new Set([...from.getAttributeNames(), ...to.getAttributeNames()]);
  likeAttributes(from, to, [...names].filter((name) => !kept.includes(name)));
}

function children(from, to, changed) {
  const keyed = new Map([...from.children].toReversed().map((each) => [keyOf(each), each]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const found = counterpart(place, wanted, keyOf(wanted), keyed);
    if (!found || !isAlike(found, wanted)) {
      from.insertBefore(wanted, place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else from.insertBefore(found, place);
    become(found, wanted, changed);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function become(from, to, changed) {
  if (!isElement(from)) {
    if (from.nodeValue === to.nodeValue) return;
    if (from.nodeValue.trim() !== to.nodeValue.trim()) changed.push(from.parentElement);
    from.nodeValue = to.nodeValue;
  } else if (from.dataset.chart !== undefined) {
    likeAttributes(from, to, ["aria-label", "data-chart"]); // Plotly owns the rest
  } else if (from.dataset.keep === undefined) {
    attributes(from, to);
    children(from, to, changed);
  }
}

// The elements whose own text changed.
export function morph(from, to) {
  const focused = document.activeElement;
  const changed = [];
  children(from, to, changed);
  // A row that moved lost the focus.
  if (focused?.isConnected && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
  return changed;
}

// Colours of figures come as names of the page's custom properties, "var(--accent)". They are
// looked up when a figure is drawn: on the page as the page has them, on paper as in the light.

const NAMES = /var\((--[\w-]+)\)/g;

export function resolved(value, colour) {
  if (typeof value === "string") return value.replace(NAMES, (_all, name) => colour(name));
  if (Array.isArray(value)) return value.map((item) => resolved(item, colour));
  if (value && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolved(item, colour)]),
    );
  }
  return value;
}

export function colourOnPage(element) {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
}

// What style sheets say of :root outside of media queries is the light theme.
export function colourOnPaper() {
  const found = new Map();
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  for (const { selectorText, style } of rules) {
    if (!selectorText?.split(",").some((selector) => selector.trim() === ":root")) continue;
    for (const name of style) {
      if (name.startsWith("--")) found.set(name, style.getPropertyValue(name).trim());
    }
  }
  return (name) => found.get(name) ?? "";
}

// On paper nothing can be opened: how figures are made is printed with them.

let opened = [];

addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.method:not([open])")];
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});

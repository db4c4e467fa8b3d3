// The details of an image in a dialog over the page; each is also a page of its own.

const dialog = document.querySelector(".stimulus-dialog");
const [close, body] = dialog.children;

async function open(link) {
  const address = new URL(link.href);
  address.searchParams.set("fragment", "1");
  const response = await fetch(address);
  if (!response.ok || response.redirected) throw new Error(response.status);
  body.innerHTML = await response.text();
  dialog.setAttribute("aria-labelledby", body.querySelector("h1").id);
  dialog.showModal();
  dialog.scrollTop = 0;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-stimulus]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(link).catch(() => location.assign(link.href));
});
close.addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // what surrounds it
});

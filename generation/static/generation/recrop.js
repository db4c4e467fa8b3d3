// Choosing the square of a stored photograph. Without this script it is the one in the middle.
import { centred, choose } from "./crop.js";

const form = document.querySelector("#crop-form");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { url, name, width, height } = form.dataset;
  const picture = { url, name, width: Number(width), height: Number(height) };
  const dialog = document.querySelector("dialog.crop");
  const square = await choose(dialog, picture, centred(picture));
  if (dialog.returnValue !== "take") return;
  form.elements.crop.value = square
    ? [square.x, square.y, square.side, picture.width, picture.height].join()
    : "whole";
  form.submit();
});

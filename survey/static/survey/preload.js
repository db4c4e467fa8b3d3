// Loads images in the order of their urgency, a few at a time, and again where one fails.

import { pause } from "./pause.js";

const AT_ONCE = 5; // of a browser's six connections; the last is for the answers
const TRIES = 3;
const PAUSE_MS = 1_000;

let pictures = new Map(); // by address, the most urgent first
let loading = 0;

async function load({ image, url }) {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt) {
      await pause(PAUSE_MS * attempt);
      image.src = `${url}${url.includes("?") ? "&" : "?"}retry=${attempt}`;
    } else if (!image.hasAttribute("src")) image.src = url;
    try {
      await image.decode();
      return true;
    } catch {}
  }
  return false;
}

async function start(picture) {
  loading += 1;
  picture.started = true;
  const there = await load(picture);
  picture.failed = !there;
  picture.settle(there);
  loading -= 1;
  startSome();
}

function startSome() {
  for (const picture of pictures.values()) {
    if (loading >= AT_ONCE) return;
    if (!picture.started) start(picture);
  }
}

function make(url, image = new Image()) {
  const picture = { url, image };
  picture.loaded = new Promise((resolve) => { picture.settle = resolve; });
  return picture;
}

// Loads these, the most urgent first, and forgets the others; `images` are those of the page that
// it has for the first ones. A picture's `loaded` tells in the end whether it is decoded. One that
// failed and is not on the page is tried again.
export function want(urls, images = []) {
  const known = pictures;
  pictures = new Map();
  urls.forEach((url, index) => {
    if (pictures.has(url)) return;
    const picture = known.get(url);
    const gone = !picture || (picture.failed && !picture.image.isConnected);
    pictures.set(url, gone ? make(url, images[index]) : picture);
  });
  startSome();
  return urls.map((url) => pictures.get(url));
}

// Several photographs: each is a row, cut and named here, and sent by itself. Without this script
// the page works as a form.
import { centred, choose } from "./crop.js";

const CALM = 2_000; // ms of sending after which the time left is told
const FRESH = 250; // ms between two looks at how much is sent

const form = document.querySelector("#several");
const files = form.querySelector("#files");
const drop = form.querySelector(".drop");
const list = document.querySelector(".rows");
const end = document.querySelector(".several-end");
const told = end.querySelector(".told");
const add = end.querySelector("[data-add]");
const go = end.querySelector("[data-go]");
const dialog = document.querySelector("dialog.crop");
const say = document.querySelector("#said").dataset;
const rows = [];
const added = [];
let sending = false;

const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
const inUnits = (bytes) => (bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);
const open = () => rows.filter((row) => row.state !== "added");

for (const each of form.querySelectorAll(".by-form")) each.hidden = true;
form.querySelector(".by-drop").hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
files.addEventListener("change", () => {
  take([...files.files]);
  files.value = "";
});
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => event.preventDefault()); // a miss opens no file
}
drop.addEventListener("dragover", () => drop.classList.add("is-over"));
drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
document.addEventListener("drop", (event) => {
  drop.classList.remove("is-over");
  take([...event.dataTransfer.files]);
});
for (const name of ["credit", "licence"]) {
  form.elements[name].addEventListener("input", (event) => {
    for (const row of open()) if (!row.typed.has(name)) row.input(name).value = event.target.value;
  });
}
form.elements.crop.addEventListener("change", (event) => {
  for (const row of open()) row.cut(event.target.value === "whole" ? null : row.size && centred(row.size));
});
add.addEventListener("click", () => send(open().filter((row) => row.state !== "hopeless")));
addEventListener("beforeunload", (event) => {
  if (open().length) event.preventDefault();
});

function take(chosen) {
  const fresh = chosen.map((file) => new Row(file));
  rows.push(...fresh);
  list.append(...fresh.map((row) => row.element));
  count();
  fresh[0]?.input("name").focus();
}

function proposed(file) {
  const stem = file.replace(/\.[^.]*$/, "").normalize("NFKD").toLowerCase();
  const slug = stem.replace(/[^a-z0-9_\s-]/g, "").trim().replace(/[-\s]+/g, "-");
  const name = slug.slice(0, 50).replace(/^[-_]+|[-_]+$/g, "") || "photograph";
  const taken = new Set(rows.map((row) => row.input("name").value));
  let number = 1;
  const numbered = () => (number === 1 ? name : `${name}-${number}`);
  while (taken.has(numbered())) number += 1;
  return numbered();
}

class Row {
  constructor(file) {
    this.file = file;
    this.state = "ready"; // ready, sending, failed, hopeless or added
    this.typed = new Set();
    this.size = null; // as the browser shows it, upright
    this.crop = form.elements.crop.value === "whole" ? null : undefined; // null: whole
    this.element = document.querySelector("#row").content.cloneNode(true).firstElementChild;
    this.part(".row-file").textContent = `${file.name} · ${inUnits(file.size)}`;
    this.input("name").value = proposed(file.name);
    for (const name of ["credit", "licence"]) {
      this.input(name).value = form.elements[name].value;
      this.input(name).addEventListener("input", () => this.typed.add(name));
    }
    for (const button of this.element.querySelectorAll("button")) {
      button.setAttribute("aria-label", fill(say.this, { button: button.textContent, name: file.name }));
    }
    this.part("[data-crop]").addEventListener("click", () => this.edit());
    this.part("[data-again]").addEventListener("click", () => send([this]));
    this.part("[data-remove]").addEventListener("click", () => this.remove());
    if (file.size > Number(form.dataset.maxBytes)) this.fail(say.large, "hopeless");
    else if (!file.size) this.fail(say.empty, "hopeless");
    else this.preview();
  }

  part(selector) {
    return this.element.querySelector(selector);
  }

  input(name) {
    return this.part(`input[name=${name}]`);
  }

  async preview() {
    this.url = URL.createObjectURL(this.file);
    const image = new Image();
    image.src = this.url;
    try {
      await image.decode();
    } catch {
      this.hide(); // such as TIFF; the server reads more than a browser
      return;
    }
    this.image = image;
    this.size = { width: image.naturalWidth, height: image.naturalHeight };
    this.part(".row-file").textContent += ` · ${this.size.width} x ${this.size.height} px`;
    this.cut(this.crop === undefined ? centred(this.size) : this.crop);
  }

  hide() {
    this.part("canvas").hidden = true;
    this.part(".no-picture").hidden = false;
    this.part("[data-crop]").hidden = true;
  }

  cut(crop) {
    this.crop = crop;
    if (!this.image) return;
    const canvas = this.part("canvas");
    canvas.setAttribute("aria-label", fill(say.picture, { name: this.file.name }));
    const { width, height } = this.size;
    const { x, y, w, h } = crop ? { x: crop.x, y: crop.y, w: crop.side, h: crop.side } : { x: 0, y: 0, w: width, h: height };
    const scale = canvas.width / Math.max(w, h);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, canvas.width, canvas.height);
    const [wide, high] = [w * scale, h * scale];
    context.drawImage(this.image, x, y, w, h, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
  }

  async edit() {
    const picture = { url: this.url, name: this.file.name, ...this.size };
    this.cut(await choose(dialog, picture, this.crop));
    this.part("[data-crop]").focus();
  }

  // As the server reads it.
  cutText() {
    if (this.crop === null) return "whole";
    if (!this.crop) return "square";
    return [this.crop.x, this.crop.y, this.crop.side, this.size.width, this.size.height].join();
  }

  data() {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    for (const name of ["name", "credit", "licence"]) data.set(name, this.input(name).value.trim());
    data.set("crop", this.cutText());
    data.set("upload", this.file);
    return data;
  }

  // Resolves when the file is stored or was refused; rejects never.
  send() {
    this.is("sending");
    const [progress, text] = this.part(".row-progress").children;
    const began = performance.now();
    let looked = 0;
    return new Promise((resolve) => {
      const request = (this.request = new XMLHttpRequest()); // fetch tells nothing of what is sent
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        const now = performance.now();
        if (now - looked < FRESH) return;
        looked = now;
        progress.value = loaded / total;
        text.textContent = fill(say.sends, { share: Math.floor((100 * loaded) / total) });
        const spent = now - began;
        if (spent > CALM) text.textContent += fill(say.left, { time: lasting((spent / loaded) * (total - loaded)) });
      });
      request.upload.addEventListener("load", () => {
        progress.removeAttribute("value");
        text.textContent = say.checks;
      });
      request.addEventListener("load", () => this.heard(request));
      request.addEventListener("error", () => this.fail(say.lost));
      request.addEventListener("abort", () => this.is("ready"));
      request.addEventListener("loadend", resolve);
      request.open("POST", form.getAttribute("action") ?? location.pathname);
      request.setRequestHeader("Accept", "application/json");
      request.send(this.data());
    });
  }

  heard(request) {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // A page in place of an answer: that of signing in, or of an error.
    }
    if (request.status === 201 && answer) this.stored(answer);
    else if (request.status === 400 && answer?.errors) this.refused(answer);
    else this.fail(request.status >= 500 ? say.broke : say.refused);
  }

  stored(answer) {
    this.is("added");
    added.push(answer.pk);
    this.part(".row-file").textContent = fill(say.added, answer);
    this.part(".row-notes").replaceChildren(...answer.notes.map(noted));
    const page = this.part("[data-page]");
    page.href = answer.page;
    page.target = "_blank";
    page.hidden = false;
  }

  refused({ errors, twin }) {
    this.fail(Object.values(errors).flat().join(" "));
    for (const name of ["name", "credit", "licence"]) {
      this.input(name).setAttribute("aria-invalid", String(name in errors));
    }
    if (twin) {
      const link = Object.assign(document.createElement("a"), { href: twin.page, target: "_blank", textContent: fill(say.see, twin) });
      this.part(".row-error").append(" ", link);
    }
    if (this.size && "crop" in errors) this.part("[data-crop]").focus();
  }

  fail(reason, state = "failed") {
    this.is(state);
    this.part(".row-error").hidden = false;
    this.part(".row-error").textContent = reason;
  }

  is(state) {
    this.state = state;
    this.element.dataset.state = state;
    this.part(".row-error").hidden = true;
    this.part(".row-progress").hidden = state !== "sending";
    this.part(".row-fields").hidden = state === "added" || state === "hopeless";
    this.part("[data-crop]").hidden = !this.image || state === "added" || state === "sending";
    this.part("[data-again]").hidden = state !== "failed";
    this.part("[data-remove]").hidden = state === "added";
    for (const input of this.element.querySelectorAll("input")) {
      input.readOnly = state === "sending";
      input.removeAttribute("aria-invalid");
    }
    if (state === "sending") this.part(".row-progress span").textContent = say.waits;
  }

  remove() {
    const place = rows.indexOf(this);
    this.request?.abort();
    rows.splice(place, 1);
    this.element.remove();
    if (this.url) URL.revokeObjectURL(this.url);
    (rows[place] ?? rows[place - 1])?.part("button:not([hidden])")?.focus();
    count();
  }
}

function noted(text) {
  return Object.assign(document.createElement("li"), { textContent: text });
}

function lasting(ms) {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 90 ? fill(say.seconds, { n: seconds }) : fill(say.minutes, { n: Math.round(seconds / 60) });
}

// Two at a time: while the server stores the one, the other is on its way.
async function send(chosen) {
  if (sending) return;
  if (chosen.some((row) => !row.input("name").reportValidity())) return;
  sending = true;
  add.disabled = true;
  const queue = [...chosen];
  const lane = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      if (rows.includes(row)) await row.send(); // it may be removed meanwhile
    }
  };
  await Promise.all([lane(), lane()]);
  sending = false;
  count();
  const failed = rows.filter((row) => row.state === "failed" || row.state === "hopeless");
  told.textContent = fill(failed.length ? say.both : say.all, { added: added.length, failed: failed.length });
  if (failed.length) failed[0].part("[data-again]:not([hidden])")?.focus();
  else if (added.length) go.focus();
}

function count() {
  end.hidden = !rows.length;
  const left = open().filter((row) => row.state !== "hopeless");
  add.hidden = !left.length;
  add.disabled = sending;
  if (!sending && left.length) told.textContent = fill(say.ready, { n: left.length });
  go.hidden = !added.length;
  go.href = `${form.dataset.next}?${added.map((key) => `content=${key}`).join("&")}`;
}

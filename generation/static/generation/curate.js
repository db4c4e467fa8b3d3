// Going through a word's images by keyboard. Without this script the page works as forms.
const desk = document.querySelector(".desk");
const form = document.querySelector("#curation");
const cards = [...desk.querySelectorAll(".card")];
const tools = desk.querySelector(".tools");

if (cards.length && tools) start();

function start() {
  const facts = tools.querySelector(".facts");
  const told = tools.querySelector(".told");
  const why = tools.querySelector("#why");
  const undoButton = tools.querySelector("[data-undo]");
  const dialog = desk.querySelector(".similar-dialog");
  const reasons = [...tools.querySelectorAll("#reasons option")].map((option) => option.value);
  const done = []; // what can be undone, the last one at the end
  let current = cards[0];
  let waiting = Promise.resolve();
  let preview;

  const box = (card) => card.querySelector("input");
  const byKey = (key) => document.querySelector(`#image-${key}`);
  const ticked = () => cards.filter((card) => box(card).checked);
  const chosen = () => (ticked().length ? ticked() : [current]);
  const isExcluded = (card) => card.classList.contains("is-excluded");

  // The address of the page names an image: begin there.
  for (const card of cards) box(card).tabIndex = -1;
  go(byKey(location.hash.replace("#image-", "")) ?? cards[0], { focus: location.hash.startsWith("#image-") });
  tools.querySelector(".keys").hidden = false;
  if (matchMedia("(min-width: 901px)").matches) tools.querySelector(".keys").open = true;
  if (undoButton) undoButton.hidden = false;

  function go(card, { focus = true } = {}) {
    box(current).tabIndex = -1;
    current.classList.remove("is-current");
    current = card;
    current.classList.add("is-current");
    box(current).tabIndex = 0;
    if (focus) box(current).focus();
    show(current);
  }

  function show(card) {
    facts.replaceChildren(card.querySelector("template").content.cloneNode(true));
    clearTimeout(preview);
    preview = setTimeout(() => {
      const image = new Image();
      image.src = card.querySelector("img").src;
      image.alt = "";
      facts.prepend(image);
    }, 80);
  }

  // The card whose middle is nearest in the next row of what is seen.
  function beside(card, direction) {
    const here = card.getBoundingClientRect();
    let best = null;
    let least = Infinity;
    for (const other of cards) {
      const there = other.getBoundingClientRect();
      const down = direction * (there.top - here.top);
      if (down < here.height / 2) continue;
      const distance = 10 * down + Math.abs(there.left - here.left);
      if (distance < least) [best, least] = [other, distance];
    }
    return best ?? card;
  }

  const moves = {
    ArrowLeft: () => cards[Math.max(0, cards.indexOf(current) - 1)],
    ArrowRight: () => cards[Math.min(cards.length - 1, cards.indexOf(current) + 1)],
    ArrowUp: () => beside(current, -1),
    ArrowDown: () => beside(current, 1),
    Home: () => cards[0],
    End: () => cards[cards.length - 1],
  };
  const acts = {
    x: () => decide(isExcluded(current) && !ticked().length ? "include" : "exclude", why?.value ?? ""),
    i: () => decide("include"),
    u: undo,
    s: similar,
    o: () => location.assign(current.querySelector("template").content.querySelector("p:last-child a").href),
    Escape: () => untick(),
  };
  reasons.forEach((reason, place) => (acts[place + 1] = () => decide("exclude", reason)));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, summary, a, button");
    if (typing) return;
    if (moves[event.key]) {
      event.preventDefault();
      go(moves[event.key]());
      return;
    }
    const act = acts[event.key] ?? acts[event.key.toLowerCase()];
    if (!act || (!why && !"so".includes(event.key))) return;
    event.preventDefault();
    act();
  });

  desk.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card && card !== current) go(card, { focus: false });
  });
  desk.addEventListener("pointerover", (event) => {
    const card = event.pointerType === "mouse" && event.target.closest(".card");
    if (card) show(card);
  });
  desk.querySelector(".gallery").addEventListener("pointerleave", () => show(current));
  desk.addEventListener("change", (event) => {
    if (!event.target.closest(".card")) return;
    const count = ticked().length;
    told.textContent = count ? `${count} ${told.dataset.ticked}` : "";
  });
  undoButton?.addEventListener("click", undo);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    decide(event.submitter?.value ?? "exclude", why.value);
  });

  function untick() {
    for (const card of ticked()) box(card).checked = false;
  }

  // Decisions are sent one after the other, in the order in which they were made.
  function decide(action, reason = "") {
    const about = chosen();
    const before = about.map((card) => [card, isExcluded(card), card.dataset.why]);
    for (const card of about) mark(card, action === "exclude");
    untick();
    waiting = waiting.then(() => send(action, reason, about)).then(
      (answer) => {
        settle(answer);
        done.push(before);
        if (undoButton) undoButton.disabled = false;
      },
      (error) => {
        for (const [card, was] of before) mark(card, was);
        told.textContent = error.message;
      },
    );
  }

  async function send(action, reason, about) {
    const data = new FormData(form);
    data.delete("image");
    for (const card of about) data.append("image", card.dataset.image);
    data.set("action", action);
    data.set("why", reason);
    let response;
    let answer;
    try {
      response = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { Accept: "application/json" } });
      answer = await response.json();
    } catch {
      throw new Error(told.dataset.lost);
    }
    if (!response.ok) throw new Error(answer.error ?? told.dataset.lost);
    return answer;
  }

  function settle(answer) {
    for (const [key, { excluded, why: reason, note }] of Object.entries(answer.images)) {
      const card = byKey(key);
      mark(card, excluded);
      card.dataset.why = reason;
      card.querySelector("template").content.querySelector(".note").textContent = note;
    }
    for (const [cluster, count] of Object.entries(answer.excluded)) {
      desk.querySelector(`.excluded-count[data-cluster="${cluster}"]`).textContent = count;
    }
    document.querySelector("#next-run").innerHTML = answer.next;
    told.textContent = answer.told;
    show(current);
  }

  function mark(card, excluded) {
    card.classList.toggle("is-excluded", excluded);
  }

  // Each image goes back to what it was, with its own reason.
  function undo() {
    waiting = waiting.then(async () => {
      const last = done.pop();
      if (!last) return;
      const kinds = new Map();
      for (const [card, was, reason] of last) {
        const kind = was ? `exclude\n${reason}` : "include\n";
        kinds.set(kind, [...(kinds.get(kind) ?? []), card]);
      }
      try {
        for (const [kind, about] of kinds) {
          const [action, reason] = kind.split("\n");
          settle(await send(action, reason, about));
        }
        told.textContent = told.dataset.undone;
      } catch (error) {
        done.push(last);
        told.textContent = error.message;
      }
      undoButton.disabled = !done.length;
      go(last[0][0]);
    });
  }

  async function similar() {
    const room = dialog.querySelector(".similar");
    room.replaceChildren();
    dialog.showModal();
    try {
      const response = await fetch(new URL(`../../../webimage/${current.dataset.image}/similar/`, location.href));
      if (!response.ok) throw new Error(response.statusText);
      room.innerHTML = await response.text();
    } catch {
      room.textContent = told.dataset.lost;
    }
    for (const link of room.querySelectorAll("[data-image]")) {
      const card = byKey(link.dataset.image);
      if (!card) continue;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        dialog.close();
        go(card);
      });
    }
  }
}

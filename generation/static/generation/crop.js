// Choosing a square of a photograph: by pointer, touch or keyboard. Lengths are px of the photograph.
const STEP = 0.01; // of the shorter side; with Shift ten times as much
const GROWTH = 1.05;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function centred({ width, height }) {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

// Opens the dialog over a picture {url, width, height, name}; gives the new crop, or null for the
// whole photograph, and what it was where somebody leaves it.
export function choose(dialog, picture, crop) {
  const stage = dialog.querySelector(".crop-stage");
  const frame = dialog.querySelector(".crop-frame");
  const image = stage.querySelector("img");
  const said = dialog.querySelector(".crop-said");
  const least = Math.min(Number(dialog.dataset.least), picture.width, picture.height);
  const most = Math.min(picture.width, picture.height);
  const step = Math.max(1, Math.round(most * STEP));
  const pointers = new Map();
  const listening = new AbortController();
  let now = crop && { ...crop };
  let before = null; // where a drag began

  function fill(text, values) {
    return text.replace(/{(\w+)}/g, (_, name) => values[name]);
  }

  function show() {
    frame.hidden = now === null;
    const square = now ?? { x: 0, y: 0, side: 0 };
    frame.style.left = `${(100 * square.x) / picture.width}%`;
    frame.style.top = `${(100 * square.y) / picture.height}%`;
    frame.style.width = `${(100 * square.side) / picture.width}%`;
    frame.style.height = `${(100 * square.side) / picture.height}%`;
    said.textContent = now === null ? fill(dialog.dataset.whole, picture) : fill(dialog.dataset.said, now);
  }

  function put(x, y, side) {
    const size = Math.round(clamp(side, least, most));
    now = {
      x: Math.round(clamp(x, 0, picture.width - size)),
      y: Math.round(clamp(y, 0, picture.height - size)),
      side: size,
    };
    show();
  }

  // Its middle stays where it is.
  function resize(side) {
    const square = now ?? centred(picture);
    const size = clamp(side, least, most);
    put(square.x + (square.side - size) / 2, square.y + (square.side - size) / 2, size);
  }

  const larger = () => resize(Math.max((now ?? centred(picture)).side * GROWTH, now.side + 1));
  const smaller = () => resize(Math.min((now ?? centred(picture)).side / GROWTH, now.side - 1));
  const scale = () => picture.width / image.getBoundingClientRect().width;

  function onKey(event) {
    const far = event.shiftKey ? 10 * step : step;
    const ways = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (ways[event.key]) put(now.x + ways[event.key][0], now.y + ways[event.key][1], now.side);
    else if (event.key === "+" || event.key === "=" || event.key === ";") larger();
    else if (event.key === "-") smaller();
    else if (event.key === "Home") put(centred(picture).x, centred(picture).y, most);
    else return;
    event.preventDefault();
  }

  // One finger moves what it lies on; two resize the square, also from beside it.
  function onDown(event) {
    if (now === null) return;
    event.preventDefault();
    frame.focus();
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const corner = event.target.classList.contains("crop-corner");
    before = { ...now, corner, beside: !frame.contains(event.target), points: [...pointers.values()] };
  }

  function onMove(event) {
    if (!before || !pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const points = [...pointers.values()];
    const [dx, dy] = [0, 1].map((axis) => (points[0][axis] - before.points[0][axis]) * scale());
    if (points.length > 1 && before.points.length > 1) {
      const apart = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1]);
      const size = clamp((before.side * apart(points)) / Math.max(apart(before.points), 1), least, most);
      put(before.x + (before.side - size) / 2, before.y + (before.side - size) / 2, size);
    } else if (before.corner) {
      const room = Math.min(picture.width - before.x, picture.height - before.y);
      put(before.x, before.y, Math.min(before.side + Math.max(dx, dy), room));
    } else if (!before.beside) {
      put(before.x + dx, before.y + dy, before.side);
    }
  }

  function onUp(event) {
    pointers.delete(event.pointerId);
    before = pointers.size ? { ...now, points: [...pointers.values()] } : null;
  }

  const acts = {
    smaller: () => now && smaller(),
    larger: () => now && larger(),
    square: () => put(centred(picture).x, centred(picture).y, most),
    whole: () => {
      now = null;
      show();
    },
    take: () => dialog.close("take"),
    leave: () => dialog.close("leave"),
  };

  return new Promise((resolve) => {
    const { signal } = listening;
    frame.addEventListener("keydown", onKey, { signal });
    stage.addEventListener("pointerdown", onDown, { signal });
    stage.addEventListener("pointermove", onMove, { signal });
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, onUp, { signal });
    for (const button of dialog.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => acts[button.dataset.act](), { signal });
    }
    dialog.addEventListener("close", () => {
      listening.abort();
      resolve(dialog.returnValue === "take" ? now : crop);
    }, { signal });
    dialog.querySelector(".crop-name").textContent = picture.name;
    image.src = picture.url;
    image.width = picture.width;
    image.height = picture.height;
    dialog.returnValue = "";
    show();
    dialog.showModal();
    (now === null ? dialog.querySelector("[data-act=square]") : frame).focus();
  });
}

// Shows how far a job is, and leaves alone what somebody does on the page meanwhile.
const PAUSE = 1000;
const BUSY = ["queued", "leased"];
const started = document.querySelector("[data-job]");

async function look() {
  const block = document.querySelector("[data-job]");
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-job]");
    if (response.ok && fresh) {
      block.replaceWith(fresh);
      const show = fresh.querySelector(".job-show");
      // Not shown by itself: it would take the page from under somebody's hands.
      if (show) show.hidden = false;
      if (!BUSY.includes(fresh.dataset.job)) return;
    }
  } catch {
    // The server is away for a moment; the next look may find it again.
  }
  setTimeout(look, PAUSE);
}

if (started && BUSY.includes(started.dataset.job)) setTimeout(look, PAUSE);

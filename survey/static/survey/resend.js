// On every page but a question's: sends the answers that an earlier page could not.

import { send, unsent } from "./outbox.js";
import { pause } from "./pause.js";

const LONGEST_MS = 10_000;

const form = document.querySelector("#survey-form");
let free = false;

// Who starts anew gets another cookie, with which the answers before could not be sent any more.
form?.addEventListener("submit", (event) => {
  if (free || !form.elements.namedItem("ticket") || !unsent().length) return;
  event.preventDefault();
  event.submitter?.setAttribute("aria-busy", "true");
  Promise.race([send(), pause(LONGEST_MS)]).then(() => {
    free = true;
    form.requestSubmit(event.submitter);
  });
});

send();

// Handing in while the check runs waits for it: its author sees what it found, and so do those who sign. Pressed again it
// goes at once, for the check is advice.

const form = document.getElementById("hand-in");
const checking = document.getElementById("checking");
const told = document.getElementById("waiting");
let isPressed = false;

form.addEventListener("submit", (event) => {
  if (isPressed || !checking.classList.contains("htmx-request")) return;
  event.preventDefault();
  isPressed = true;
  told.textContent = told.dataset.waits;
});
checking.addEventListener("htmx:afterRequest", (event) => {
  if (!isPressed) return;
  if (!event.detail.successful) told.textContent = told.dataset.failed; // no check is no check that found nothing
  else if (document.querySelector("#check .findings")) told.textContent = told.dataset.found;
  else form.requestSubmit();
});

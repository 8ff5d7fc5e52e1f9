// Reading changes by keyboard: j to the next, k to the one before.

import { isComposing } from "../keys.js";

const FIELDS = "input, textarea, select, [contenteditable]";

function step(by) {
  const changes = [...document.querySelectorAll(".change")];
  if (!changes.length) return;
  const here = changes.findIndex((change) => change.contains(document.activeElement));
  const last = here >= 0 ? here : Number(document.body.dataset.change ?? -1);
  const next = Math.min(Math.max(last + by, 0), changes.length - 1);
  document.body.dataset.change = next;
  changes[next].focus({ preventScroll: true });
  changes[next].scrollIntoView({ block: "start" });
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isComposing(event) || event.defaultPrevented) return;
  if (event.target.closest?.(FIELDS) || document.querySelector("dialog:modal")) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

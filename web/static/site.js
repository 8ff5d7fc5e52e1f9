// What every page does with script: windows that open, wide tables that the keyboard can scroll, the sheet of shortcuts.

import "./keys.js";
import { isForeign } from "./replies.js";

document.documentElement.classList.add("scripted");

/** Bring to life what has arrived: with the page, or by htmx later. */
function enliven(root) {
  for (const each of root.querySelectorAll("[data-scripted]")) each.hidden = false;
  for (const frame of root.querySelectorAll("[data-scrolls]")) {
    if (frame.scrollWidth <= frame.clientWidth) continue;
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", frame.dataset.scrolls);
  }
}

/** What sticks below the header reckons with its height, however many lines its ways take. */
const header = document.querySelector(".site");
if (header) {
  new ResizeObserver(() => document.documentElement.style.setProperty("--header", `${header.offsetHeight}px`))
    .observe(header);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
});
document.addEventListener("submit", (event) => {
  const { leaves, asks } = event.target.dataset;
  if (!leaves) return;
  const kept = Object.keys(localStorage).filter((key) => key.startsWith(`kb-draft:${leaves}:`));
  if (kept.length && !confirm(asks)) event.preventDefault();
  else for (const key of kept) localStorage.removeItem(key);
});
document.addEventListener("htmx:load", (event) => { enliven(event.detail.elt.parentElement ?? document); });
/** A reply that is not this server's, or none at all: the page stays, and says so unless it has said it in a better
 * place. */
for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:beforeSwap"]) {
  document.addEventListener(failed, (event) => {
    if (event.defaultPrevented || (failed === "htmx:beforeSwap" && !isForeign(event.detail.xhr))) return;
    event.preventDefault();
    const { failed: gone, late } = document.body.dataset;
    document.getElementById("page-problem").textContent = failed === "htmx:timeout" ? late : gone;
  });
}
document.addEventListener("htmx:beforeRequest", () => { document.getElementById("page-problem").replaceChildren(); });
/** The address that htmx has put into the browser is where the frame's forms and links lead back to. */
document.addEventListener("htmx:pushedIntoHistory", (event) => {
  const here = event.detail.path;
  for (const field of document.querySelectorAll("header input[name=next], .ended input[name=next]")) field.value = here;
  for (const link of document.querySelectorAll("a[href^='/sign-in?']")) link.href = `/sign-in?next=${encodeURIComponent(here)}`;
});
enliven(document);

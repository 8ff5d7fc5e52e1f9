// What every page does with script: windows that open, wide tables that the keyboard can scroll, the sheet of shortcuts.

import "./keys.js";

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

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
});
document.addEventListener("htmx:load", (event) => { enliven(event.detail.elt.parentElement ?? document); });
for (const failed of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failed, (event) => {
    if (event.defaultPrevented) return; // the page says so itself, in a better place
    const said = document.createElement("p");
    said.className = "problem";
    said.textContent = document.body.dataset.failed;
    document.getElementById("page-problem").replaceChildren(said);
  });
}
document.addEventListener("htmx:beforeRequest", () => { document.getElementById("page-problem").replaceChildren(); });
enliven(document);

// The cited text beside the answer; on a small screen, over it.

import { announce } from "../announce.js";

const SMALL = matchMedia("(max-width: 67.99rem)");
let closeOnBack = null; // what the browser's back button closes

addEventListener("popstate", () => { closeOnBack?.(); });

/**
 * Let citations and article links open in the panel; gives the function that opens an address there. ``note`` is told
 * of a link to another section than the one shown when it is opened, and when something of it is copied.
 */
export function watchPanel(workspace, headers, note) {
  const panel = workspace.querySelector("#panel");
  let opener = null;
  let latest = 0;

  workspace.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    opener = link;
    open(link.href, link.dataset.n);
    if (link.dataset.section) note("opened", link);
  });
  panel.addEventListener("copy", () => { if (opener?.dataset.section) note("copied", opener); });

  async function open(address, n) {
    const asked = ++latest;
    workspace.classList.add("has-panel");
    panel.classList.add("is-loading");
    const response = await fetch(address, { headers }).catch(() => null);
    if (asked !== latest) return; // another one was clicked meanwhile
    panel.classList.remove("is-loading");
    if (!response?.ok) { location.assign(address); return; }
    panel.innerHTML = await response.text();
    for (const cite of workspace.querySelectorAll(".cite")) {
      if (n && cite.dataset.n === n) cite.setAttribute("aria-current", "true");
      else cite.removeAttribute("aria-current");
    }
    show();
  }

  function show() {
    const button = panel.querySelector("[data-close]");
    button.hidden = false;
    button.addEventListener("click", leave);
    announce(panel.querySelector("h2").textContent);
    if (SMALL.matches) {
      panel.classList.add("is-open");
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-modal", "true");
      setBehind(true);
      if (!closeOnBack) history.pushState({ sheet: true }, "");
      closeOnBack = close;
      panel.focus();
    }
    scrollToQuote();
  }

  /** Close it: over the page by going back, beside it at once. */
  function leave() {
    if (panel.classList.contains("is-open")) { history.back(); return; }
    workspace.classList.remove("has-panel");
    panel.replaceChildren();
    for (const cite of workspace.querySelectorAll(".cite[aria-current]")) cite.removeAttribute("aria-current");
    opener?.focus();
  }

  function close() {
    closeOnBack = null;
    panel.classList.remove("is-open");
    panel.setAttribute("role", "complementary");
    panel.removeAttribute("aria-modal");
    setBehind(false);
    opener?.focus();
  }

  function setBehind(isBehind) {
    workspace.querySelector(".column").inert = isBehind;
    document.querySelector("header.site").inert = isBehind;
    document.documentElement.classList.toggle("sheet-open", isBehind);
  }

  function scrollToQuote() {
    const body = panel.querySelector(".panel-body");
    const quote = panel.querySelector("#cite-1");
    if (!quote) { body?.scrollTo({ top: 0 }); return; }
    // the panel scrolls, the page stays where the reader is
    const place = quote.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTo({ top: body.scrollTop + place - body.clientHeight * 0.3 });
    panel.classList.remove("is-arriving");
    requestAnimationFrame(() => { panel.classList.add("is-arriving"); });
  }

  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
  });
  return { open: (address) => { opener = workspace.querySelector("#question"); return open(address); } };
}

// The cited text beside the answer; on a small screen, over it. The key s opens it, and Escape closes it.

import { announce } from "../announce.js";

const SMALL = matchMedia("(max-width: 67.99rem)");
let closeOnBack = null; // what the browser's back button closes

addEventListener("popstate", (event) => {
  if (!closeOnBack) return;
  event.stopImmediatePropagation(); // the page stays: it is not for htmx to restore
  closeOnBack();
});

/**
 * Let citations and article links open in the panel; gives the function that opens an address there. ``note`` is told
 * of a link to another section than the one shown when it is opened, and when something of it is copied.
 */
export function watchPanel(workspace, note) {
  const panel = workspace.querySelector("#panel");
  let opener = null;

  workspace.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    opener = link;
    open(link.href, link.dataset.n, event.detail === 0);
    if (link.dataset.section) note("opened", link);
  });
  panel.addEventListener("copy", () => { if (opener?.dataset.section) note("copied", opener); });

  /** Show what an address holds; ``byKey``: the arrow keys scroll it from then on. */
  async function open(address, n, byKey) {
    workspace.classList.add("has-panel");
    panel.classList.add("is-loading");
    const before = panel.firstElementChild;
    try {
      // without its anchor, to which htmx would scroll the page
      await window.htmx.ajax("GET", address.split("#")[0], { source: panel, target: panel, swap: "innerHTML" });
    } catch { /* given up for another one, or the network failed: the page says so, and keeps what it shows */ }
    if (panel.firstElementChild === before) {
      if (!before) workspace.classList.remove("has-panel");
      panel.classList.remove("is-loading");
      return;
    }
    panel.classList.remove("is-loading");
    for (const cite of workspace.querySelectorAll(".cite")) {
      if (n && cite.dataset.n === n) cite.setAttribute("aria-current", "true");
      else cite.removeAttribute("aria-current");
    }
    show();
    if (byKey) panel.querySelector(".panel-body")?.focus({ preventScroll: true });
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
    for (const each of document.querySelectorAll("header.site, .site-foot")) each.inert = isBehind;
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
  return { open: (address) => { opener = workspace.querySelector("#question"); return open(address, "", false); } };
}

// Titles and known questions while typing, also by the letters that an input method composes. While it composes, the
// list is only shown: every key is the input method's.

import Combobox from "../vendor/combobox-nav.js";
import { announce } from "../announce.js";

const PAUSE_MS = 120; // a fast typist's gap between two keys

/** Offer articles and questions under the box; a chosen article opens in the panel, a chosen question is asked. */
export function watchSuggestions(form, openArticle) {
  const box = form.elements.question;
  const list = form.querySelector("#suggestions");
  const combobox = new Combobox(box, list, { tabInsertsSuggestions: false });
  let timer = 0;
  let isOpen = false;
  let isWanted = false; // whether what comes is still to be shown
  let isComposing = false;
  undress();

  /** A field of several lines may not be called a combobox: it stays a text field whose list it controls. */
  function undress() {
    for (const name of ["role", "aria-expanded", "aria-haspopup"]) box.removeAttribute(name);
  }

  function hide() {
    clearTimeout(timer);
    isWanted = false;
    if (!isOpen) return;
    combobox.stop();
    undress();
    list.hidden = true;
    isOpen = false;
  }

  function show() {
    const found = list.querySelectorAll("[role=option]").length;
    if (!found || !isWanted || document.activeElement !== box) { hide(); return; }
    list.hidden = false;
    if (!isOpen) announce(`${found} ${box.dataset.suggested}`);
    isOpen = true;
    if (isComposing) return;
    combobox.start();
    undress();
  }

  function look() {
    clearTimeout(timer);
    const text = box.value.trim();
    if (!text || text.length > 60 || text.includes("\n")) { hide(); return; }
    isWanted = true;
    timer = setTimeout(() => { window.htmx.trigger(box, "suggest"); }, PAUSE_MS);
  }

  box.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== box) return;
    // letters that are still being composed come with marks between the syllables: gong'ji'jin
    event.detail.parameters.typed = isComposing ? box.value.replaceAll(/['’ ]/g, "") : box.value.trim();
  });
  box.addEventListener("htmx:beforeSwap", (event) => {
    // no suggestions are no trouble: asking still works
    if (event.detail.elt === box && event.detail.xhr.status >= 400) event.detail.shouldSwap = false;
  });
  box.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) show(); });
  box.addEventListener("compositionstart", () => { isComposing = true; hide(); });
  box.addEventListener("compositionend", () => { isComposing = false; hide(); look(); });
  box.addEventListener("input", look);
  box.addEventListener("blur", () => { setTimeout(hide, 150); }); // a click on the list comes first
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("combobox-commit", (event) => {
    const { ask, href } = event.target.dataset;
    hide();
    box.value = ask ?? ""; // what was typed to find it is no question
    if (ask) form.requestSubmit(form.querySelector("[type=submit]"));
    else openArticle(href);
  });
  return { stop: hide };
}

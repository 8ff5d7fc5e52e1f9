// Titles while typing. The list never takes a key that an input method needs, and never opens while it composes.

import Combobox from "../vendor/combobox-nav.js";

const PAUSE_MS = 120; // a fast typist's gap between two keys

/** Offer articles under the box; a chosen one opens in the panel. */
export function watchSuggestions(form, headers, openArticle) {
  const box = form.elements.question;
  const list = form.querySelector("#suggestions");
  const combobox = new Combobox(box, list, { tabInsertsSuggestions: false });
  let timer = 0;
  let pending = null;
  let isOpen = false;
  let isComposing = false;

  function hide() {
    clearTimeout(timer);
    pending?.abort();
    if (!isOpen) return;
    combobox.stop();
    list.hidden = true;
    isOpen = false;
  }

  async function look() {
    pending?.abort();
    pending = new AbortController();
    const body = new URLSearchParams({ typed: box.value.trim(), form_token: form.elements.form_token.value });
    try {
      const response = await fetch(form.dataset.suggest, { method: "POST", body, headers, signal: pending.signal });
      const html = response.ok ? (await response.text()).trim() : "";
      if (isComposing || document.activeElement !== box) return;
      hide();
      if (!html) return;
      list.innerHTML = html;
      list.hidden = false;
      isOpen = true;
      combobox.start();
    } catch { /* aborted, or the network failed: asking still works */ }
  }

  function typed() {
    clearTimeout(timer);
    const text = box.value.trim();
    if (isComposing) return;
    if (!text || text.length > 60 || text.includes("\n")) { hide(); return; }
    timer = setTimeout(look, PAUSE_MS);
  }

  box.addEventListener("compositionstart", () => { isComposing = true; hide(); });
  box.addEventListener("compositionend", () => { isComposing = false; typed(); });
  box.addEventListener("input", typed);
  box.addEventListener("blur", () => { setTimeout(hide, 150); }); // a click on the list comes first
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("combobox-commit", (event) => {
    hide();
    openArticle(event.target.dataset.href);
  });
  return { stop: hide };
}

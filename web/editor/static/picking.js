// The pickers: words in, a list of buttons out, and what was picked goes into the text or a row.

const PAUSE_MS = 150;

export function watchPickers(form, { code, rows }) {
  watch(document.getElementById("link-picker"), (pick) => { code.link(pick.link, pick.words.split(" › ").pop()); });
  watch(document.getElementById("document-picker"), (pick) => { rows.take(pick).querySelector("input").focus(); });
}

function watch(picker, take) {
  const words = picker.querySelector("input");
  const found = picker.querySelector(".found");
  const dialog = picker.closest("dialog");
  let timer = 0;
  let asked = 0;
  words.autofocus = true;  // when the dialog opens; in the page it would scroll to the foot of every draft

  async function look() {
    const turn = ++asked;
    const address = new URL(picker.dataset.from, location.href);
    address.searchParams.set("q", words.value.trim());
    try {
      const reply = await fetch(address);
      if (reply.ok && turn === asked) found.innerHTML = await reply.text();
    } catch { /* no connection: what was found before stays */ }
  }

  words.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  words.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE_MS); });
  words.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "ArrowDown" || event.key === "Enter") found.querySelector(".pick")?.focus();
  });
  found.addEventListener("keydown", (event) => {
    const all = [...found.querySelectorAll(".pick")];
    const at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") { event.preventDefault(); all[Math.min(at + 1, all.length - 1)].focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); (all[at - 1] ?? words).focus(); }
  });
  found.addEventListener("click", (event) => {
    const pick = event.target.closest(".pick");
    if (!pick) return;
    dialog.close();
    take({ ...pick.dataset });
  });
}

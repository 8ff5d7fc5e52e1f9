// The text as the live page shows it, a moment after the last key.

const PAUSE_MS = 350;

export function watchPreview(form, box) {
  const shown = document.getElementById("preview");
  let timer = 0;
  let isBusy = false;
  let isStale = false;
  let place = 0;

  function follow() { shown.scrollTop = place * (shown.scrollHeight - shown.clientHeight); }

  async function look() {
    if (isBusy) { isStale = true; return; }
    isBusy = true;
    isStale = false;
    const body = new FormData();
    body.append("form_token", form.elements.form_token.value);
    body.append("source", box.value);
    try {
      const reply = await fetch(form.dataset.preview, { method: "POST", body });
      if (reply.ok) shown.innerHTML = await reply.text();
      shown.classList.toggle("is-old", !reply.ok);
      follow();
    } catch {
      shown.classList.add("is-old"); // no connection: the words are kept, the picture of them waits
    } finally {
      isBusy = false;
    }
    if (isStale) touched();
  }

  function touched() {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  }
  return { touched, scrolled(part) { place = part; follow(); } };
}

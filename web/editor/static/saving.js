// Saving by itself: a while after the last key, and when the page is left. Until the server has acknowledged them the
// words are kept in this browser too. Every save names the version that the page saw; who comes second is told, and
// nothing is overwritten.

import { keeper } from "./kept.js";

const PAUSE_MS = 1500; // between two thoughts
const LONGEST_MS = 12_000; // of words that are nowhere but here
const KEEP_MS = 250;
const AGAIN_MS = 8_000; // until the next try without a connection
const APART = new Set(["form_token", "seen", "was", "slug", "department"]);
const STOPS = new Set(["draft_changed", "draft_gone", "not_author", "no_draft", "denied"]);

export function watchSaving(form, { code, rows }) {
  const kept = keeper(form.dataset.login, form.dataset.id);
  const says = document.getElementById("saving");
  const trouble = document.getElementById("trouble");
  let saved = form.hasAttribute("data-refused") ? "" : written();
  let timer = 0;
  let keeping = 0;
  let since = 0;
  let isSaving = false;
  let isStopped = false;
  let isKept = true;
  let isLeaving = false; // signing out: nothing stays behind
  const waited = new Set(); // forms that wait for the words to be saved

  function pairs() {
    return [...new FormData(form)].filter(([name]) => !APART.has(name));
  }
  function written() { return JSON.stringify(pairs()); }
  function isDirty() { return written() !== saved; }

  function say(name, when = "") {
    says.dataset.state = name;
    says.textContent = when ? says.dataset[name].replace("{when}", when) : says.dataset[name];
  }

  function keep() {
    clearTimeout(keeping);
    keeping = 0;
    if (isLeaving) return undefined;
    if (!isDirty()) return kept.drop();
    isKept = kept.keep({ version: form.elements.seen.value, was: form.elements.was.value, pairs: pairs() });
    if (!isKept) tell("kept_nowhere");
    return undefined;
  }

  function touched() {
    since ||= Date.now();
    say("unsaved");
    keeping ||= setTimeout(keep, KEEP_MS);
    if (isStopped) return;
    clearTimeout(timer);
    timer = setTimeout(save, Math.min(PAUSE_MS, Math.max(0, since + LONGEST_MS - Date.now())));
  }

  function tell(name, more = "") {
    const { content } = document.getElementById("said");
    const said = content.querySelector(`[data-code="${name}"]`) ?? content.querySelector('[data-code="draft_gone"]');
    document.getElementById("trouble-said").textContent = `${said.textContent} ${more}`.trim();
    document.getElementById("trouble-merge").hidden = !STOPS.has(name);
    document.getElementById("trouble-sign-in").hidden = !["session", "other_person"].includes(name);
    trouble.hidden = false;
  }

  async function save() {
    clearTimeout(timer);
    if (isSaving || isStopped) return;
    if (!isDirty()) {
      since = 0;
      if (says.dataset.state === "unsaved") says.dataset.state = "saved";
      return;
    }
    isSaving = true;
    say("saving");
    const sending = written();
    const body = new FormData(form);
    body.delete("was");
    try {
      const reply = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      await heard(reply, sending);
    } catch {
      later();
    } finally {
      isSaving = false;
    }
    if (!isStopped && says.dataset.state === "saved" && isDirty()) touched();
  }

  async function heard(reply, sending) {
    const told = await reply.json();
    if (reply.ok) {
      saved = sending;
      since = 0;
      // to throw the draft away is a form of its own, which names the version too
      for (const field of document.querySelectorAll('input[name="seen"]')) field.value = told.version;
      form.elements.was.value = sending;
      trouble.hidden = true;
      say("saved", told.saved_at);
      keep();
    } else if (reply.status === 401 || told.code === "form_token") {
      await signInAgain();
    } else if (STOPS.has(told.code)) {
      isStopped = true;
      say("unsaved");
      tell(told.code);
    } else if (reply.status >= 500 || reply.status === 429) {
      later();
    } else {
      say("unsaved");
      tell("invalid", told.detail);
    }
  }

  function later() {
    say("offline");
    keep();
    clearTimeout(timer);
    timer = setTimeout(save, AGAIN_MS);
  }

  /** Go on where the same person is signed in; a page from before takes the token of the present session. */
  async function signInAgain() {
    keep();
    say("unsaved");
    const reply = await fetch(form.dataset.session, { headers: { Accept: "application/json" } });
    const told = await reply.json();
    if (told.login === form.dataset.login) {
      const isNew = form.elements.form_token.value !== told.form_token;
      for (const field of document.querySelectorAll('input[name="form_token"]')) field.value = told.form_token;
      trouble.hidden = true;
      if (isNew) timer = setTimeout(save, 0);
    } else {
      tell(told.login ? "other_person" : "session");
    }
  }

  function leave() {
    clearTimeout(timer);
    if (!isDirty()) return;
    keep();
    if (isStopped || isLeaving) return;
    const body = new FormData(form);
    body.delete("was");
    navigator.sendBeacon(form.action, body); // what is too large for it stays kept
  }

  /** Another form of the page (a comment noted as done, the other language) comes back to this draft: the words go
   * first, or the page would come back without them and ask what to do with them. */
  async function waitFor(event) {
    const other = event.target;
    if (other === form || event.defaultPrevented || waited.has(other) || isStopped || !(isSaving || isDirty())) return;
    event.preventDefault();
    waited.add(other); // once: where nothing can be saved it goes all the same, and the words stay in this browser
    while (isSaving) await new Promise((done) => { setTimeout(done, 50); });
    await save();
    other.requestSubmit(event.submitter);
    waited.delete(other);
  }

  function offer() {
    for (const other of kept.others().filter((one) => JSON.stringify(one.pairs) === saved)) kept.remove(other.key);
    const [found] = kept.others();
    if (!found) return;
    const box = document.getElementById("kept");
    document.getElementById("kept-when").textContent = new Date(found.at).toLocaleString(document.documentElement.lang);
    box.hidden = false;
    document.getElementById("kept-take").addEventListener("click", () => {
      fill(found.pairs);
      form.elements.seen.value = found.version;
      form.elements.was.value = found.was;
      box.hidden = true;
      keep();
      kept.remove(found.key);
      touched();
      code.focus();
    });
    document.getElementById("kept-drop").addEventListener("click", () => { kept.remove(found.key); box.hidden = true; });
  }

  function fill(values) {
    const names = new Map();
    for (const [name, value] of values) names.set(name, [...(names.get(name) ?? []), value]);
    rows.atLeast(names.get("basis_title")?.length ?? 0);
    for (const field of form.elements) {
      if (!field.name || APART.has(field.name) || field.tagName === "BUTTON") continue;
      if (field.type === "checkbox") field.checked = (names.get(field.name) ?? []).includes(field.value);
      else if (field.name !== "source") field.value = names.get(field.name)?.shift() ?? "";
    }
    code.setText(names.get("source")?.[0] ?? "");
  }

  form.addEventListener("input", (event) => { if (event.target.name) touched(); });
  form.addEventListener("change", (event) => { if (event.target.name) touched(); });
  form.addEventListener("submit", () => { clearTimeout(timer); keep(); saved = written(); });
  document.addEventListener("submit", (event) => {
    isLeaving ||= !event.defaultPrevented && "leaves" in event.target.dataset;
    if (isLeaving) { clearTimeout(timer); clearTimeout(keeping); }
    else waitFor(event);
  });
  addEventListener("online", () => { if (isDirty()) save(); });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  addEventListener("beforeunload", (event) => { if (!isKept && isDirty()) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
    else if (!trouble.hidden && !isStopped) signInAgain().catch(() => {});
  });
  addEventListener("focus", () => { if (!trouble.hidden && !isStopped) signInAgain().catch(() => {}); });
  offer();
  return { touched, save };
}

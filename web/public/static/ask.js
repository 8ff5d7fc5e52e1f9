// The ask page with script: htmx puts an answer in place of the workspace and its address into the browser's; what is
// typed meanwhile, or could not be sent, is kept. Without script the same forms and links lead to the same words.

import { announce } from "../announce.js";
import { isComposing } from "../keys.js";
import { isForeign } from "../replies.js";
import { watchPanel } from "./panel.js";
import { watchSuggestions } from "./suggest.js";

const UNSENT = "kb-unsent-question"; // of this tab alone; what could not be asked waits there for the next page
const LOOK_MS = 60_000; // how often a tab in sight asks whether its answer holds

let sent = null; // the question that is under way
let typed = null; // what was typed instead of it before the answer came

let steps = 0; // back and forward; only the last of them is shown

start(document.getElementById("workspace"));
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt.id === "workspace") start(event.detail.elt);
});

// a refusal that is no answer is said beside the box, where the question still stands; what a page asks by itself may
// tell that the sign-in has ended, and nothing else
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig, xhr } = event.detail;
  if (target.id !== "page-problem") return;
  if (requestConfig.elt.matches("[data-look]") && ![401, 404].includes(xhr.status)) event.detail.shouldSwap = false;
  if (!requestConfig.elt.matches("#workspace form")) return;
  event.detail.target = document.getElementById("problem");
  event.detail.target.hidden = false;
});

// Loading the page anew for every step would drop the next one, which comes while the page is still on its way
addEventListener("popstate", (event) => {
  if (!event.state?.htmx) return;
  event.stopImmediatePropagation();
  restore();
});

/** Show what the address says, in place of the workspace that is there. */
async function restore() {
  const step = ++steps;
  const workspace = document.getElementById("workspace");
  workspace.setAttribute("aria-busy", "true");
  try {
    const reply = await fetch(location.href, { headers: { "HX-History-Restore-Request": "true" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (step !== steps) return;
    const fresh = page.getElementById("workspace");
    if (!reply.ok || !fresh) throw new Error("no workspace");
    document.title = page.title;
    document.getElementById("workspace").replaceWith(fresh);
    window.htmx.process(fresh);
    window.htmx.trigger(fresh, "htmx:load", { elt: fresh });
    window.htmx.trigger(document.body, "htmx:pushedIntoHistory", { path: location.pathname + location.search });
  } catch {
    if (step === steps) location.reload(); // the page that says why
  }
}

/** Bring a workspace that has just arrived to life. */
function start(workspace) {
  const form = workspace.querySelector("#ask");
  const box = form.elements.question;
  const panel = watchPanel(workspace, (action, link) => { note(workspace, action, link); });
  const suggestions = watchSuggestions(form, panel.open);
  watchEnter(form, box);
  watchSending(workspace, box, suggestions);
  watchCopy(workspace);
  watchDay(form);
  if (workspace.dataset.announce) announce(workspace.dataset.announce);
  if (typed !== null) box.value = typed;
  else if (!box.value) box.value = sessionStorage.getItem(UNSENT) ?? "";
  typed = null;
  sessionStorage.removeItem(UNSENT);
  const heading = workspace.querySelector("#asked");
  // the keys that take and copy act from the answer; who was typing goes on typing
  if (heading && !box.value) { heading.focus({ preventScroll: true }); return; }
  box.focus({ preventScroll: true });
  box.setSelectionRange(box.value.length, box.value.length);
}

/** Enter asks, unless an input method is composing: there Enter only takes the letters. ↑ calls the last question. */
function watchEnter(form, box) {
  let endedAt = -Infinity;
  box.addEventListener("compositionend", (event) => { endedAt = event.timeStamp; });
  box.addEventListener("keydown", (event) => {
    // Safari ends the composition before it sends the key that ended it
    if (event.defaultPrevented || isComposing(event) || event.timeStamp - endedAt < 50) return;
    if (box.hasAttribute("aria-activedescendant")) return; // the key is the list's
    if (event.key === "ArrowUp" && !box.value && box.dataset.last) {
      event.preventDefault();
      box.value = box.dataset.last;
      return;
    }
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    if (box.value.trim()) form.requestSubmit(form.querySelector("[type=submit]"));
  });
}

/** While a question is under way nothing else is sent; if it fails, it is still there and the page says why. */
function watchSending(workspace, box, suggestions) {
  const problem = workspace.querySelector("#problem");
  const isQuestion = (event) => event.detail.target?.id === "workspace";
  workspace.addEventListener("htmx:beforeRequest", (event) => {
    if (!isQuestion(event)) return;
    suggestions.stop();
    problem.hidden = true;
    sent = box.value;
    workspace.setAttribute("aria-busy", "true");
  });
  workspace.addEventListener("htmx:beforeSwap", (event) => {
    if (isForeign(event.detail.xhr)) fail(event);
    else if (isQuestion(event) && box.value !== sent) typed = box.value;
  });
  workspace.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === box) return;
    workspace.removeAttribute("aria-busy");
    if ([401, 403].includes(event.detail.xhr.status)) sessionStorage.setItem(UNSENT, box.value);
  });
  for (const failed of ["htmx:sendError", "htmx:timeout"]) workspace.addEventListener(failed, fail);

  function fail(event) {
    event.preventDefault(); // said here, beside the box, where it can be sent again
    if (event.detail.target === box || event.detail.target?.matches("#suggestions, #standing")) return;
    problem.textContent = document.body.dataset.failed;
    problem.hidden = false;
  }
}

/** Tell the server that an agent opened or copied another section than the one shown; nothing waits for it. */
function note(workspace, action, link) {
  const address = workspace.querySelector(".answer")?.dataset.used;
  if (!address) return;
  const section = JSON.parse(link.dataset.section);
  const body = new URLSearchParams({ action, article_id: section.article_id,
                                     form_token: workspace.querySelector("[name=form_token]").value });
  for (const heading of section.heading_path) body.append("heading", heading);
  fetch(address, { method: "POST", body, keepalive: true }).catch(() => { /* the caller comes first */ });
}

function watchCopy(workspace) {
  const button = workspace.querySelector("#copy");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    // what holds no more says so wherever it is pasted
    const overtaken = [...workspace.querySelectorAll("#standing strong")].map((it) => it.textContent.trim());
    await copy([...overtaken, workspace.querySelector("#copy-text").content.textContent.trim()].join("\n"));
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = workspace.dataset.copied;
    announce(workspace.dataset.copied);
    setTimeout(() => { label.textContent = before; }, 2000);
  });
}

/** The clipboard needs a secure context; inside an office the site may be plain HTTP. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const place = document.createElement("textarea");
  place.value = text;
  place.className = "visually-hidden";
  document.body.append(place);
  place.select();
  document.execCommand("copy");
  place.remove();
}

/** The day that is chosen, in the words of the page. */
function watchDay(form) {
  const place = form.querySelector(".as-of");
  const today = form.elements.shown_day.value;
  const asToday = form.dataset.today;
  form.elements.as_of.addEventListener("change", (event) => {
    const day = event.target.valueAsDate;
    place.textContent = !day || event.target.value === today ? asToday
      : new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeZone: "UTC" }).format(day);
  });
}

/** Whether what a tab shows still holds is asked when somebody comes back to it, and now and then while it is in sight. */
function look() {
  if (document.visibilityState !== "visible") return;
  for (const place of document.querySelectorAll("[data-look]")) window.htmx.trigger(place, "look");
}

addEventListener("focus", look);
document.addEventListener("visibilitychange", look);
setInterval(look, LOOK_MS);

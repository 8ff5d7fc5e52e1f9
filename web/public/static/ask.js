// The ask page with script: answers and cited texts arrive without leaving the page. Without it, the same forms and
// links lead to the same words.

import { announce } from "../announce.js";
import { watchPanel } from "./panel.js";
import { watchSuggestions } from "./suggest.js";

const FRAGMENT = { "HX-Request": "true" };
const UNSENT = "kb-unsent-question"; // of this tab alone; what could not be asked waits there for the next page

start();

/** Bring a workspace that has just arrived to life. */
function start() {
  const workspace = document.getElementById("workspace");
  const panel = watchPanel(workspace, FRAGMENT, (action, link) => { note(workspace, action, link); });
  const form = workspace.querySelector("#ask");
  const box = form.elements.question;
  const suggestions = watchSuggestions(form, FRAGMENT, panel.open);
  watchEnter(form, box);
  for (const each of workspace.querySelectorAll("form")) {
    each.addEventListener("submit", (event) => {
      event.preventDefault();
      suggestions.stop();
      send(workspace, each, event.submitter);
    });
  }
  watchCopy(workspace);
  const heading = workspace.querySelector("#asked");
  if (heading) { heading.focus({ preventScroll: true }); return; } // the keys that take and copy act from there
  if (!box.value) box.value = sessionStorage.getItem(UNSENT) ?? "";
  sessionStorage.removeItem(UNSENT);
  box.focus({ preventScroll: true });
  box.setSelectionRange(box.value.length, box.value.length);
}

/** Enter asks, unless an input method is composing: there Enter only takes the letters. */
function watchEnter(form, box) {
  let endedAt = -Infinity;
  box.addEventListener("compositionend", (event) => { endedAt = event.timeStamp; });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.defaultPrevented) return;
    // Safari ends the composition before it sends the key that ended it
    if (event.isComposing || event.keyCode === 229 || event.timeStamp - endedAt < 50) return;
    if (box.hasAttribute("aria-activedescendant")) return; // it takes the suggestion
    event.preventDefault();
    if (box.value.trim()) form.requestSubmit(form.querySelector("[type=submit]"));
  });
}

async function send(workspace, form, submitter) {
  if (workspace.hasAttribute("aria-busy")) return; // one question at a time, however often Enter is pressed
  const box = workspace.querySelector("#question");
  const sent = box.value;
  const body = new URLSearchParams(new FormData(form, submitter));
  const buttons = workspace.querySelectorAll("button.primary, button.chip");
  for (const button of buttons) button.disabled = true;
  workspace.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: FRAGMENT });
    const arrived = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = arrived.getElementById("workspace");
    if (response.status === 401 || response.status === 403) sessionStorage.setItem(UNSENT, sent);
    if (!next) {
      const said = arrived.getElementById("problem-said")?.textContent || workspace.dataset.failed;
      throw Object.assign(new Error(said), { way: arrived.querySelector("#main a[href^='/sign-in']") });
    }
    workspace.replaceWith(document.adoptNode(next));
    scrollTo({ top: 0 });
    start();
    if (box.value !== sent) keep(next, box.value);
    announce(next.dataset.announce);
  } catch (error) {
    const place = workspace.querySelector("#problem");
    place.textContent = error instanceof TypeError ? workspace.dataset.failed : error.message;
    if (error.way) place.append(" ", document.adoptNode(error.way));
    place.hidden = false;
    workspace.removeAttribute("aria-busy");
    for (const button of buttons) button.disabled = false;
  }
}

/** What was typed while an answer was under way goes on in the new box. */
function keep(workspace, typed) {
  const box = workspace.querySelector("#question");
  box.value = typed;
  box.focus({ preventScroll: true });
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
    await copy(workspace.querySelector("#copy-text").content.textContent.trim());
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

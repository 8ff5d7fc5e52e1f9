// Shortcuts: what carries data-key="…" is pressed, or entered where it is a field, by that key. Alone a key acts outside
// fields; with Alt, digits and letters act everywhere, so that nobody has to leave the box for them. While an input
// method composes, keys are its own.

const FIELDS = "input, textarea, select, [contenteditable]";

/** Whether an input method is at work; Safari and some Chinese ones say so by the code alone. */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || isComposing(event) || event.defaultPrevented || event.repeat) return;
  if (document.querySelector("dialog:modal")) return;
  if (event.target.closest?.(FIELDS) && !event.altKey) return;
  // with Alt some keyboards write another character: the key is then told by its place
  const key = event.altKey ? event.code.replace(/^(Digit|Numpad|Key)/, "").toLowerCase() : event.key.toLowerCase();
  if (key === "?") {
    event.preventDefault();
    document.getElementById("keys-sheet").showModal();
    return;
  }
  if (key.length !== 1 || (event.altKey && !/^[0-9a-z]$/.test(key))) return;
  const meant = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(isAtHand);
  if (!meant) return;
  event.preventDefault();
  if (meant.matches(FIELDS)) meant.focus();
  else meant.click();
});

function isAtHand(element) {
  return element.checkVisibility() && !element.closest("[aria-busy=true], [inert]");
}

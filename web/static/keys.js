// Keys of the answer page: 1 to 3 take a section that is offered, 0 gives today's rules, c copies, / leads to the box.
// Alone they act outside fields; with Alt, digits and c act everywhere, so that nobody has to leave the box for them.

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented || event.repeat) return;
  const isInField = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (isInField && !event.altKey) return;
  // with Alt some keyboards write another character: the digit is then told by its place
  const key = event.altKey ? event.code.replace(/^(Digit|Numpad|Key)/, "").toLowerCase() : event.key.toLowerCase();
  if (key === "/" && !event.altKey) {
    const box = document.getElementById("question");
    if (!box) return;
    event.preventDefault();
    box.focus();
    return;
  }
  if (!/^[0-9c]$/.test(key)) return;
  const button = document.querySelector(`#workspace:not([aria-busy]) .answer button[data-key="${key}"]:not([hidden])`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

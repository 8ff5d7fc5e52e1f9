// Filters of the report of failures; without script everything is shown.
const items = [...document.querySelectorAll("details.failure")];
const chips = [...document.querySelectorAll("button[data-kind]")];
const words = document.getElementById("words");
const given = document.getElementById("given");
const count = document.getElementById("count");

function show() {
  const chosen = chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.kind);
  const sought = words.value.trim().toLowerCase();
  let shown = 0;
  for (const item of items) {
    const fits = (!chosen.length || chosen.includes(item.dataset.kind)) && (!given.checked || item.dataset.given === "1")
      && (!sought || item.textContent.toLowerCase().includes(sought));
    item.hidden = !fits;
    shown += fits;
  }
  count.textContent = `${shown} of ${items.length}`;
}

for (const chip of chips) {
  chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true");
    show();
  });
}
words.addEventListener("input", show);
given.addEventListener("change", show);
document.getElementById("filters").hidden = false;
show();

// A slider over the days on which an article's rule changed, beside the date field that works without it.

for (const form of document.querySelectorAll(".as-of")) {
  const days = form.dataset.days.trim().split(/\s+/).filter(Boolean);
  const range = form.querySelector("input[type=range]"), field = form.elements.day;
  if (days.length < 2) continue;
  range.max = days.length - 1;
  const follow = () => {
    const last = days.findLastIndex((day) => day <= field.value);
    range.value = Math.max(last, 0);
    range.setAttribute("aria-valuetext", field.value);
  };
  range.addEventListener("input", () => {
    field.value = days[range.value];
    range.setAttribute("aria-valuetext", field.value);
  });
  range.addEventListener("change", () => { form.requestSubmit(); });
  field.addEventListener("input", follow);
  follow();
  form.querySelector(".as-of-slider").hidden = false;
}

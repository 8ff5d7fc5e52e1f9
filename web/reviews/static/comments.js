// A comment on words that were selected: they and their place go into the form, so that c or a click comments on them.

const UNSAID = "del, .visually-hidden, .block-mark, .gone, .from, .was, .address, .change-mark, .side-old";

/** The words of a range as the new text has them. */
function wordsOf(range) {
  const holder = document.createElement("div");
  holder.append(range.cloneContents());
  for (const each of holder.querySelectorAll(UNSAID)) each.remove();
  return holder.textContent.replace(/\s+/g, " ").trim();
}

const form = document.getElementById("comment-form");
const text = document.querySelector(".review-text .difference");

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!form || !text || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.commonAncestorContainer)) return;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  form.elements.quote.value = wordsOf(range).slice(0, 2000);
  form.elements.position.value = wordsOf(before).replace(/\s/g, "").length;
});

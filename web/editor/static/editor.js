// The draft's page: the text's editor, what it will look like, rows of documents, pickers, and saving by itself.

import { openCode } from "./code.js";
import { watchPickers } from "./picking.js";
import { watchPreview } from "./preview.js";
import { watchRows } from "./rows.js";
import { watchSaving } from "./saving.js";

const form = document.getElementById("draft");
const box = document.getElementById("field-source");
const code = openCode(document.getElementById("code"), box);
const rows = watchRows(form);
const preview = watchPreview(form, box);
const saving = watchSaving(form, { code, rows });
watchPickers(form, { code, rows });

code.onChange(() => { saving.touched(); preview.touched(); });
code.onScroll(preview.scrolled);
code.onKey("Mod-s", () => { saving.save(); return true; });
code.onKey("Mod-k", () => { document.getElementById("pick-link").showModal(); return true; });
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === "s") { event.preventDefault(); saving.save(); }
});
for (const button of document.querySelectorAll("[data-inserts]")) {
  button.addEventListener("click", () => { code.insert(button.dataset.inserts, button.dataset.words); });
}

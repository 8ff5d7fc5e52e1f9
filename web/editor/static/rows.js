// The rows of basis documents: one more, one less, one filled from another article.

const FIELDS = ["title", "number", "issuer", "date", "url"];

export function watchRows(form) {
  const list = document.getElementById("bases-rows");

  function add() {
    const row = list.lastElementChild.cloneNode(true);
    for (const field of row.querySelectorAll("input")) {
      field.value = "";
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, list.children.length + 1));
    }
    list.append(row);
    return row;
  }

  function changed() { list.dispatchEvent(new Event("change", { bubbles: true })); }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-removes]");
    if (!button) return;
    const row = button.closest(".basis");
    const next = row.nextElementSibling ?? row.previousElementSibling;
    if (next) row.remove();
    else for (const field of row.querySelectorAll("input")) field.value = "";
    (next ?? row).querySelector("input").focus();
    form.querySelector("[name=basis_title]").dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.getElementById("add-basis").addEventListener("click", () => { add().querySelector("input").focus(); });

  return {
    atLeast(count) { while (list.children.length < count) add(); },
    /** Fill an empty row, else a new one. */
    take(document_) {
      const empty = [...list.children].find((row) => [...row.querySelectorAll("input")].every((field) => !field.value));
      const row = empty ?? add();
      for (const name of FIELDS) row.querySelector(`[name=basis_${name}]`).value = document_[name] ?? "";
      row.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
      changed();
      return row;
    },
  };
}

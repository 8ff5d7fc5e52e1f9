// What is opened by its key is ready to be filled in.

for (const details of document.querySelectorAll(".more-acts")) {
  details.addEventListener("toggle", () => {
    if (details.open) details.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  });
}

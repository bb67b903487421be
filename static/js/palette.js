// Ctrl-K or Cmd-K: finds a page by its name, or searches the contacts. Arrows move, Enter goes to what is marked.
const dialog = document.getElementById("palette");

const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();

const wire = (form) => {
  const input = form.querySelector("input[type=search]");
  // What the server finds by name comes and goes.
  const rows = () => [...form.querySelectorAll(".palette-list > li")];
  const shown = () => rows().filter((row) => !row.hidden);
  const mark = (row) => {
    for (const one of rows()) one.toggleAttribute("data-marked", one === row);
    row?.scrollIntoView({ block: "nearest" });
  };

  const sift = () => {
    const words = plain(input.value.trim());
    for (const row of rows()) {
      const search = "search" in row.dataset;
      row.hidden = search ? !words : !row.closest(".palette-found") && !plain(row.textContent).includes(words);
      if (search) row.querySelector("b").textContent = input.value.trim();
    }
    const found = shown();
    mark(found.length > 1 && words && plain(found[1].textContent.trim()).startsWith(words) ? found[1] : found[0]);
  };

  input.addEventListener("input", sift);
  form.addEventListener("htmx:afterSwap", sift);
  form.addEventListener("keydown", (event) => {
    const list = shown();
    const now = list.findIndex((row) => row.contains(document.activeElement));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const from = now < 0 ? list.findIndex((row) => row.hasAttribute("data-marked")) : now;
      const next = list[(from + (event.key === "ArrowDown" ? 1 : -1) + list.length) % list.length];
      next?.querySelector("a, button").focus();
      mark(next);
    } else if (event.key === "Enter" && event.target === input) {
      const link = list.find((row) => row.hasAttribute("data-marked"))?.querySelector("a");
      if (link) {
        event.preventDefault();
        link.click();
      }
    } else if (event.target !== input && event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ") {
      input.focus();
    }
  });
  form.addEventListener("pointermove", (event) => {
    const row = event.target.closest(".palette-list > li");
    if (row && !row.hasAttribute("data-marked")) mark(row);
  });
  sift();
  return () => { input.value = ""; form.querySelector(".palette-found")?.replaceChildren(); sift(); };
};

for (const form of document.querySelectorAll(".palette-form")) {
  const reset = wire(form);
  form.closest("dialog")?.addEventListener("close", reset);
}

document.addEventListener("keydown", (event) => {
  if (!dialog || event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else dialog.showModal();
});

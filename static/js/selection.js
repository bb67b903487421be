// Lists with checkboxes: the one in the head selects the page; the bar `.bulk[data-for=LIST]` shows how many.
const boxes = (list) => [...list.querySelectorAll("tbody input[type=checkbox][name]")];

const update = (list) => {
  const all = boxes(list);
  const on = all.filter((box) => box.checked);
  const head = list.querySelector("thead input[type=checkbox]");
  if (head) {
    head.checked = all.length > 0 && on.length === all.length;
    head.indeterminate = on.length > 0 && on.length < all.length;
  }
  for (const bar of document.querySelectorAll(`.bulk[data-for="${CSS.escape(list.id)}"]`)) {
    bar.hidden = on.length === 0;
    for (const count of bar.querySelectorAll("[data-count]")) count.textContent = on.length.toLocaleString(document.documentElement.lang);
  }
};

document.addEventListener("change", (event) => {
  const list = event.target.closest?.("[data-selectable]");
  if (!list || event.target.type !== "checkbox") return;
  if (event.target.closest("thead")) for (const box of boxes(list)) box.checked = event.target.checked;
  update(list);
});
document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-clears]");
  const list = clear && document.getElementById(clear.dataset.clears);
  if (!list) return;
  for (const box of boxes(list)) box.checked = false;
  update(list);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const list of document.querySelectorAll("[data-selectable]")) update(list);
});
for (const list of document.querySelectorAll("[data-selectable]")) update(list);

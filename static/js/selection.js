// Lists with checkboxes: the one in the head selects the page; the bar `.bulk[data-for=LIST]` shows how many. Its button
// [data-all] takes all that match, on every page, until a box changes: the field "all" then says so to the server.
const boxes = (list) => [...list.querySelectorAll("tbody input[type=checkbox][name]")];
const everything = (list) => list.querySelector(".bulk input[name=all]");

const update = (list) => {
  const all = boxes(list);
  const on = all.filter((box) => box.checked);
  const field = everything(list);
  const whole = Boolean(field && !field.disabled);
  const head = list.querySelector("thead input[type=checkbox]");
  if (head) {
    head.checked = all.length > 0 && on.length === all.length;
    head.indeterminate = on.length > 0 && on.length < all.length;
  }
  for (const bar of document.querySelectorAll(`.bulk[data-for="${CSS.escape(list.id)}"]`)) {
    const more = bar.querySelector("[data-all]");
    bar.hidden = on.length === 0;
    if (more) more.hidden = whole || on.length < all.length;
    const words = whole ? more.dataset.number : on.length.toLocaleString(document.documentElement.lang);
    for (const count of bar.querySelectorAll("[data-count]")) count.textContent = words;
  }
};

const narrow = (list) => {
  const field = everything(list);
  if (field) field.disabled = true;
  update(list);
};

const widen = async (list, button) => {
  if (!button.dataset.number) {
    button.disabled = true;
    const answer = await fetch(button.dataset.url, { headers: { Accept: "application/json" } });
    button.disabled = false;
    if (!answer.ok) return;
    button.dataset.number = (await answer.json()).words;
  }
  everything(list).disabled = false;
  update(list);
  list.querySelector(".bulk-acts button")?.focus();
};

document.addEventListener("change", (event) => {
  const list = event.target.closest?.("[data-selectable]");
  if (!list || event.target.type !== "checkbox") return;
  if (event.target.closest("thead")) for (const box of boxes(list)) box.checked = event.target.checked;
  narrow(list);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-all]");
  if (button) widen(button.closest("[data-selectable]"), button);
  const clear = event.target.closest("[data-clears]");
  const list = clear && document.getElementById(clear.dataset.clears);
  if (!list) return;
  for (const box of boxes(list)) box.checked = false;
  narrow(list);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const list of document.querySelectorAll("[data-selectable]")) update(list);
});
for (const list of document.querySelectorAll("[data-selectable]")) update(list);

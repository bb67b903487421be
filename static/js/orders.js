// Lists one puts in order: a [data-move] button moves its row past the next one with a tick, and keeps the focus. Without
// scripts it is a button of the form, and the server does it.
const ticked = (row) => row.querySelector("input[type=checkbox]:checked:not(:disabled)");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-orders] [data-move]");
  if (!button) return;
  event.preventDefault();
  const form = button.closest("[data-orders]");
  const row = button.closest(".order");
  const rows = [...form.querySelectorAll(".order")].filter(ticked);
  const at = rows.indexOf(row);
  const other = rows[at + (button.dataset.move === "up" ? -1 : 1)];
  if (at >= 0 && other) {
    if (button.dataset.move === "up") other.before(row);
    else other.after(row);
    button.focus();
    rows.splice(at, 1);
    rows.splice(rows.indexOf(other) + (button.dataset.move === "up" ? 0 : 1), 0, row);
  }
  const said = form.querySelector("[data-said]");
  // The first place is the one that always stays.
  said.textContent = said.dataset.words.replace("{name}", row.querySelector("span").textContent).replace("{n}", rows.indexOf(row) + 2);
});

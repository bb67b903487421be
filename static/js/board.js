// The board: where there is a mouse, a card is dragged into another column. What is sent is its own form's address; without
// scripts, and by keyboard, its buttons do the same. Cards come anew with each answer, so the page listens.
const fine = matchMedia("(hover: hover) and (pointer: fine)");
let held = null;

const columnOf = (event) => held && event.target.closest?.("[data-column]");
const clear = () => { for (const one of document.querySelectorAll("[data-column].over")) one.classList.remove("over"); };

// A card is only draggable while the mouse is over it, so that a touch scrolls.
document.addEventListener("pointerover", (event) => {
  const card = event.target.closest?.("[data-action]");
  if (card && event.pointerType === "mouse" && fine.matches) card.draggable = true;
});

document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.("[data-action]") ?? null;
  if (!held) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.querySelector("a").textContent);
  held.classList.add("held");
});

document.addEventListener("dragover", (event) => {
  const column = columnOf(event);
  if (!column) return;
  event.preventDefault();
  if (!column.classList.contains("over")) { clear(); column.classList.add("over"); }
});

document.addEventListener("drop", (event) => {
  const column = columnOf(event);
  if (!column) return;
  event.preventDefault();
  const status = column.dataset.column;
  if (status === held.dataset.status) return;
  const form = held.querySelector("form");
  window.htmx.ajax("POST", form.getAttribute("action"), { target: "#board", swap: "outerHTML", values: { status } });
});

document.addEventListener("dragend", () => {
  held?.classList.remove("held");
  held = null;
  clear();
});

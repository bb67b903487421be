// Dialogs and menus. A control with data-opens="ID" opens that <dialog>; without scripts its link leads to a page.
// Content that htmx puts into #dialog opens it; a closed #dialog is emptied. data-closes closes what it stands in.
const byId = (id) => document.getElementById(id);
let opener = null;

const open = (dialog) => {
  if (!dialog || dialog.open) return;
  opener = document.activeElement;
  for (const menu of document.querySelectorAll("[popover]:popover-open")) menu.hidePopover();
  dialog.showModal();
};

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-opens]");
  if (control && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    const dialog = byId(control.dataset.opens);
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      open(dialog);
    }
  }
  if (event.target.closest("[data-closes]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
  }
  // A click on the veil closes: its target is the dialog itself, outside of its box.
  if (event.target instanceof HTMLDialogElement && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.detail > 0) event.target.close();
  }
});

document.addEventListener("close", (event) => {
  if (!(event.target instanceof HTMLDialogElement)) return;
  if (event.target.id === "dialog") event.target.replaceChildren();
  if (opener?.isConnected) opener.focus();
  opener = null;
}, true);

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.target.closest?.("dialog#dialog");
  if (!dialog) return;
  if (dialog.childElementCount) open(dialog);
  else dialog.close();
  dialog.querySelector("[aria-invalid='true'], [autofocus]")?.focus();
});

// An answer with HX-Trigger: close-dialog.
document.addEventListener("close-dialog", () => byId("dialog")?.close());

// Menus follow their button: beside it, never outside of the window.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu[popover]") || event.newState !== "open") return;
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const gap = 4;
  const below = at.bottom + gap + size.height <= innerHeight || at.top < size.height + gap;
  const top = below ? Math.min(at.bottom + gap, innerHeight - size.height - gap) : at.top - gap - size.height;
  const left = menu.classList.contains("end") ? at.right - size.width : at.left;
  menu.style.top = `${Math.max(gap, top)}px`;
  menu.style.left = `${Math.max(gap, Math.min(left, innerWidth - size.width - gap))}px`;
  menu.querySelector("a, button, input")?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu:popover-open");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  const items = [...menu.querySelectorAll("a, button")].filter((item) => item.offsetParent);
  const now = items.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
  event.preventDefault();
  items[(next + items.length) % items.length]?.focus();
});

// Forms that destroy ask first: data-confirm="ID" names the <dialog> that holds the question and the real button.
for (const dialog of document.querySelectorAll("dialog[data-open-now]")) open(dialog);

// Where a value comes from: its mark tells on hover and on focus; a click or a tap is the browser's own doing (popover).
// Keys for what sources propose: a accepts the proposal the keyboard stands in, else the first one; x declines it.
const SOON = 120;
let pinned = null;
let leaving = 0;

const cardOf = (mark) => document.getElementById(mark.getAttribute("popovertarget"));
const isOpen = (card) => card?.matches(":popover-open");

const show = (mark) => {
  clearTimeout(leaving);
  const card = cardOf(mark);
  if (card && !isOpen(card)) card.showPopover();
};
const hide = (card) => {
  if (card !== pinned && isOpen(card)) card.hidePopover();
};

document.addEventListener("toggle", (event) => {
  const card = event.target;
  if (!card.matches?.(".proof-card")) return;
  if (event.newState !== "open") {
    if (pinned === card) pinned = null;
    return;
  }
  const mark = document.querySelector(`.proof-mark[popovertarget="${CSS.escape(card.id)}"]`);
  const at = mark.getBoundingClientRect();
  const size = card.getBoundingClientRect();
  const gap = 6;
  const below = at.bottom + gap + size.height <= innerHeight || at.top < size.height + gap;
  card.style.top = `${Math.max(gap, below ? at.bottom + gap : at.top - gap - size.height)}px`;
  card.style.left = `${Math.max(gap, Math.min(at.left - gap, innerWidth - size.width - gap))}px`;
}, true);

// What htmx puts in place of a part would take over where its cards stood.
document.addEventListener("htmx:beforeSwap", (event) => {
  for (const card of event.detail.target?.querySelectorAll(".proof-card") ?? []) {
    if (isOpen(card)) card.hidePopover();
    card.removeAttribute("style");
  }
});

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const mark = event.target.closest?.(".proof-mark");
  if (mark) show(mark);
  else if (event.target.closest?.(".proof-card")) clearTimeout(leaving);
});
document.addEventListener("pointerout", (event) => {
  const part = event.target.closest?.(".proof-mark, .proof-card");
  if (event.pointerType === "touch" || !part) return;
  const card = part.matches(".proof-mark") ? cardOf(part) : part;
  clearTimeout(leaving);
  leaving = setTimeout(() => hide(card), SOON);
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".proof-mark:focus-visible")) show(event.target);
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.(".proof-mark")) hide(cardOf(event.target));
});
// A click keeps what hovering had opened, a second one closes it.
document.addEventListener("click", (event) => {
  const mark = event.target.closest?.(".proof-mark");
  if (!mark) return;
  const card = cardOf(mark);
  if (isOpen(card) && pinned !== card) {
    event.preventDefault();
    pinned = card;
  } else if (!isOpen(card)) {
    pinned = card;
  }
});

document.addEventListener("keydown", (event) => {
  if (!"ax".includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea, dialog")) return;
  const here = event.target.closest("[data-proposal]") ?? document.querySelector("[data-proposal]");
  here?.querySelector(`button[data-key="${event.key}"]`)?.click();
});

// Where the keyboard stands. A page that comes back with mistakes begins at the first one; a part that htmx replaced
// gives the focus back to the same control, or to itself when that control is gone, so that Tab goes on from there.
const named = (element) => element.getAttribute("aria-label") ?? element.textContent.trim();
let lost = null;

const give = (target, label) => {
  const same = label && [...target.querySelectorAll("a, button")].find((one) => named(one) === label);
  if (!same && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  (same || target).focus({ preventScroll: true });
};

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  const now = document.activeElement;
  const inside = target && now !== target && target.contains(now) && !target.closest("dialog");
  // A page that is turned is read from its top.
  lost = inside ? { label: now.rel === "next" || now.rel === "prev" ? "" : named(now) } : null;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!lost || document.activeElement !== document.body) return;
  const target = event.detail.target?.isConnected ? event.detail.target : event.target;
  if (target instanceof HTMLElement) give(target, lost.label);
  lost = null;
});

document.querySelector("main form [aria-invalid='true']")?.focus();

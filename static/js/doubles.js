// The queue of doubles by keyboard: j and k go to the next and previous pair, m and n press that pair's buttons.
document.addEventListener("keydown", (event) => {
  const list = document.querySelector("[data-doubles]");
  if (!list || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea, dialog")) return;
  const pairs = [...list.querySelectorAll("[data-pair]")];
  const now = pairs.findIndex((pair) => pair.contains(document.activeElement));
  if (event.key === "j" || event.key === "k") {
    const next = pairs[Math.min(pairs.length - 1, Math.max(0, now + (event.key === "j" ? 1 : -1)))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  } else if ((event.key === "m" || event.key === "n") && now >= 0) {
    pairs[now].querySelector(`[data-key="${event.key}"]`)?.click();
  }
});

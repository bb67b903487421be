// On a phone the sections of a long page become tabs: <nav class="tabs phone" data-panes> names them by data-pane.
// The server shows the one that ?pane= asks for; this switches without leaving the page.
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-panes] > [data-pane]");
  if (!tab || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  for (const one of tab.parentElement.children) one.toggleAttribute("aria-current", false);
  tab.setAttribute("aria-current", "true");
  for (const pane of document.querySelectorAll(".pane")) pane.classList.toggle("on", pane.dataset.pane === tab.dataset.pane);
  history.replaceState(history.state, "", tab.href);
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
});

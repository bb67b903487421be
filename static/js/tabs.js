// Tabs that have no room scroll sideways: the one that is open is in sight.
const show = () => {
  for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
    const row = tab.parentElement;
    const beyond = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.clientWidth;
    if (beyond > row.scrollLeft) row.scrollLeft = beyond;
  }
};

show();
document.addEventListener("htmx:afterSettle", show);

// Says what a list shows after it changed: its foot ("Rows 1 to 25 of 300"), or that it is empty. The region stands in
// every page from the beginning, since screen readers say only what changes in a region that they know.
const region = document.getElementById("said");

document.addEventListener("htmx:afterSettle", (event) => {
  const list = event.detail.target;
  // Some lists say their number in the sentence at the head of the page.
  if (list?.id !== "rows" || document.querySelector("#answer[role=status]")) return;
  const words = document.querySelector("#rows footer.foot > span, #rows .empty :is(b, h2, h3)");
  region.textContent = words?.textContent.trim() ?? "";
});

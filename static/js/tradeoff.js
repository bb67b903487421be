// A slider over the rows of a table of thresholds: says the row under it and marks it. Without script the table stays.

function tell(box) {
  const rows = document.querySelectorAll("#cuts tbody tr");
  const slider = box.querySelector("input");
  const said = box.querySelector("output");
  slider.hidden = said.hidden = false;
  const show = () => {
    const chosen = rows[Number(slider.value)];
    for (const row of rows) row.toggleAttribute("aria-current", row === chosen);
    said.textContent = chosen.dataset.said;
    slider.setAttribute("aria-valuetext", chosen.dataset.said);
  };
  slider.addEventListener("input", show);
  show();
}

function find(root) {
  for (const box of root.querySelectorAll("[data-tradeoff]:not([data-ready])")) {
    box.dataset.ready = "";
    tell(box);
  }
}

find(document);
document.addEventListener("htmx:afterSettle", (event) => find(event.target));

// Thresholds on a histogram: dragged or moved by arrow keys, they write into their field, and follow it.
const WIDTH = 600;
const wired = new WeakSet();

const wire = (chart) => {
  if (wired.has(chart)) return;
  wired.add(chart);
  const from = Number(chart.dataset.from);
  const to = Number(chart.dataset.to);
  for (const cut of chart.querySelectorAll(".thr[data-input]")) {
    const field = document.getElementById(cut.dataset.input);
    if (!field) continue;
    const place = (value) => {
      const kept = Math.min(Math.max(value, from), to);
      cut.setAttribute("transform", `translate(${(WIDTH * (kept - from)) / (to - from)} 0)`);
      cut.setAttribute("aria-valuenow", String(kept));
    };
    const write = (value) => {
      field.value = String(Math.round(Math.min(Math.max(value, from), to)));
      place(Number(field.value));
    };
    const tell = () => field.dispatchEvent(new Event("change", { bubbles: true }));
    field.addEventListener("input", () => {
      const value = Number(field.value.replace(",", "."));
      if (!Number.isNaN(value)) place(value);
    });
    cut.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      cut.setPointerCapture(event.pointerId);
      cut.focus();
    });
    cut.addEventListener("pointermove", (event) => {
      if (!cut.hasPointerCapture(event.pointerId)) return;
      const box = chart.getBoundingClientRect();
      write(from + ((event.clientX - box.left) / box.width) * (to - from));
    });
    cut.addEventListener("pointerup", tell);
    cut.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
      if (!step) return;
      event.preventDefault();
      write(Number(cut.getAttribute("aria-valuenow")) + step);
      tell();
    });
  }
};

for (const chart of document.querySelectorAll(".histo")) wire(chart);
document.addEventListener("htmx:load", (event) => {
  for (const chart of event.target.querySelectorAll?.(".histo") ?? []) wire(chart);
});

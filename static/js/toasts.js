// Notices: those of the page go after a while, those of htmx answers come by the event `toasts`.
const region = document.getElementById("toasts");
const words = document.body.dataset;
const SECONDS = 7;

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${words.sprite}#${name}`);
  svg.append(use);
  return svg;
};

// Errors stay until they are read; the rest leaves unless somebody points at it.
const leave = (toast) => {
  if (toast.classList.contains("error") || toast.classList.contains("warning")) return;
  let timer = setTimeout(() => toast.remove(), SECONDS * 1000);
  const stay = () => clearTimeout(timer);
  const go = () => { timer = setTimeout(() => toast.remove(), SECONDS * 1000); };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", go);
};

const show = ({ text, level = "success", undo = "" }) => {
  const toast = document.createElement("div");
  toast.className = `toast ${level}`;
  const said = document.createElement("span");
  said.textContent = text;
  toast.append(icon(level === "error" || level === "warning" ? "warn" : "check"), said);
  if (undo) {
    const back = document.createElement("button");
    back.className = "btn small quiet";
    back.append(icon("undo"), words.wordUndo);
    back.addEventListener("click", () => { window.htmx.ajax("POST", undo, { swap: "none" }); toast.remove(); });
    toast.append(back);
  }
  const close = document.createElement("button");
  close.className = "btn small quiet only";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", words.wordClose);
  close.append(icon("x"));
  toast.append(close);
  region.append(toast);
  leave(toast);
};

region.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
});
for (const toast of region.querySelectorAll(".toast")) leave(toast);

document.addEventListener("toasts", (event) => {
  const list = event.detail?.value ?? event.detail;
  for (const one of Array.isArray(list) ? list : [list]) show(one);
});
document.addEventListener("htmx:sendError", () => show({ text: words.wordOffline, level: "error" }));
document.addEventListener("htmx:timeout", () => show({ text: words.wordOffline, level: "error" }));
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Trigger")) show({ text: words.wordFailed, level: "error" });
});
// A dialog covers the page in the top layer: notices move into it while it is open. Those that only said "done" leave,
// so as not to lie over what is to be filled in.
document.addEventListener("toggle", (event) => {
  if (!(event.target instanceof HTMLDialogElement)) return;
  const opens = event.newState === "open";
  if (opens) for (const toast of region.querySelectorAll(".toast:not(.error, .warning)")) toast.remove();
  (opens ? event.target : document.body).append(region);
}, true);

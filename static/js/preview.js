// Shows a message or a page again while it is being written: presses the form's preview button, which answers into the
// frame. The button and the choice of how to look may stand outside the form (their form attribute names it); the form
// may be put into the page later.
let timer;
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("form[data-preview]") || event.target.type === "file") return;
  const button = [...form.elements].find((one) => one.matches("[data-preview-button]"));
  if (!button) return;
  clearTimeout(timer);
  timer = setTimeout(() => form.isConnected && form.requestSubmit(button), 500);
});

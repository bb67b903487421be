// Shows a message again while it is being written: presses the form's preview button, which answers into the frame.
// The button and the choice of how to look may stand outside the form (their form attribute names it).
for (const form of document.querySelectorAll("form[data-preview]")) {
  const button = [...form.elements].find((one) => one.matches("[data-preview-button]"));
  let timer;
  document.addEventListener("input", (event) => {
    if (!button || event.target.form !== form) return;
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(button), 500);
  });
}

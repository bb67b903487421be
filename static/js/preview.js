// Shows a message again while it is being written: presses the form's preview button, which answers into the frame.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const button = form.querySelector("[data-preview-button]");
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(button), 500);
  });
}

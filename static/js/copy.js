// A button with data-copies="ID" puts that element's text on the clipboard and says so on itself.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  const source = button && document.getElementById(button.dataset.copies);
  if (!source) return;
  try {
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
  } catch {
    // No clipboard here (plain http on another machine): the text is selected instead.
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    return;
  }
  const word = button.querySelector("span") ?? button;
  const before = word.textContent;
  word.textContent = button.dataset.wordDone;
  button.setAttribute("aria-live", "polite");
  setTimeout(() => { word.textContent = before; }, 2000);
});

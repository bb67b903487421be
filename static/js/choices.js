// Which company it is, by keyboard: 1 to 5 press that candidate's button, 0 says that it is none of them.
document.addEventListener("keydown", (event) => {
  if (!document.querySelector("[data-choices]") || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  if (/^[0-5]$/.test(event.key)) document.querySelector(`button[data-key="${event.key}"]`)?.click();
});

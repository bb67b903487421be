// Asks on a landing page whether the visit may be remembered, where the organisation's tracker wants a yes first.
// A no is remembered by this browser alone, so that it is not asked again; without scripts nothing is ever asked.
(() => {
  const asking = document.querySelector("[data-consent]");
  if (!asking) return;
  const name = `prm-consent${asking.dataset.consent}`;
  const cookie = `_prm${asking.dataset.consent}=`;
  const says = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  let answer = null;
  try {
    answer = localStorage.getItem(name);
  } catch {
    // Nothing may be kept here: then nothing is asked either.
    return;
  }
  if (says || answer || document.cookie.split("; ").some((one) => one.startsWith(cookie))) return;
  asking.hidden = false;
  asking.addEventListener("click", (event) => {
    const said = event.target.closest("[data-answer]")?.dataset.answer;
    if (!said) return;
    asking.hidden = true;
    if (said === "no") localStorage.setItem(name, "no");
    if (window.prm?.consent) window.prm.consent(said === "yes");
    else window.prm = { q: [["consent", [said === "yes"]]] };
  });
})();

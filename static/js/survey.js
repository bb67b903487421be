// A survey of PRM within a page of another site, put there by this very script where it stands:
//   <script src="(PRM)/q/SURVEY.js" async></script>
// It makes a frame, says whose browser it is where the site's own tracker knows it (with consent), and gives the frame its
// height. No cookie, nothing kept, nothing loaded from elsewhere. Without scripts, the plain frame works all the same.
(() => {
  const script = document.currentScript;
  const own = script && /^(.*\/q\/[^/]+)\.js(?:[?#]|$)/.exec(script.src);

  // --- Within the frame ---------------------------------------------------------------------------------------------
  if (!own) {
    if (parent === window) return;
    const tell = () => parent.postMessage({ prm: "height", height: document.documentElement.offsetHeight }, "*");
    new ResizeObserver(tell).observe(document.documentElement);
    tell();
    return;
  }

  // --- Around it ----------------------------------------------------------------------------------------------------
  const mount = () => {
    const browser = (typeof window.prm?.id === "function" && window.prm.id()) || "";
    const frame = document.createElement("iframe");
    frame.src = `${own[1]}/frame/${browser ? `?v=${encodeURIComponent(browser)}` : ""}`;
    frame.title = script.dataset.title || document.title;
    frame.className = "prm-survey";
    frame.width = "100%";
    frame.height = "260";
    frame.setAttribute("frameborder", "0");
    const origin = new URL(script.src).origin;
    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      if (event.data?.prm === "height" && event.data.height > 0) frame.style.height = `${Math.ceil(event.data.height)}px`;
    });
    script.after(frame);
  };
  // The tracker's script may still be on its way.
  if (window.prm || document.readyState === "complete") mount();
  else addEventListener("load", mount, { once: true });
})();

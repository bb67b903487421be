// Forms of PRM, on their own page, in a frame, or put into a page of another site by this very script:
//   <script src="(PRM)/f/FORM.js" async></script>                puts the form where the script stands
//   <script src="(PRM)/f/FORM.js" data-for="ID" async></script>  gives the frame with this id its height
// No cookie, nothing kept, nothing loaded from elsewhere. Without scripts, forms work all the same.
(() => {
  const script = document.currentScript;
  const own = script && /^(.*\/f\/([^/]+))\.js(?:[?#]|$)/.exec(script.src);

  // What the site's own tracker says of the browser: nothing without one, or without consent.
  const browserId = () => (typeof window.prm?.id === "function" && window.prm.id()) || "";

  // --- Questions that depend on an answer ---------------------------------------------------------------------------
  const answersOf = (form, key) => {
    const controls = [...form.elements].filter((one) => one.name === key && !one.disabled);
    return controls.flatMap((one) => {
      if (one.type === "checkbox" || one.type === "radio") {
        return one.checked ? [one.value === "on" ? "yes" : one.value] : [];
      }
      return one.value ? [one.value] : [];
    });
  };

  const judge = (form) => {
    for (const row of form.querySelectorAll("[data-when]")) {
      const values = JSON.parse(row.dataset.values);
      const said = answersOf(form, row.dataset.when);
      const holds = values.length ? said.some((one) => values.includes(one)) : said.some((one) => one !== "no");
      row.hidden = !holds;
      for (const control of row.querySelectorAll("input, select, textarea")) {
        control.disabled = !holds;
        if (control.dataset.required) control.required = holds;
      }
    }
  };

  const enhance = (form) => {
    for (const words of form.querySelectorAll(".lead-only")) words.hidden = true;
    form.addEventListener("input", () => judge(form));
    form.addEventListener("change", () => judge(form));
    judge(form);
    (form.querySelector("[aria-invalid]") ?? form.querySelector(".lead-problem"))?.focus();
  };

  // --- Within a frame: how high it is, and on which page it stands --------------------------------------------------
  const talk = () => {
    const tell = () => parent.postMessage({ prm: "height", height: document.documentElement.offsetHeight }, "*");
    new ResizeObserver(tell).observe(document.documentElement);
    tell();
    parent.postMessage({ prm: "ready" }, "*");
    addEventListener("message", (event) => {
      if (event.source !== parent || event.data?.prm !== "page" || typeof event.data.page !== "string") return;
      for (const name of ["page", "referrer", "visitor"]) {
        const field = document.querySelector(`input[name=prm_${name}]`);
        if (field && typeof event.data[name] === "string") field.value = event.data[name].slice(0, 2000);
      }
    });
    const onward = document.querySelector("[data-leads-to]");
    if (onward) parent.postMessage({ prm: "onward", url: onward.href }, "*");
  };

  // --- Around a frame -----------------------------------------------------------------------------------------------
  const follow = (frame) => {
    if (!(frame instanceof HTMLIFrameElement)) return;
    const origin = new URL(script.src).origin;
    const here = () => {
      const told = { prm: "page", page: location.href, referrer: document.referrer, visitor: browserId() };
      frame.contentWindow.postMessage(told, origin);
    };
    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      if (event.data?.prm === "height" && event.data.height > 0) frame.style.height = `${Math.ceil(event.data.height)}px`;
      if (event.data?.prm === "ready") here();
      if (event.data?.prm === "onward" && /^https?:/.test(event.data.url)) location.assign(event.data.url);
    });
    here();
  };

  // --- Within a page of another site --------------------------------------------------------------------------------
  const mount = async () => {
    const place = document.createElement("div");
    place.className = "prm-form";
    script.after(place);
    const isPlain = script.dataset.style === "none";
    const root = isPlain ? place : place.attachShadow({ mode: "open" });
    const body = document.createElement("div");
    body.className = "lead";
    const address = new URL(`${own[1]}/part/`);
    for (const [name, value] of new URLSearchParams(location.search)) address.searchParams.set(name, value);
    address.searchParams.set("page", location.href);
    address.searchParams.set("referrer", document.referrer);
    if (script.dataset.touchpoint) address.searchParams.set("touchpoint", script.dataset.touchpoint);

    const instead = () => {
      const link = document.createElement("a");
      link.href = `${own[1]}/`;
      link.textContent = script.dataset.link || document.title || link.href;
      body.replaceChildren(link);
    };
    const put = (answer) => {
      body.innerHTML = answer.html;
      const form = body.querySelector("form[data-lead]");
      if (!form) {
        body.querySelector("[role=status]")?.focus();
        return;
      }
      form.addEventListener("submit", send);
      enhance(form);
    };
    const send = async (event) => {
      event.preventDefault();
      const form = event.target;
      const button = form.querySelector(".lead-send");
      if (button.disabled) return;
      button.disabled = true;
      form.elements.prm_visitor.value = browserId();
      try {
        const sent = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "omit" });
        const answer = await sent.json();
        if (answer.redirect) location.assign(answer.redirect);
        else put(answer);
      } catch {
        // The line is down, or this page may not send: the form's own page can, and the browser says if not.
        form.submit();
      }
      button.disabled = false;
    };

    root.append(body);
    try {
      const shown = await fetch(address, { credentials: "omit" });
      const answer = await shown.json();
      if (!answer.html) return instead();
      if (!isPlain) {
        for (const href of answer.styles) {
          const style = document.createElement("link");
          style.rel = "stylesheet";
          style.href = href;
          body.before(style);
        }
      }
      put(answer);
    } catch {
      instead();
    }
  };

  if (own && script.dataset.for) follow(document.getElementById(script.dataset.for));
  else if (own) mount();
  else {
    for (const form of document.querySelectorAll("form[data-lead]")) enhance(form);
    if (parent !== window && document.documentElement.classList.contains("framed")) talk();
  }
})();

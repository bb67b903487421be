/* Visits of this site, told to its PRM. docs/tracking.md of the product says what is sent, and when. */
(function (w, d, n) {
  "use strict";
  var tag = d.currentScript || d.querySelector("script[data-site]");
  if (!tag || (w.prm && w.prm.site)) return;
  var site = tag.getAttribute("data-site"),
    to = new URL(tag.getAttribute("data-to") || "/t", tag.src).href,
    audience = tag.getAttribute("data-mode") == "audience",
    /* Where several organisations have pages on one host: whose cookies these are. */
    scope = tag.getAttribute("data-scope") || "",
    bucket = tag.getAttribute("data-bucket"),
    variant = tag.getAttribute("data-variant"),
    cookie = { y: "_prm" + scope, a: "_prma" + scope, n: "_prmx" + scope },
    year = 31536000,
    signal = n.globalPrivacyControl || n.doNotTrack == "1" || w.doNotTrack == "1",
    held = [],
    slots = new WeakMap(),
    asking, view, path, came, seen, since, timer, left, id, said;

  function get(name) {
    var found = d.cookie.match("(?:^|; )" + name + "=([^;]*)");
    return found ? found[1] : "";
  }
  function put(name, value, seconds) {
    var set = function (host) {
      d.cookie = name + "=" + value + ";path=/;max-age=" + seconds + ";SameSite=Lax" + host + (location.protocol == "https:" ? ";Secure" : "");
    };
    /* The widest domain that takes it, so that www.acme.fr and shop.acme.fr know the same visitor. */
    var parts = location.hostname.split(".");
    if (!value) set("");
    for (var i = parts.length - 2; i >= 0; i--) {
      set(";domain=" + parts.slice(i).join("."));
      if (value && get(name) == value) return;
    }
    if (value) set("");
  }
  /* Ends with `end`, by which a page says which of its variants this browser sees. */
  function random(end) {
    var b = w.crypto.getRandomValues(new Uint8Array(16));
    if (end) b.set([parseInt(end.slice(0, 2), 16), parseInt(end.slice(2), 16)], 14);
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    return Array.from(b, function (one) { return (one + 256).toString(16).slice(1); }).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }
  /* "y": consented; "a": audience measurement; "": not said yet; "n": refused. */
  function state() {
    if (get(cookie.n) || signal) return "n";
    if (said === false) return "n";
    if (said || get(cookie.y)) return "y";
    return audience ? "a" : "";
  }
  function name() {
    var now = state();
    if (now != "y" && now != "a") return (id = "");
    id = get(cookie[now]);
    /* Thirteen months from the first visit; later visits make it no longer. */
    if (!id) put(cookie[now], (id = random(bucket)), now == "y" ? year : 34128000);
    return id;
  }
  function post(body, more) {
    return w.fetch(to, Object.assign({ method: "POST", body: body, credentials: "omit", headers: { "Content-Type": "text/plain" } }, more));
  }
  function add(kind, properties, more) {
    if (get(cookie.n) || signal) return;
    var one = { n: kind, w: view, t: Date.now() };
    if (properties) one.p = properties;
    for (var key in more) one[key] = more[key];
    held.push(one);
    clearTimeout(timer);
    /* Who has said nothing yet may still say yes on this page: until it is left, nothing leaves it. */
    if (state()) timer = setTimeout(send, 300);
  }
  function send(leaving) {
    clearTimeout(timer);
    if (!held.length || (!state() && leaving !== true)) return;
    var now = Date.now(),
      who = name(),
      kept = held.splice(0, 50),
      body = JSON.stringify({
        k: site,
        v: who,
        m: who && state() == "a" ? "a" : "",
        e: kept.map(function (one) {
          var copy = { a: now - one.t };
          for (var key in one) if (key != "t") copy[key] = one[key];
          return copy;
        })
      });
    if (leaving === true && n.sendBeacon && n.sendBeacon(to, body)) return;
    post(body, { keepalive: true }).then(function (answer) {
      /* 205: this visitor was erased. It is somebody new from here on. */
      if (answer.status != 205 || !who) return;
      put(cookie.y, "", 0);
      put(cookie.a, "", 0);
      held = kept.concat(held);
      send();
    }, function () {});
    if (held.length) send(leaving);
  }
  function look() {
    if (d.visibilityState == "visible") {
      if (!since) since = Date.now();
    } else {
      if (since) seen += Date.now() - since;
      since = 0;
    }
  }
  /* How long the page was looked at, counted until now. */
  function count() {
    look();
    var so = Math.round((seen + (since ? Date.now() - since : 0)) / 1000);
    if (view && so > left) {
      add("leave", null, { s: so - left });
      left = so;
    }
  }
  function leave(event) {
    count();
    if (state() || event.type == "pagehide") send(true);
  }
  function page() {
    if (location.pathname + location.search == path) return;
    if (view) count();
    var url = new URL(location.href), token = url.searchParams.get("prm_c"), words;
    came = path ? location.origin + path : d.referrer;
    path = location.pathname + location.search;
    view = random();
    seen = left = 0;
    since = d.visibilityState == "visible" ? Date.now() : 0;
    if (token) {
      url.searchParams.delete("prm_c");
      w.history.replaceState(w.history.state, "", url.href);
      path = location.pathname + location.search;
    }
    add("page_view", { url: url.href.slice(0, 2000), title: d.title.slice(0, 200), referrer: (came || "").slice(0, 1000), variant: variant });
    if (token) add("click", { token: token });
    if (url.searchParams.has("prm_trap")) add("trap");
    ["q", "s", "search", "query", "recherche"].some(function (key) { return (words = url.searchParams.get(key)); });
    if (words) add("site_search", { words: words.slice(0, 200) });
    wish();
  }
  function clicked(event) {
    var at = event.target.closest && event.target.closest("a[href],[data-prm-track]");
    if (!at) return;
    var kind = at.getAttribute("data-prm-track"), to = at.href || "", values = {};
    if (kind) {
      for (var key in at.dataset) if (/^prm[A-Z]/.test(key) && key != "prmTrack") values[key.slice(3).toLowerCase()] = at.dataset[key];
      return add(kind, values);
    }
    if (at.hasAttribute("data-prm-trap")) return add("trap");
    if (!/^https?:/.test(to)) return;
    if (/\.(pdf|docx?|xlsx?|pptx?|od[tsp]|zip|rar|7z|csv|epub|mp[34]|dmg|exe|apk)$/i.test(at.pathname) || at.hasAttribute("download")) add("download", { url: to.slice(0, 2000), document: decodeURI(at.pathname.split("/").pop()).slice(0, 200) });
    else if (at.hostname != location.hostname) add("outgoing_click", { link: to.slice(0, 1000) });
  }
  /* Slots: what fails, or takes 0.3 s, leaves them. */
  function ask() {
    asking = 0;
    if (get(cookie.n)) return;
    var now = view, who = name(), names = {}, stop = new AbortController(), found = Array.from(d.querySelectorAll("[data-prm-slot]")).filter(function (at) {
      var known = slots.get(at) || {}, key = at.dataset.prmSlot;
      slots.set(at, known);
      return known.view != now && (known.view = now) && (names[key] = 1);
    });
    if (!found.length) return;
    setTimeout(function () { stop.abort(); }, 300);
    post(JSON.stringify({ k: site, v: who, m: who && state() == "a" ? "a" : "", s: Object.keys(names).slice(0, 20), u: location.href.slice(0, 2000), r: (came || "").slice(0, 1000), l: n.language }), { signal: stop.signal })
      .then(function (answer) { return answer.ok ? answer.json() : {}; })
      .then(function (all) {
        if (now == view) found.forEach(function (at) { fill(at, slots.get(at), all[at.dataset.prmSlot] || {}); });
      }, function () {});
  }
  function fill(at, known, given) {
    if (known.eye) known.eye.disconnect();
    if (given.h) {
      known.own = known.own || Array.from(at.childNodes);
      /* Nothing comes up. */
      at.style.minHeight = at.offsetHeight + "px";
      try { at.innerHTML = given.h; } catch (_) { return; }
    } else if (known.own) at.replaceChildren.apply(at, known.own);
    if (!given.x) return;
    /* Seen: half of it, or half a window, for a second. */
    var timer, eye = (known.eye = new IntersectionObserver(function (all) {
      var last = all.pop();
      clearTimeout(timer);
      if (last.isIntersecting && (last.intersectionRatio >= 0.5 || last.intersectionRect.height * 2 > w.innerHeight)) timer = setTimeout(function () {
        if (d.visibilityState != "visible") return;
        eye.disconnect();
        add("slot_shown", { x: given.x });
      }, 1000);
    }, { threshold: [0, 0.2, 0.5] }));
    eye.observe(at);
  }
  function wish() {
    if (view && !asking && d.readyState != "loading") asking = setTimeout(ask, 9);
  }
  function sending(event) {
    var field = event.target.querySelector && event.target.querySelector("input[name=prm_visitor]");
    if (field) field.value = state() == "y" ? name() : "";
  }
  ["pushState", "replaceState"].forEach(function (move) {
    var own = w.history[move];
    w.history[move] = function () {
      var result = own.apply(this, arguments);
      if (view) setTimeout(page);
      return result;
    };
  });
  w.addEventListener("popstate", function () { setTimeout(page); });
  d.addEventListener("visibilitychange", function () { look(); if (d.visibilityState == "hidden") leave({}); });
  w.addEventListener("pagehide", leave);
  d.addEventListener("click", clicked, true);
  d.addEventListener("auxclick", clicked, true);
  d.addEventListener("submit", sending, true);
  d.addEventListener("DOMContentLoaded", wish);
  new MutationObserver(wish).observe(d.documentElement, { childList: true, subtree: true });

  var calls = (w.prm && w.prm.q) || [];
  w.prm = {
    site: site,
    track: function (kind, properties) { add(String(kind), properties || {}); },
    consent: function (yes) {
      if (yes && !get(cookie.n) && !signal) {
        put(cookie.a, "", 0);
        said = true;
        name();
        send();
      } else {
        said = false;
        put(cookie.y, "", 0);
        held = held.filter(function (one) { return one.n != "click" && one.n != "identify"; });
      }
    },
    identify: function (who) { if (state() == "y") add("identify", who); },
    optOut: function (undo) {
      put(cookie.y, "", 0);
      put(cookie.a, "", 0);
      put(cookie.n, undo === false ? "" : "1", undo === false ? 0 : year);
      held = [];
      said = undefined;
    },
    id: function () { return state() == "y" ? name() : ""; }
  };
  calls.forEach(function (call) { w.prm[call[0]].apply(null, call[1]); });
  if (d.prerendering) d.addEventListener("prerenderingchange", page, { once: true });
  else page();
})(window, document, navigator);

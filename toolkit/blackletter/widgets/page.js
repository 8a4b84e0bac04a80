/* The answer's page: HTML made in Python is merged into what is on screen, so that focus, opened rows and scrolling
   stay; clicks go back as messages; one lasting live region says what changed. No other library, no network. */

const key = (node) => (node.dataset && node.dataset.key) || "";

function merge(into, from) {
  const kept = new Map([...into.childNodes].filter(key).map((node) => [key(node), node]));
  let at = into.firstChild;
  for (const next of [...from.childNodes]) {
    let old = key(next) ? kept.get(key(next)) : at && !key(at) ? at : null;
    if (old && old.nodeName !== next.nodeName) old = null;
    if (!old) { into.insertBefore(next, at); continue; }
    if (old === at) at = at.nextSibling; else into.insertBefore(old, at);
    update(old, next);
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}

function update(old, next) {
  if (old.isEqualNode(next) || (old.dataset && old.dataset.own && old.dataset.own === next.dataset.own)) return;
  if (old.nodeType !== 1) { old.nodeValue = next.nodeValue; return; }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...next.attributes]) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  merge(old, next);
}

/* The firing log: the page holds every step; Step and Play show one more at a time. Steps that hold by default are
   left out until they are asked for. */
function player(body, say) {
  let log = "", shown = 0, timer = 0, usual = false;
  const steps = () => [...body.querySelectorAll(`ol.bl-fired > li${usual ? "" : ":not([data-usual])"}`)];
  const stop = () => { clearInterval(timer); timer = 0; };
  const show = () => {
    const list = body.querySelector("ol.bl-fired");
    if (!list) { stop(); log = ""; return; }
    if (list.dataset.log !== log) { stop(); log = list.dataset.log; shown = steps().length; }
    list.querySelectorAll("li[data-usual]").forEach((item) => { item.hidden = true; });
    steps().forEach((item, n) => {
      item.hidden = n >= shown;
      item.classList.toggle("bl-now", n === shown - 1 && shown < steps().length);
    });
    const count = body.querySelector(".bl-fired-count");
    if (count) count.textContent = `${Math.min(shown, steps().length)} of ${steps().length}`;
    const wide = body.querySelector("[data-play=usual]");
    if (wide) wide.setAttribute("aria-pressed", usual);
    const play = body.querySelector("[data-play=play]");
    if (play) play.textContent = timer ? "Pause" : "Play";
  };
  const step = (aloud) => {
    const all = steps();
    if (shown >= all.length) { stop(); show(); return; }
    shown += 1;
    show();
    all[shown - 1].scrollIntoView({ block: "nearest" });
    if (aloud) say(all[shown - 1].textContent);
  };
  const act = (what) => {
    if (what === "usual") usual = !usual;
    if (what === "usual" || what === "all") { stop(); shown = steps().length; show(); return; }
    if (what === "step") { stop(); if (shown >= steps().length) shown = 0; step(true); return; }
    if (timer) { stop(); show(); return; }
    if (shown >= steps().length) shown = 0;
    timer = setInterval(step, 700);
    step(false);
  };
  return { show, act, stop };
}

/* The graph of an argument: arrows move from step to step as in any tree; the step in focus is told in full. */
function walk(node, name) {
  const all = [...node.ownerSVGElement.querySelectorAll(".bl-node")], at = node.dataset.at;
  const to = {
    ArrowUp: () => all[all.indexOf(node) - 1], ArrowDown: () => all[all.indexOf(node) + 1],
    ArrowRight: () => all.find((other) => other.dataset.at === `${at}.0`),
    ArrowLeft: () => all.find((other) => other.dataset.at === at.slice(0, at.lastIndexOf("."))),
    Home: () => all[0], End: () => all[all.length - 1],
  }[name];
  if (to && to()) to().focus();
  return !!to;
}

function told(node) {
  for (const other of node.ownerSVGElement.querySelectorAll(".bl-node")) other.tabIndex = other === node ? 0 : -1;
  const below = node.closest(".bl-tab").querySelector("[data-own=told]");
  if (below) below.textContent = node.getAttribute("aria-label");
}

/* How long slow work takes by now, in seconds, wherever the page waits for some. */
function clock(body) {
  for (const node of body.querySelectorAll("[data-own=clock]")) {
    node.since = node.since || Date.now();
    node.textContent = `${Math.round((Date.now() - node.since) / 1000)} s.`;
  }
}

/* Every press is answered. When no answer comes, the kernel is busy with another cell, or has lost this page. */
const PATIENCE = 10000;
const DEAF = "No answer from the kernel yet: it may be busy with another cell. If this stays, run the cell again; " +
  "what you posed is kept as a draft, under Open.";

export default {
  async render({ model, el }) {
    const sheet = await model.widget_manager.get_model(model.get("sheet").replace("IPY_MODEL_", ""));
    el.classList.add("bl", "bl-page");
    const live = document.createElement("div");
    live.className = "bl-sr bl-live";
    live.setAttribute("role", "status");
    live.setAttribute("aria-live", "polite");
    const body = document.createElement("div"), deaf = document.createElement("p");
    deaf.className = "bl-error bl-deaf";
    deaf.setAttribute("role", "alert");
    deaf.hidden = true;
    el.append(live, deaf, body);
    let waits = 0;
    const heard = () => { clearTimeout(waits); waits = 0; deaf.hidden = true; };
    const send = (data) => {
      waits = waits || setTimeout(() => { deaf.textContent = DEAF; deaf.hidden = false; }, PATIENCE);
      model.send(data);
    };
    const say = (text) => { live.textContent = ""; setTimeout(() => { live.textContent = text; }, 30); };
    const fired = player(body, say);
    let within = false, back = "";

    const draw = () => {
      const page = document.createElement("template");
      page.innerHTML = sheet.get("value");
      merge(body, page.content);
      fired.show();
      body.dataset.drawn = sheet.get("drawn");
      if (within && !body.contains(document.activeElement)) {
        const there = back && body.querySelector(`[data-key="${CSS.escape(back)}"]`);
        if (there && document.activeElement === document.body) there.focus();
      }
      within = false;
    };
    const click = (event) => {
      const node = event.target.closest("[data-do],[data-play]");
      if (!node || !body.contains(node)) return;
      if (node.dataset.play) { fired.act(node.dataset.play); return; }
      event.preventDefault();
      within = true;
      back = node.dataset.back || node.dataset.key || "";
      send({ ...node.dataset });
    };
    const press = (event) => {
      const node = event.target.closest(".bl-node");
      if (node && walk(node, event.key)) { event.preventDefault(); return; }
      const column = event.target.closest(".bl-column[role=button]");
      if (!column) return;
      const all = [...column.parentNode.querySelectorAll(".bl-column[role=button]")];
      const to = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (to) {
        const next = all[all.indexOf(column) + to];
        if (next) { column.tabIndex = -1; next.tabIndex = 0; next.focus(); }
      } else if (event.key === "Enter" || event.key === " ") {
        column.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      } else return;
      event.preventDefault();
    };
    const said = () => say(sheet.get("said"));
    body.addEventListener("click", click);
    body.addEventListener("keydown", press);
    body.addEventListener("focusin", (event) => {
      const node = event.target.closest(".bl-node");
      if (node) told(node);
    });
    const ticks = setInterval(() => clock(body), 1000);
    sheet.on("change:drawn", draw);
    sheet.on("change:spoken", said);
    sheet.on("change:heard", heard);
    draw();
    /* JupyterLab's own keys (arrows, Enter, letters) are for cells; inside the form they belong to the form. */
    const form = () => (el.closest(".bl-workbench,.bl-predict") || el).setAttribute("data-lm-suppress-shortcuts", "true");
    form();
    const soon = setTimeout(() => { form(); send({ do: "ready" }); }, 60);
    return () => {
      clearTimeout(soon);
      try { model.send({ do: "gone" }); } catch { /* the kernel went first */ }
      clearInterval(ticks);
      fired.stop();
      sheet.off("change:drawn", draw);
      sheet.off("change:spoken", said);
      sheet.off("change:heard", heard);
      clearTimeout(waits);
    };
  },
};

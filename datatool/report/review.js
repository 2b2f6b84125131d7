// Review: one suspect at a time, decided by keyboard; decisions leave as a file. Nothing is sent anywhere.
(() => {
  const PAGE = 48; // suspects in the strip; thousands of pictures at once would be slow to draw
  const host = document.getElementById("review");
  const { items, classes } = JSON.parse(document.getElementById("review-data").textContent);
  const names = new Map(classes.map((c) => [c.id, c.name]));
  const say = (id) => (names.has(id) && names.get(id) !== String(id) ? `${id} ${names.get(id)}` : String(id));
  const KINDS = { label: "label", outlier: "unlike anything else", "near-duplicate": "nearly the same as another", synthetic: "synthetic, unlike its class" };
  const decided = new Map(); // place of an item -> {action, new_class, when}
  const history = [];
  let kind = "", shown = items.map((_, i) => i), at = 0;

  const make = (name, props = {}, ...children) => {
    const node = Object.assign(document.createElement(name), props);
    node.append(...children);
    return node;
  };
  const picture = (uri, caption, mirrored) => make("figure", {},
    uri ? make("img", { src: uri, alt: caption, className: mirrored ? "mirrored" : "" }) : make("div", { className: "absent", textContent: "cannot be shown" }),
    make("figcaption", { textContent: caption }));

  const who = make("input", { placeholder: "your name", size: 12 });
  const filter = make("select", { title: "kind", ariaLabel: "kind" }, make("option", { value: "", textContent: "every kind" }),
    ...[...new Set(items.map((i) => i.kind))].map((k) => make("option", { value: k, textContent: KINDS[k] })));
  const progress = make("span", { className: "note", id: "progress" });
  const target = make("select", { id: "target", title: "relabel to", ariaLabel: "relabel to" },
    ...classes.map((c) => make("option", { value: String(c.id), textContent: say(c.id) })));
  const file = make("input", { type: "file", accept: ".json", hidden: true });
  const button = (text, key, run, id) => make("button", { type: "button", onclick: run, id: id || "" }, text, make("kbd", { textContent: key }));
  const one = make("div", { className: "one", id: "one" });
  const strip = make("div", { className: "strip" });
  const buttons = {
    keep: button("keep", "K", () => decide("keep"), "keep"),
    drop: button("drop", "D", () => decide("drop"), "drop"),
    relabel: button("relabel", "R", () => decide("relabel"), "relabel"),
  };

  const now = () => items[shown[at]];
  const decide = (action) => {
    const place = shown[at];
    if (place === undefined) return;
    history.push([place, decided.get(place)]);
    decided.set(place, { action, new_class: action === "relabel" ? Number(target.value) : null, when: new Date().toISOString() });
    move(1);
  };
  const undo = () => {
    const last = history.pop();
    if (!last) return;
    if (last[1]) decided.set(last[0], last[1]); else decided.delete(last[0]);
    const place = shown.indexOf(last[0]);
    if (place >= 0) at = place;
    draw();
  };
  const move = (by) => { at = Math.max(0, Math.min(shown.length - 1, at + by)); draw(); };

  const document_ = () => ({
    schema: "datatool.decisions/1",
    decisions: [...decided].filter(([place]) => items[place].digest).map(([place, made]) => ({
      digest: items[place].digest, path: items[place].path, file: items[place].file, line: items[place].line,
      old_class: items[place].class, action: made.action, new_class: made.new_class, who: who.value, when: made.when })),
  });
  const save = () => {
    const blob = new Blob([JSON.stringify(document_(), null, 1) + "\n"], { type: "application/json" });
    const link = make("a", { href: URL.createObjectURL(blob), download: "decisions.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const load = async () => {
    const text = await file.files[0].text();
    const places = new Map();
    items.forEach((item, place) => { if (item.digest) places.set(item.digest, [...(places.get(item.digest) || []), place]); });
    for (const made of JSON.parse(text).decisions || [])
      for (const place of places.get(made.digest) || [])
        decided.set(place, { action: made.action, new_class: made.new_class, when: made.when });
    draw();
  };

  const facts = (item) => {
    const rows = [["why", KINDS[item.kind] + (item.code ? ` (${item.code})` : ", to look at")],
      ["class", `${say(item.class)}, ${item.rows.toLocaleString("en")} rows`]];
    if (item.suggested !== null) rows.push(["fits better", say(item.suggested)]);
    if (item.score !== null) rows.push(["score", item.score.toFixed(3)]);
    rows.push(["source", item.source], ["path", item.path], ["listed", `${item.file}:${item.line}`]);
    if (!item.digest) rows.push(["note", "the file cannot be read, so no decision on it is saved"]);
    return make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", { textContent: name }), make("dd", { textContent: value })]));
  };
  const drawOne = () => {
    const item = now();
    one.replaceChildren();
    if (!item) { one.append(make("p", { textContent: "Nothing to review." })); return; }
    const made = decided.get(shown[at]);
    const images = make("div", { className: "pictures" }, picture(item.thumb, say(item.class)));
    if (item.other !== null) images.append(picture(item.otherThumb, `${item.mirrored ? "mirror image of " : ""}${item.other} (${say(item.otherClass)})`, item.mirrored));
    one.append(images, facts(item));
    target.value = String(made && made.new_class !== null ? made.new_class : item.suggested !== null ? item.suggested : item.class);
    for (const [action, node] of Object.entries(buttons)) node.setAttribute("aria-pressed", String(Boolean(made) && made.action === action));
  };
  const drawStrip = () => {
    const start = Math.floor(at / PAGE) * PAGE;
    strip.replaceChildren(...shown.slice(start, start + PAGE).map((place, offset) => {
      const item = items[place], made = decided.get(place);
      const node = make("button", { type: "button", title: item.path, className: made ? made.action : "", onclick: () => { at = start + offset; draw(); } },
        item.thumb ? make("img", { src: item.thumb, alt: "" }) : make("span", { textContent: "?" }),
        make("span", { className: "clamp", textContent: made ? made.action : say(item.class) }));
      node.setAttribute("aria-current", String(start + offset === at));
      return node;
    }));
  };
  const draw = () => {
    drawOne();
    drawStrip();
    progress.textContent = shown.length ? `${(at + 1).toLocaleString("en")} of ${shown.length.toLocaleString("en")}, ${decided.size.toLocaleString("en")} decided` : "";
  };

  filter.onchange = () => {
    kind = filter.value;
    shown = items.map((_, i) => i).filter((i) => !kind || items[i].kind === kind);
    at = 0;
    filter.blur();
    draw();
  };
  target.onchange = () => target.blur();
  file.onchange = load;
  const KEYS = { k: () => decide("keep"), d: () => decide("drop"), r: () => decide("relabel"), u: undo, s: save,
    ArrowRight: () => move(1), ArrowLeft: () => move(-1), ArrowDown: () => move(8), ArrowUp: () => move(-8), PageDown: () => move(PAGE), PageUp: () => move(-PAGE) };
  document.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT"].includes(event.target.tagName);
    const run = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !run) return;
    event.preventDefault();
    run();
  });

  window.reviewDecisions = document_; // what would be saved now
  host.append(
    make("div", { className: "bar" }, filter, progress, make("label", {}, "reviewer ", who),
      button("save decisions", "S", save, "save"), make("button", { type: "button", onclick: () => file.click(), textContent: "go on from a file" }), file),
    one,
    make("div", { className: "bar" }, buttons.keep, buttons.drop, buttons.relabel, target,
      button("undo", "U", undo, "undo"), button("back", "←", () => move(-1)), button("next", "→", () => move(1))),
    strip);
  draw();
})();

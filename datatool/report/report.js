"use strict";
// Tables: the data stand in a script element as JSON, deflated where they are many; only the rows in view are drawn.
(() => {
  const ROW = 30; // px, as in report.css
  const MARGIN = 12; // rows drawn above and below the view
  const make = (name, props = {}, ...children) => {
    const node = Object.assign(document.createElement(name), props);
    node.append(...children);
    return node;
  };

  const compare = (values, number, down) => { // nulls last, whichever way
    const text = new Intl.Collator("en", { numeric: true });
    const order = number ? (a, b) => a - b : (a, b) => text.compare(a, b);
    return (i, j) => {
      const a = values[i], b = values[j];
      if (a === null || b === null) return (a === null) - (b === null);
      return (down ? order(b, a) : order(a, b)) || i - j;
    };
  };

  const inflate = (text) => { // base64 of zlib's format
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };
  const read = async (name) => {
    const { type, textContent } = document.getElementById("table-" + name);
    const columns = type === "application/json" ? JSON.parse(textContent) : await inflate(textContent);
    for (const column of columns) { // ids stand as differences
      let sum = 0;
      column.values ??= column.steps?.map((step) => sum += step);
    }
    for (const column of columns.filter((c) => c.names_of)) {
      const [ids, texts] = await load(column.names_of);
      const found = new Map(ids.values.map((id, i) => [id, texts.values[i]]));
      column.values = columns[0].values.map((id) => found.get(id) ?? "");
    }
    return columns;
  };
  const tables = new Map();
  const load = (name) => tables.get(name) ?? tables.set(name, read(name)).get(name);

  const build = (host, columns) => {
    const total = columns.length ? columns[0].values.length : 0;
    const formats = columns.map((c) => new Intl.NumberFormat("en", { useGrouping: c.grouped, minimumFractionDigits: c.digits, maximumFractionDigits: c.digits }));
    const haystack = Array.from({ length: total }, (_, i) =>
      columns.filter((c, n) => n === 0 || !c.number).map((c) => c.values[i] ?? "").join("\n").toLowerCase());
    const natural = Array.from({ length: total }, (_, i) => i);
    let sorted = natural, shown = natural, key = -1, down = false;

    const search = make("input", { type: "search", placeholder: "Search", ariaLabel: "Search " + host.dataset.caption });
    const count = make("span", { className: "vcount" });
    count.setAttribute("role", "status");
    const body = make("tbody");
    const heads = columns.map((column, n) => {
      const button = make("button", { type: "button", textContent: column.label });
      const head = make("th", { scope: "col", className: column.number ? "number" : "" }, button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => sort(n));
      return head;
    });
    const table = make("table", { ariaLabel: host.dataset.caption }, make("thead", {}, make("tr", {}, ...heads)), body);
    const view = make("div", { className: "vscroll", tabIndex: 0, role: "region", ariaLabel: "Table of " + host.dataset.caption }, table);

    const cell = (column, format, i) => {
      const value = column.values[i];
      const text = value === null ? "–" : column.number ? format.format(value) : String(value);
      return make("td", { className: column.number ? "number" : "", textContent: text, title: column.number ? "" : text });
    };
    const space = (rows) => {
      const filler = make("td", { colSpan: columns.length });
      filler.style.height = rows * ROW + "px";
      return make("tr", { className: "space", ariaHidden: "true" }, filler);
    };
    const draw = () => {
      const first = Math.max(0, Math.floor(view.scrollTop / ROW) - MARGIN);
      const last = Math.min(shown.length, first + Math.ceil((view.clientHeight || 480) / ROW) + 2 * MARGIN);
      const rows = shown.slice(first, last).map((i, place) =>
        make("tr", { ariaRowIndex: first + place + 2 }, ...columns.map((column, n) => cell(column, formats[n], i))));
      body.replaceChildren(space(first), ...rows, space(shown.length - last));
    };
    const filter = () => {
      const wanted = search.value.trim().toLowerCase();
      shown = wanted ? sorted.filter((i) => haystack[i].includes(wanted)) : sorted;
      count.textContent = shown.length.toLocaleString("en") + " of " + total.toLocaleString("en");
      view.scrollTop = 0;
      draw();
    };
    const sort = (n) => {
      down = key === n ? !down : columns[n].number && n > 0; // large numbers first, ids and texts ascending
      key = n;
      const order = compare(columns[n].values, columns[n].number, down);
      sorted = natural.slice().sort(order);
      heads.forEach((head, m) => head.setAttribute("aria-sort", m !== n ? "none" : down ? "descending" : "ascending"));
      filter();
    };

    let waiting = 0;
    search.addEventListener("input", filter);
    view.addEventListener("scroll", () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(draw);
    });
    table.setAttribute("aria-rowcount", total + 1);
    host.replaceChildren(make("div", { className: "vbar" }, search, count), view);
    filter();
  };

  // Copy buttons: the clipboard where the browser lends it, else the text is selected for the reader's own copy.
  const copy = async (button) => {
    const code = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = "copy"; }, 2000);
  };

  document.querySelectorAll("[data-table]").forEach(async (host) => {
    try {
      build(host, await load(host.dataset.table));
    } catch (error) {
      if ("DecompressionStream" in window) throw error;
      const also = host.dataset.also && ` ${host.dataset.also} holds the same figures.`;
      host.replaceChildren(`This table needs a browser that has DecompressionStream, as all have since 2023.${also}`);
    }
  });
  document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", () => copy(button)));
})();

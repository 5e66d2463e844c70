"use strict";
// Search, sort and pages for the tables, and a button that copies the next command. Without it, the tables show all their rows.
for (const grid of document.querySelectorAll("[data-grid]")) {
  const body = grid.querySelector("tbody");
  const size = Number(grid.dataset.page);
  const all = Array.from(body.rows, (row) => ({ row, text: row.textContent.toLowerCase() }));
  let found = all.slice();
  let page = 0;

  const tools = document.createElement("div");
  tools.className = "tools";
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Search these rows";
  search.setAttribute("aria-label", "Search these rows");
  const pager = document.createElement("nav");
  pager.className = "pager";
  pager.setAttribute("aria-label", "Pages of the table: " + grid.querySelector("caption").textContent);
  const state = document.createElement("span");
  state.setAttribute("aria-live", "polite");
  const step = (label, by) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = label;
    b.addEventListener("click", () => { page += by; show(); });
    return b;
  };
  const back = step("Previous", -1);
  const on = step("Next", 1);
  pager.append(back, on);
  tools.append(search, state, pager);

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const first = page * size;
    const last = Math.min(first + size, found.length);
    for (const item of all) item.row.hidden = true;
    for (const item of found.slice(first, last)) item.row.hidden = false;
    const few = found.length < all.length ? " found, of " + all.length.toLocaleString("en") : "";
    state.textContent = found.length ? (first + 1) + "\u2013" + last + " of " + found.length.toLocaleString("en") + few : "no row has that";
    back.disabled = page === 0;
    on.disabled = page === pages - 1;
    pager.hidden = pages === 1;
  }

  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    found = all.filter((item) => item.text.includes(wanted));
    page = 0;
    show();
  });

  const heads = Array.from(grid.querySelectorAll("thead th[data-sort]"));
  heads.forEach((head, column) => {
    const b = document.createElement("button");
    b.type = "button";
    b.append(...head.childNodes);
    head.append(b);
    b.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const h of heads) h.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (item) => item.row.cells[column].textContent;
      const order = head.dataset.sort === "number"
        ? (a, b) => Number(key(a)) - Number(key(b))
        : (a, b) => key(a).localeCompare(key(b), "en", { numeric: true });
      all.sort(up ? order : (a, b) => order(b, a));
      body.append(...all.map((item) => item.row));
      const kept = new Set(found);
      found = all.filter((item) => kept.has(item));
      page = 0;
      show();
    });
  });

  addEventListener("beforeprint", () => { for (const item of found) item.row.hidden = false; });
  addEventListener("afterprint", show);
  if (all.length > 5) grid.prepend(tools);
  show();
}
for (const text of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = "Copy";
  copy.setAttribute("aria-live", "polite");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  });
  text.after(copy);
}

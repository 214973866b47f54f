"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const { names, values: texts, layouts, frames, steps, more: rest } = JSON.parse($("data").textContent);
  const items = [...document.querySelectorAll("#steps > .step")];
  const buttons = items.map((item) => item.querySelector("button"));
  const detail = $("detail");
  // Of a walk through the layers: the rows of its tower.
  const rows = [...document.querySelectorAll("#tower tr[data-steps]")];
  const wide = matchMedia("(min-width: 64rem)");
  const LEVELS = ["friend", "student", "engineer"];
  let now = -1, timer = 0, links = [], pinned = null;

  // Text gets into the page as text, never as HTML.
  const make = (tag, attributes = {}, ...children) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    one.append(...children);
    return one;
  };
  const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const hex = (byte) => byte.toString(16).padStart(2, "0");
  const letter = (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".");
  const plural = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
  const place = (from, to) => (to - from === 1 ? `byte ${from}` : `bytes ${from} to ${to - 1}`);
  const bits = (field) => {
    const all = BigInt(field.mask), width = (field.to - field.from) * 8;
    const ones = [...all.toString(2)].filter((bit) => bit === "1").length;
    return field.mask ? `, ${plural(ones, "bit")} of ${width}` : "";
  };

  // The fields of a frame: those of its headers, then what follows from the conversation.
  const fieldsOf = (index) => {
    const [, , , regions, layout, values, more] = frames[index];
    const own = layouts[layout].map(([name, layer, from, to, mask], at) => ({ name, layer, from, to, mask, value: texts[values[at]] }));
    const next = more.map(([name, value, from, to]) => ({ name, layer: regions.length - 1, from, to, mask: 0, value: texts[value] }));
    return { own, next };
  };

  const show = (index, { focus = false, aloud = false, still = false } = {}) => {
    const to = Math.max(0, Math.min(index, items.length - 1));
    if (to === now || !items.length) return;
    items[now]?.removeAttribute("aria-current");
    now = to;
    items[now].setAttribute("aria-current", "step");
    rows.forEach((row) => {
      const at = row.dataset.steps.split(" ").map(Number);
      row.classList.toggle("now", at.includes(now));
      // What is below is not there yet on the way down, and taken off on the way up.
      const first = Number(items[now].dataset.row ?? row.dataset.row);
      row.classList.toggle("later", Number(row.dataset.row) > first);
    });
    $("where").textContent = `step ${now + 1} of ${items.length}`;
    build();
    if (!still) items[now].scrollIntoView({ block: "nearest" });
    if (focus) buttons[now].focus({ preventScroll: true });
    if (aloud) {
      const title = items[now].querySelector(".title");
      $("said").textContent = `Step ${now + 1}: ${buttons[now].innerText.trim()}. ${title ? title.textContent : ""}`;
    }
  };

  // The bytes of the step's frames, and its fields.
  const build = () => {
    const [all, isSaid, said, payload, places = []] = steps[now];
    const shown = all.filter((index) => index !== null);
    links = [];
    pinned = null;
    const boxes = [], lists = [];
    $("byte").textContent = "";
    // The step's own frame comes first in the list, though it may be the last on the wire. A walk's have no numbers, and stay as they are.
    const [lead] = shown;
    shown.sort((one, other) => frames[one][0] - frames[other][0]);
    shown.forEach((index) => {
      const [number, length, data, regions] = frames[index];
      const bytes = bytesOf(data);
      const title = `${typeof number === "string" ? number : `Frame ${number}`}, ${plural(length, "byte")}`;
      const { own, next } = fieldsOf(index);
      const first = index === lead;
      const program = first && isSaid ? said.map(([name, value, from, to, mask]) => ({ name, value: texts[value], from, to, mask, layer: -1 })) : [];
      const view = dump(title, bytes, regions, [...program, ...own.filter((field) => field.to), ...next]);
      boxes.push(make("h3", {}, title), legend(regions, length), view.box);
      if (bytes.length < length) boxes.push(make("p", {}, `${plural(length - bytes.length, "byte")} more in this frame${rest ? `: ${rest}` : ""}`));
      // Of a walk: the bytes that this layer adds, and those that are not there.
      const here = places.filter(([of]) => of === index);
      if (places.length) view.cells.forEach((cell, at) => {
        const place = here.find(([, from, to]) => from <= at && at < to);
        cell.classList.toggle("own", place?.[3] === 1);
        cell.classList.toggle("off", !place);
      });
      const owns = (from, to) => here.some(([, start, end, state]) => state === 1 && start < to && from < end);
      if (first && payload) lists.push(...unmasked(payload, view));
      const heading = shown.length > 1 ? `Fields: ${typeof number === "string" ? number : `frame ${number}`}` : "Fields";
      lists.push(make("h3", {}, heading));
      if (program.length) lists.push(list(program, view));
      const matter = new Set(first && !isSaid ? said : []);
      const main = [...next, ...own.filter((field) => matter.has(field.name))];
      if (!program.length && main.length && matter.size) lists.push(make("div", { class: "main-fields" }, list(main, view)));
      regions.forEach(([name, kind, from, to], layer) => {
        const fields = own.filter((field) => field.layer === layer);
        if (!fields.length) return;
        const box = make("details", {}, make("summary", { class: `k${kind}` }, `${name}, ${place(from, to)}: ${fields.length === 1 ? "its 1 field" : `all ${fields.length} fields`}`));
        box.append(list(fields, view));
        box.open = owns(from, to);
        lists.push(box);
      });
    });
    const missing = all.length - shown.length;
    if (missing) boxes.push(make("p", {}, `The bytes of ${plural(missing, "frame")} of this step are not in this page.`));
    $("frames").replaceChildren(...boxes);
    $("fields").replaceChildren(...lists);
    detail.hidden = !all.length;
    settle();
  };

  const legend = (regions, length) => {
    const one = ([name, kind, from, to]) => make("li", { class: `k${kind}` }, `${name} ${to - from}`);
    const list = make("ul", { class: "legend", "aria-label": "Layers and their bytes" }, ...regions.map(one));
    const end = regions.length ? Math.max(...regions.map((region) => region[3])) : 0;
    if (end < length && end) list.append(make("li", {}, `behind the packet ${length - end}`));
    return list;
  };

  // A dump in which each byte is a button; arrow keys go from one to the next.
  const dump = (title, bytes, regions, fields) => {
    const row = matchMedia("(min-width: 106rem)").matches ? 16 : 8;
    const box = make("div", { class: "bytes", role: "group", "aria-label": `${title}: arrow keys go from byte to byte` });
    box.style.setProperty("--row", row);
    const cells = [];
    const of = (at) => fields.filter((field) => field.from <= at && at < field.to).sort((a, b) => a.to - a.from - (b.to - b.from));
    const kindOf = (at) => regions.findLast(([, , from, to]) => from <= at && at < to);
    for (let start = 0; start < bytes.length; start += row) {
      box.append(make("span", { class: "o", "aria-hidden": "true" }, start.toString(16).padStart(4, "0")));
      for (let at = start; at < start + row; at += 1) {
        if (at >= bytes.length) { box.append(make("span")); continue; }
        const kind = kindOf(at);
        const cell = make("button", { type: "button", class: `b${kind ? ` k${kind[1]}` : ""}`, tabindex: at ? "-1" : "0" }, hex(bytes[at]));
        cells.push(cell);
        box.append(cell);
      }
      box.append(make("span", { class: "a", "aria-hidden": "true" }, [...bytes.slice(start, start + row)].map(letter).join("")));
    }
    const view = { cells, fields, bytes, kindOf, of, row };
    const at = (event) => cells.indexOf(event.target.closest(".b"));
    box.addEventListener("pointerover", (event) => { if (at(event) >= 0 && !pinned) point(view, at(event)); });
    box.addEventListener("focusin", (event) => {
      cells.forEach((cell) => { cell.tabIndex = -1; });
      event.target.tabIndex = 0;
      if (at(event) >= 0) point(view, at(event));
    });
    box.addEventListener("click", (event) => {
      if (at(event) < 0) return;
      const again = pinned === event.target;
      pinned = null;
      point(view, at(event), true);
      pinned = again ? null : event.target;
    });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -bytes.length, End: bytes.length }[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      const to = Math.max(0, Math.min(at(event) + step, cells.length - 1));
      pinned = null;
      cells[to].focus();
      event.preventDefault();
      event.stopPropagation();
    });
    return { ...view, box };
  };

  // What a client has masked, as the server reads it: each byte goes with its own on the wire.
  const unmasked = ([data, length, from, key], view) => {
    const bytes = bytesOf(data);
    if (!bytes.length) return [];
    const masked = key ? bytesOf(btoa(key.match(/../g).map((pair) => String.fromCharCode(parseInt(pair, 16))).join(""))) : null;
    const title = masked ? "The payload without its mask" : "The payload";
    const note = masked ? `, each byte combined (^) with one of the key ${[...masked].map(hex).join(" ")}` : "";
    const inner = dump(title, bytes, [[title, 4, 0, bytes.length]], []);
    inner.cells.forEach((cell, at) => {
      const twin = view.cells[from + at];
      if (!from || !twin) return;
      const tell = () => {
        clear();
        [cell, twin].forEach((one) => one.classList.add("on"));
        const sum = masked ? ` = ${twin.textContent} ^ ${hex(masked[at % 4])}` : "";
        $("byte").textContent = `payload byte ${at}: ${cell.textContent} “${letter(bytes[at])}”${sum}; byte ${from + at} of the frame`;
      };
      links.push([twin, cell]);
      ["pointerover", "focus", "click"].forEach((kind) => cell.addEventListener(kind, (event) => { event.stopPropagation(); tell(); }));
    });
    return [make("h3", {}, `${title}, ${plural(length, "byte")}`), make("p", {}, `As the program reads it${note}.`), inner.box];
  };

  const list = (fields, view) => {
    const rows = fields.map((field) => {
      const [name, label] = names[field.name];
      const row = make("button", { type: "button", class: "f", "aria-expanded": "false" },
        make("span", {}, label), make("span", {}, field.value), make("code", {}, ...name.split(/(?<=\.)/).flatMap((part) => [part, make("wbr")])));
      (field.rows ??= []).push(row);
      const tell = () => { clear(); mark(view, field, true); };
      row.addEventListener("pointerover", () => { if (!pinned) tell(); });
      row.addEventListener("focus", () => { if (!pinned) tell(); });
      row.addEventListener("click", () => {
        const again = row.getAttribute("aria-expanded") === "true";
        pinned = again ? null : row;
        tell();
        if (again) fold(); else explain(field, row);
      });
      return make("li", {}, row);
    });
    return make("ul", { class: "fl" }, ...rows);
  };

  const clear = () => document.querySelectorAll(".b.on, .b.near, .f.on").forEach((one) => one.classList.remove("on", "near"));

  // A field's bytes, and its rows.
  const mark = (view, field, tells) => {
    const cells = view.cells.slice(field.from, field.to);
    cells.forEach((cell) => cell.classList.add("near"));
    field.rows?.forEach((row) => row.classList.add("on"));
    if (!tells) return;
    if (cells[0]) reveal($("frames"), cells[0], 0);
    const [name, label] = names[field.name];
    const where = field.to ? `${place(field.from, field.to)}${bits(field)}` : "stands in no byte";
    $("byte").textContent = `${label} = ${field.value} (${where}; ${name})`;
  };

  // A byte, its layer, its fields.
  const point = (view, at, opens = false) => {
    clear();
    const found = view.of(at), kind = view.kindOf(at);
    const size = found[0] ? found[0].to - found[0].from : 0;
    const fields = found.filter((field) => field.to - field.from === size);
    fields.forEach((field) => mark(view, field, false));
    view.cells[at].classList.add("on");
    links.forEach(([twin, cell]) => { if (twin === view.cells[at]) cell.classList.add("on"); });
    const said = fields.map((field) => `${names[field.name][1]} = ${field.value}`).join(" · ");
    const text = `byte ${at}: ${view.cells[at].textContent}${kind ? `, ${kind[0]}` : ""}${said ? `: ${said}` : ""}`;
    $("byte").textContent = text;
    view.cells[at].setAttribute("aria-label", text);
    if (!opens || !fields[0]) return;
    const row = fields[0].rows?.[0];
    if (!row) return;
    row.closest("details")?.setAttribute("open", "");
    explain(fields[0], row);
    if (wide.matches) reveal(scroller(), row, $("top").offsetHeight);
  };

  // What scrolls by itself beside the steps.
  const scroller = () => document.querySelector(".side") ?? detail;

  // Scrolls a box alone, so that what is in it can be seen below what stands at its top.
  const reveal = (box, one, top) => {
    const inner = box.getBoundingClientRect(), at = one.getBoundingClientRect();
    if (at.top < inner.top + top) box.scrollTop -= inner.top + top - at.top + 8;
    else if (at.bottom > inner.bottom - 40) box.scrollTop += Math.min(at.bottom - inner.bottom + 160, at.top - inner.top - top - 8);
  };

  const fold = () => {
    document.querySelectorAll(".field").forEach((one) => one.remove());
    document.querySelectorAll(".f[aria-expanded=true]").forEach((one) => one.setAttribute("aria-expanded", "false"));
  };

  // A field in words, at each level that has some.
  const explain = (field, row) => {
    fold();
    row.setAttribute("aria-expanded", "true");
    const [, , source, ...words] = names[field.name];
    const near = (at) => words[at] ?? words[1] ?? words[2] ?? words[0];
    const all = LEVELS.map((level, at) => near(at) && make("p", { class: `l${level[0]}` }, near(at))).filter(Boolean);
    if (source) all.push(make("p", { class: "src" }, source));
    row.after(make("div", { class: "field" }, ...all));
  };

  // Beside the steps where there is room, else below the step that it is of.
  const settle = () => {
    if (wide.matches) (document.querySelector(".side") ?? document.querySelector("main")).append(detail);
    else if (now >= 0 && detail.parentNode !== items[now]) items[now].append(detail);
    const box = scroller();
    if (wide.matches) box.setAttribute("tabindex", "0"); else box.removeAttribute("tabindex");
  };

  const play = (on) => {
    clearInterval(timer);
    timer = 0;
    if (on && now === items.length - 1) show(0, { aloud: true });
    if (on) timer = setInterval(() => (now < items.length - 1 ? show(now + 1, { aloud: true }) : play(false)), 3500);
    $("play").textContent = on ? "Pause" : "Play";
    $("play").setAttribute("aria-pressed", String(on));
  };
  const go = (to, from) => { play(false); show(to, { focus: from === document.body || buttons.includes(from), aloud: !buttons.includes(from) }); };

  items.forEach((item, at) => item.addEventListener("click", (event) => {
    if (detail.contains(event.target) || String(getSelection()) || event.target.closest("a, pre")) return;
    play(false);
    show(at);
  }));
  [["first", () => 0], ["back", () => now - 1], ["next", () => now + 1], ["last", () => items.length - 1]].forEach(([id, to]) =>
    $(id).addEventListener("click", (event) => go(to(), event.currentTarget)));
  $("play").addEventListener("click", () => play(!timer));
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const free = target === document.body || target.closest("#steps, #player, #tower") && !detail.contains(target);
    if (!free || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const to = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[key];
    const plays = key === " " && (target === document.body || target === buttons[now]);
    if (to === undefined && !plays) return;
    event.preventDefault();
    if (plays) play(!timer); else go(to, target);
  });
  rows.forEach((row) => row.querySelector("a")?.addEventListener("click", (event) => {
    play(false);
    show(Number(row.dataset.steps.split(" ")[0]), { aloud: true });
    event.preventDefault();
  }));
  wide.addEventListener("change", settle);
  $("player").hidden = false;
  show(0, { still: true });
})();

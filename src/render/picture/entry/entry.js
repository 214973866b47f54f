"use strict";
(() => {
  // A cell of the drawing and its row belong together: whichever is pointed at or has the focus, both are marked.
  const rows = [...document.querySelectorAll("#cells tr[data-cell]")];
  const boxes = (cell) => document.querySelectorAll(`rect[data-cell="${cell}"]`);
  const said = document.getElementById("said");
  let pinned = null;
  const mark = (cell) => {
    document.querySelectorAll(".on").forEach((one) => one.classList.remove("on"));
    if (cell === null) return;
    boxes(cell).forEach((one) => one.classList.add("on"));
    rows[cell].classList.add("on");
  };
  const pin = (cell) => {
    pinned = pinned === cell ? null : cell;
    mark(pinned);
    if (pinned !== null) said.textContent = [...rows[pinned].cells].map((one) => one.textContent).join(", ");
  };
  rows.forEach((row, cell) => {
    row.addEventListener("pointerover", () => { if (pinned === null) mark(cell); });
    row.addEventListener("focusin", () => { if (pinned === null) mark(cell); });
    row.querySelector("button").addEventListener("click", () => pin(cell));
    boxes(cell).forEach((box) => {
      box.addEventListener("pointerover", () => { if (pinned === null) mark(cell); });
      box.addEventListener("click", () => {
        pin(cell);
        rows[cell].scrollIntoView({ block: "nearest" });
      });
    });
  });
  document.addEventListener("keydown", (event) => {
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === undefined || !rows[to] || event.ctrlKey || event.altKey || event.metaKey) return;
    rows[to].querySelector("button").focus();
    event.preventDefault();
  });
})();

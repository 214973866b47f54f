"use strict";
(() => {
  const groups = [...document.querySelectorAll(".group")];
  const terms = [...document.querySelectorAll(".term")];
  const texts = new Map();
  const text = (term) => texts.get(term) ?? texts.set(term, term.textContent.toLowerCase()).get(term);
  const found = document.getElementById("found"), wanted = document.getElementById("wanted");
  const find = () => {
    const words = wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    terms.forEach((term) => {
      term.hidden = !words.every((word) => text(term).includes(word));
      if (!term.hidden) count += 1;
    });
    groups.forEach((group) => { group.hidden = ![...group.querySelectorAll(".term")].some((term) => !term.hidden); });
    found.textContent = words.length ? `${count} of ${terms.length}` : "";
  };
  // A link leads to its term, also where the box has hidden that.
  addEventListener("hashchange", () => {
    const term = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!term?.closest("[hidden]")) return;
    wanted.value = "";
    find();
    term.scrollIntoView();
  });
  wanted.addEventListener("input", find);
  document.getElementById("find").hidden = false;
})();

// What a browser makes of netlab's pictures: Mermaid's own parser, axe-core, and a look at what a page does. One JSON object a file on
// standard output. Nothing is fetched: every request but the file itself is counted and refused.
//
//   node pictures.mjs mermaid FILE...   what Mermaid shows of a diagram
//   node pictures.mjs svg FILE...       how an SVG lies in its frame
//   node pictures.mjs entry FILE...     what the page of a term does, and what axe-core finds
//   node pictures.mjs print FILE...     a page on paper (beside it, as .pdf)
//   node pictures.mjs tower FILE...     how the tower of a walk grows
//   node pictures.mjs frames FILE...    which frames a page shows at each step, in which order
//   node pictures.mjs html FILE...      what a page does, and what axe-core finds, light and dark
//   node pictures.mjs shot FILE PNG WIDTH HEIGHT light|dark [SCRIPT]
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const [what, ...files] = process.argv.slice(2);
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--force-color-profile=srgb"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });

/** A page that can reach nothing but `file`, and tells what it wanted. */
async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
  const page = await context.newPage();
  // A machine may be busy with much else.
  page.setDefaultTimeout(180_000);
  const told = { requests: [], messages: [], dialogs: 0 };
  const own = pathToFileURL(resolve(file)).href;
  await page.route("**/*", (route) => {
    if (route.request().url().split("#")[0] === own) return route.continue();
    told.requests.push(route.request().url());
    return route.abort();
  });
  page.on("console", (message) => told.messages.push(message.text()));
  page.on("pageerror", (error) => told.messages.push(String(error)));
  page.on("dialog", (dialog) => { told.dialogs += 1; return dialog.dismiss(); });
  if (file.endsWith(".svg")) {
    // As a picture in a page, such as GitHub has it.
    const picture = readFileSync(file).toString("base64");
    await page.setContent(`<!doctype html><title>svg</title><body style="margin:0"><img src="data:image/svg+xml;base64,${picture}">`);
  } else {
    await page.goto(own);
  }
  return { page, context, told };
}

const doing = {
  async mermaid(file) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.setContent("<!doctype html><title>mermaid</title><div id=here></div>");
    await page.addScriptTag({ path: require.resolve("mermaid/dist/mermaid.min.js") });
    const found = await page.evaluate(async (text) => {
      window.ran = false;
      mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
      try {
        await mermaid.parse(text);
        const { svg } = await mermaid.render("d", text);
        const here = document.getElementById("here");
        here.innerHTML = svg;
        const texts = (where) => [...here.querySelectorAll(where)].map((one) => one.textContent);
        // Texts that stand beyond the box of their note, and by how much.
        const wide = [...here.querySelectorAll("rect.note")].flatMap((rect) => {
          const box = rect.getBBox();
          const lines = [...rect.parentNode.querySelectorAll("text")].map((one) => [one.textContent, one.getBBox()]);
          const over = ([, { x, width }]) => Math.max(box.x - x, x + width - box.x - box.width);
          return lines.filter((line) => over(line) > 0).map((line) => `${line[0]}: ${over(line).toFixed(1)}`);
        });
        return { wide, messages: texts(".messageText"), notes: texts(".noteText"), actors: texts("text.actor"),
          scripts: here.querySelectorAll("script").length, images: here.querySelectorAll("img, image").length, ran: window.ran, svg };
      } catch (error) {
        return { error: String(error) };
      }
    }, readFileSync(file, "utf8"));
    await context.close();
    return found;
  },
  async svg(file) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const found = await page.evaluate(async (text) => {
      const read = new DOMParser().parseFromString(text, "image/svg+xml");
      if (read.querySelector("parsererror")) return { error: read.querySelector("parsererror").textContent };
      window.ran = false;
      const svg = document.body.appendChild(document.importNode(read.documentElement, true));
      const wide = [];
      const texts = [...svg.querySelectorAll("text")];
      const number = (one, name) => Number(one.getAttribute(name));
      const boxes = [...svg.querySelectorAll("rect[stroke]")].map((one) => ({ x: number(one, "x"), y: number(one, "y"), width: number(one, "width"), height: number(one, "height") }))
        .sort((a, b) => a.width * a.height - b.width * b.height);
      const outer = (family) => {
        svg.setAttribute("font-family", family);
        for (const one of texts) {
          if (!one.hasAttribute("xml:space")) one.setAttribute("font-family", family);
          const { x, width } = one.getBBox();
          // What stands in a box stays in it.
          const [at, y] = [Number(one.getAttribute("x")), Number(one.getAttribute("y"))];
          const box = boxes.find((box) => box.x < at && at < box.x + box.width && box.y < y && y < box.y + box.height);
          if (box && (x < box.x - 1 || x + width > box.x + box.width + 1)) wide.push(`${family}: ${one.textContent} in its box`);
          // What begins between the rails ends between them.
          const most = Number(one.getAttribute("x")) === 276 ? 1026 : 1280;
          if (x < 0 || x + width > most) wide.push(`${family}: ${one.textContent}`);
        }
      };
      ["sans-serif", "serif", "DejaVu Sans", "Noto Sans", "Liberation Sans"].forEach(outer);
      return { texts: texts.map((one) => one.textContent), title: svg.querySelector("title").textContent,
        told: svg.querySelector("desc").textContent, wide, scripts: svg.querySelectorAll("script").length, ran: window.ran };
    }, readFileSync(file, "utf8"));
    await context.close();
    return found;
  },
  // The tower of a walk: what is seen of it at each step, and how its rows and the bytes lead on.
  async tower(file) {
    const { page, context } = await open(file);
    const found = await page.evaluate(() => {
      const all = (where) => [...document.querySelectorAll(where)];
      const seen = [];
      const steps = all("#steps > .step").length;
      for (let step = 0; step < steps; step += 1) {
        const rows = all("#tower tbody tr").filter((row) => getComputedStyle(row.lastElementChild).visibility === "visible");
        seen.push([rows.length, all("#frames .b.own").length, all("#frames .b:not(.off)").length]);
        document.getElementById("next").click();
      }
      const row = all("#tower tbody tr")[3];
      row.querySelector("a").click();
      const at = all("#steps > .step").findIndex((one) => one.hasAttribute("aria-current")) + 1;
      const names = all("#fields .f code").map((one) => one.textContent);
      const fields = ["websocket.opcode", "websocket.masking_key"].filter((name) => names.includes(name));
      return { seen, linked: [at, row.classList.contains("now")], fields };
    });
    await context.close();
    return found;
  },
  // The page of a term, or of all: what it does, and what axe-core finds.
  async entry(file) {
    const { page, context, told } = await open(file);
    const words = {};
    // Shapes of a drawing that are not there to be seen.
    const hidden = {};
    for (const level of ["friend", "engineer", "student"]) {
      await page.locator(`#level-${level}`).check();
      words[level] = await page.locator(".words:visible").first().textContent();
      hidden[level] = await page.evaluate(() => [...document.querySelectorAll("svg :is(rect, path, text, line)")].filter((one) => !one.closest("defs") && getComputedStyle(one).display === "none").length);
    }
    const cells = page.locator("#cells button");
    let linked = null, back = null, keys = null;
    if (await cells.count()) {
      const on = () => page.evaluate(() => [...document.querySelectorAll("rect.on")].map((one) => one.dataset.cell));
      await cells.nth(1).click();
      linked = await on();
      await cells.nth(1).click();
      await page.locator('rect[data-cell="2"]').first().click();
      back = await page.evaluate(() => document.querySelector("#cells tr.on").dataset.cell);
      await page.locator('rect[data-cell="2"]').first().click();
      await cells.first().focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      keys = await on();
    }
    const wanted = page.locator("#wanted");
    let found = null, followed = null;
    if (await wanted.count()) {
      await wanted.fill("time-wait fin");
      found = await page.locator(".term:visible").count();
      // A link leads also to what the box has hidden.
      followed = await page.evaluate(async () => {
        location.hash = "#tcp.flags.syn";
        await new Promise((done) => setTimeout(done, 200));
        return document.getElementById("tcp.flags.syn")?.checkVisibility();
      });
    }
    const links = await page.evaluate(() => [...document.querySelectorAll("a[href^='#']")].filter((one) => !document.getElementById(decodeURIComponent(one.hash.slice(1)))).map((one) => one.hash));
    const twice = await page.evaluate(() => { const all = [...document.querySelectorAll("[id]")].map((one) => one.id); return all.filter((id, at) => all.indexOf(id) !== at); });
    const ran = await page.evaluate(() => window.ran ?? false);
    const blocked = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      return !window.ran && !(await fetch("https://example.org/").then(() => true, () => false));
    });
    const alien = (message) => !/Content Security Policy|Content-Security-Policy|Failed to fetch/.test(message);
    const foreign = await page.locator("img, iframe, object, embed, link, script").count();
    const terms = await page.locator(".term").count();
    await context.close();
    return { hidden, words, linked, back, keys, found, followed, links, twice, ran, blocked, foreign, terms, requests: told.requests,
      dialogs: told.dialogs, messages: told.messages.filter(alien), violations: await judged(file) };
  },
  // A page on paper, printed by somebody who prefers dark: what stands on it, and what could not be read there.
  async print(file) {
    const { page, context } = await open(file, { colorScheme: "dark" });
    // As wide as A4 less its margins.
    await page.setViewportSize({ width: 703, height: 1030 });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const found = await page.evaluate(() => {
      // What is only heard is not printed.
      document.querySelectorAll("li i, .only-heard").forEach((one) => one.remove());
      const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      const light = (color) => {
        const [r, g, b] = color.match(/[\d.]+/g).map((part) => linear(Number(part) / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const seen = [...document.querySelectorAll("#steps > .step, #story > p, #story td, #tower td, article p, article dd, article td")].filter((one) => one.checkVisibility({ visibilityProperty: true }));
      const pale = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("svg")
        && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
        && 1.05 / (light(getComputedStyle(one).color) + 0.05) < 4.5).map((one) => one.textContent.slice(0, 40));
      const wide = [...document.querySelectorAll("main *")].filter((one) => one.checkVisibility() && !one.closest("svg, .only-heard") && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.textContent.slice(0, 40));
      const controls = [...document.querySelectorAll("nav button, input, .skip")].filter((one) => one.checkVisibility()).length;
      return { texts: seen.map((one) => one.innerText), pale, wide, controls };
    });
    const pdf = file.replace(/\.html$/, ".pdf");
    await page.pdf({ path: pdf, format: "A4", margin: { top: "12mm", bottom: "12mm", left: "12mm", right: "12mm" } });
    await context.close();
    return { ...found, pdf };
  },
  used,
  async frames(file) {
    const { page, context } = await open(file);
    const count = await page.locator("#steps > .step").count();
    await page.keyboard.press("Home");
    const shown = [];
    for (let step = 0; step < count; step += 1) {
      shown.push(await page.locator("#frames h3").allTextContents());
      await page.keyboard.press("ArrowRight");
    }
    await context.close();
    return { shown };
  },
  async html(file) {
    return { ...(await used(file)), violations: await judged(file), ...(await unscripted(file)) };
  },
};

/** What happens in a page that somebody uses, with its own rules in force. */
async function used(file) {
  const began = Date.now();
  const { page, context, told } = await open(file);
  const opened = Date.now() - began;
  const now = () => page.evaluate(() => {
    const all = [...document.querySelectorAll("#steps > .step")];
    return all.findIndex((one) => one.getAttribute("aria-current") === "step") + 1;
  });
  const seen = { opened, steps: await page.locator("#steps > .step").count(), at: [await now()] };
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "End", "ArrowRight", "Home"]) {
    const from = Date.now();
    await page.keyboard.press(key);
    seen.at.push(await now());
    seen.slowest = Math.max(seen.slowest ?? 0, Date.now() - from);
  }
  seen.ran = await page.evaluate(() => window.ran ?? false);
  seen.visible = await page.evaluate(() => document.activeElement?.closest(".step")?.getAttribute("aria-current"));
  await page.keyboard.press(" ");
  seen.plays = await page.locator("#play").getAttribute("aria-pressed");
  await page.keyboard.press(" ");
  // A byte to its field, a field to its bytes.
  const bytes = page.locator("#frames .b");
  if (await bytes.count()) {
    const byte = bytes.nth(Math.min(26, (await bytes.count()) - 1));
    await byte.click();
    seen.byte = await page.locator("#byte").textContent();
    seen.explained = await page.locator(".f[aria-expanded=true]").first().textContent();
    await byte.press("ArrowRight");
    seen.walked = await page.locator("#byte").textContent();
    const field = page.locator(".f[aria-expanded=true]").first();
    await field.click();
    seen.marked = await page.locator("#frames .b.near").count();
  }
  // Each level in its turn.
  seen.words = {};
  for (const level of ["friend", "engineer", "student"]) {
    await page.locator(`#level-${level}`).check();
    seen.words[level] = await page.locator("#steps > .step").nth(Math.min(2, seen.steps - 1)).locator(".words:visible").allTextContents();
  }
  seen.scrolled = await page.evaluate(async () => {
    const from = performance.now();
    for (let turn = 0; turn < 20; turn += 1) {
      scrollTo(0, (document.documentElement.scrollHeight * turn) / 20);
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
    return Math.round((performance.now() - from) / 20);
  });
  // Whoever got something into the page after all could run and fetch nothing.
  seen.blocked = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const fetched = await fetch("https://example.org/").then(() => true, () => false);
    return !window.ran && !fetched;
  });
  const alien = (message) => !/Content Security Policy|Content-Security-Policy|Failed to fetch/.test(message);
  seen.title = await page.title();
  seen.text = await page.locator("#steps").textContent();
  seen.foreign = await page.locator("img, iframe, object, embed, link, script:not(#data):not([src])").count();
  await context.close();
  return { ...seen, requests: told.requests, dialogs: told.dialogs, messages: told.messages.filter(alien) };
}

/** What axe-core finds: light and dark, wide and on a telephone, with a step's bytes explained. */
async function judged(file) {
  const violations = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of [{ width: 1280, height: 720 }, { width: 390, height: 844 }]) {
      const { page, context } = await open(file, { colorScheme, viewport, bypassCSP: true });
      await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
      await page.evaluate(() => {
        for (let step = 0; step < 3; step += 1) document.getElementById("next")?.click();
        document.querySelectorAll("#cells button")[1]?.click();
        document.querySelectorAll("#frames .b")[20]?.click();
        document.querySelectorAll("details").forEach((one) => { one.open = true; });
      });
      const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      for (const one of found.violations) {
        const where = one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`);
        violations.push(`${colorScheme}, ${viewport.width}: ${one.id}: ${where.join(" | ")}`);
      }
      await context.close();
    }
  }
  return violations;
}

/** What there is without any script. */
async function unscripted(file) {
  const { page, context } = await open(file, { javaScriptEnabled: false });
  const readable = await page.locator("#steps > .step:visible").count();
  await page.locator("#level-friend").check();
  const friend = await page.locator(".words.fr:visible").count();
  await context.close();
  return { readable, friend };
}

if (what === "shot") {
  const [file, png, width, height, colorScheme, script] = files;
  const { page, context } = await open(file, { viewport: { width: Number(width), height: Number(height) }, colorScheme });
  if (script) await page.evaluate(script);
  await page.waitForTimeout(200);
  await page.screenshot({ path: png, fullPage: height === "0" });
  await context.close();
} else {
  for (const file of files) {
    console.log(JSON.stringify({ file, ...(await doing[what](file)) }));
  }
}
await browser.close();

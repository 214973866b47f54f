// Runs the core in Node, given only a capture's bytes, and compares what it says with what the netlab of this machine says:
//   node run.mjs MODULE.wasm NETLAB CAPTURE...
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [file, netlab, ...names] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));
// Whatever it asked of its surroundings would stand here: files, clocks, randomness.
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) throw new Error(`it wants more than bytes: ${JSON.stringify(imports)}`);
if (names.length === 0) throw new Error("no capture named");
const core = new WebAssembly.Instance(module).exports;

const say = (what, capture) => {
  for (const byte of capture) core.push(byte);
  const length = core[what]();
  return Buffer.from(Array.from({ length }, (_, index) => core.byte(index))).toString();
};
const native = (...args) => execFileSync(netlab, ["--quiet", ...args], { encoding: "utf8", maxBuffer: 1 << 28 });

const folder = mkdtempSync(join(tmpdir(), "netlab-wasm-"));
let wrong = 0;
for (const name of names) {
  const path = join(folder, `${name}.pcapng`);
  native("captures", name, "--export", path);
  const capture = readFileSync(path);
  for (const [what, ...args] of [
    ["story", "replay", name, "--format=json"],
    ["dissect", "dissect", name, "--width=80", "--color=never"],
  ]) {
    const [here, there] = [say(what, capture), native(...args)];
    const same = here === there && here.length > 0;
    console.log(`${same ? "same" : "DIFFERENT"}: ${what} of ${name}, ${here.split("\n").length - 1} lines`);
    if (same) continue;
    wrong += 1;
    const [ours, theirs] = [here.split("\n"), there.split("\n")];
    const at = ours.findIndex((line, index) => line !== theirs[index]);
    console.log(`  line ${at + 1}, wasm32: ${ours[at]}\n  line ${at + 1}, native: ${theirs[at]}`);
  }
}
rmSync(folder, { recursive: true });
process.exit(wrong === 0 ? 0 : 1);

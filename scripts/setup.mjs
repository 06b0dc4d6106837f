// Brings a clone to where everything runs: the pinned pnpm, the packages, the build. Quick when there is nothing to do.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { mustSucceed, root, run, say } from "./step.mjs";

const stampFile = join(root, "node_modules", ".bento-installed");

/** Installs and builds what is missing or out of date. Ends the process with a sentence when that is impossible. */
export async function setup() {
  checkNode();
  await install();
  say("Building (quick when nothing changed) ...");
  // Imported late: it needs what was just installed.
  const { build } = await import("./build.mjs");
  await build();
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`[bento] Node ${process.versions.node} is too old: Bento needs Node 20.19 or newer. See https://nodejs.org for one.`);
  process.exit(1);
}

async function install() {
  const wanted = installFingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  const pnpm = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager;
  say(`Installing packages with ${pnpm} ...`);
  // CI=true keeps pnpm from asking whether it may replace what an older install left.
  const installing = run("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], { env: { CI: "true" } });
  await mustSucceed("The installation", installing);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(stampFile, wanted);
}

/** Changes whenever an installation would. */
function installFingerprint() {
  const hash = createHash("sha256").update(process.version);
  const folders = ["packages", "examples"].flatMap((parent) => children(parent));
  for (const folder of ["", "bench", ...folders.toSorted((a, b) => (a < b ? -1 : 1))]) {
    for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
      const path = join(root, folder, file);
      if (existsSync(path)) hash.update(`${folder}/${file}\n`).update(readFileSync(path));
    }
  }
  return hash.digest("hex");
}

function children(parent) {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name));
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  await setup();
  say("Ready.");
}

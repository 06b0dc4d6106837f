// Builds every package. `tsc -b` writes declarations, and for most packages the JavaScript too. The JavaScript of what every
// user program imports first, core and sdk, is bundled instead: Node takes most of a millisecond for each file it loads,
// and their three dozen small files would be most of what importing them costs.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { mustSucceed, root, run, runTool } from "./step.mjs";

/** Entries by package; what several entries share goes into a file of its own, so that they share its state. */
const bundles = { core: ["index"], sdk: ["index", "runtime"] };

/** Brings every `dist` up to date. Ends the process with a sentence when that is impossible. */
export async function build() {
  await mustSucceed("The build", runTool("tsc", ["-b"]));
  for (const [name, entries] of Object.entries(bundles)) await bundle(join(root, "packages", name), entries);
  chmodSync(join(root, "packages", "cli", "dist", "bin.js"), 0o755);
  await mustSucceed("Copying the page's files", run(process.execPath, ["packages/server/scripts/copy-ui.mjs"]));
}

async function bundle(folder, entries) {
  const stamp = join(folder, "dist", ".bundled");
  const wanted = fingerprint(folder);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { rolldown } = await import("rolldown");
  for (const file of filesIn(join(folder, "dist"))) if (/\.js(\.map)?$/.test(file)) rmSync(file);
  const building = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(folder, "src", `${entry}.ts`)])),
    platform: "node",
    // Other packages stay what they are: an import.
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    treeshake: { moduleSideEffects: true },
  });
  await building.write({ dir: join(folder, "dist"), format: "esm", sourcemap: true, chunkFileNames: "[name].js" });
  await building.close();
  writeFileSync(stamp, wanted);
}

/** Changes whenever a bundle would. */
function fingerprint(folder) {
  const hash = createHash("sha256").update(readFileSync(join(root, "scripts", "build.mjs")));
  for (const file of filesIn(join(folder, "src"))) {
    if (!/\.test(-d)?\.ts$/.test(file)) hash.update(`${file.slice(folder.length)}\n`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) await build();

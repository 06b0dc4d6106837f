// Bundles the page at `/` into dist/ui: one script, from the sources of the page and what it uses of @bento/core, and its
// styles. Browsers load these two files and nothing else.
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(folder, "dist", "ui");

/** In the order in which they hold: what is said later wins. */
const styles = ["frame", "inputs", "answers", "narrow"];

/** Writes the page's files anew. Each comes into its place at once: a server may read it meanwhile. */
export async function buildPage() {
  const building = await rolldown({
    input: join(folder, "src", "page", "main.ts"),
    platform: "browser",
    resolve: { conditionNames: ["@bento/source", "import", "default"] },
    transform: { target: "es2022" },
  });
  const { output } = await building.generate({ format: "esm", minify: true, comments: false });
  await building.close();
  mkdirSync(target, { recursive: true });
  const files = { "page.js": output[0].code, "page.css": styles.map(readStyles).join("\n") };
  for (const [name, content] of Object.entries(files)) {
    const staged = join(target, `${name}.${randomUUID()}`);
    writeFileSync(staged, content);
    renameSync(staged, join(target, name));
  }
  for (const name of readdirSync(target)) if (!/^page\.(?:js|css)/.test(name)) rmSync(join(target, name));
}

function readStyles(name) {
  return readFileSync(join(folder, "src", "page", "styles", `${name}.css`), "utf8");
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) await buildPage();

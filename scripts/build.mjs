// Builds every package. `tsc -b` writes declarations, and for most packages the JavaScript too. What every program of a user
// and every worker process imports is bundled as well: Node takes most of a millisecond for each file it loads, and dozens
// of small files would be most of what importing it costs. Of core and sdk, the bundles are all there is; those of store
// and server lie in dist/bundle, as their threads and loader hooks are files of their own, which are found by their path.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { mustSucceed, root, run, runTool } from "./step.mjs";

/**
 * Entries by package; what several entries share goes into a file of its own, so that they share its state. With `modules`
 * there is each module by itself besides: bundlers divide what a page loads at once from what it loads later by files. With
 * `late` the files are cut for a quick start, see {@link apart}; all that the entry `quick` needs lies in one file.
 */
const bundles = {
  core: { entries: ["index", "arrow"], target: "dist", modules: "dist/modules" },
  sdk: { entries: ["index", "kinds", "runtime"], target: "dist", late: [] },
  client: { entries: ["index"], target: "dist" },
  store: { entries: ["index", "file-store", "archives", "signing", "network", "remotes"], target: "dist/bundle", quick: "file-store" },
  server: { entries: ["index", "workers/child/main"], target: "dist/bundle", late: ["answering", "shared-port/worker-door", "bento-app"] },
};

/** Brings every `dist` up to date. Ends the process with a sentence when that is impossible. */
export async function build() {
  await mustSucceed("The build", runTool("tsc", ["-b"]));
  for (const [name, what] of Object.entries(bundles)) await bundle(join(root, "packages", name), what);
  chmodSync(join(root, "packages", "cli", "dist", "bin.js"), 0o755);
  await mustSucceed("Bundling the page", run(process.execPath, ["packages/server/scripts/build-page.mjs"]));
}

async function bundle(folder, { entries, target, modules, late, quick }) {
  const written = join(folder, target);
  const stamp = join(written, ".bundled");
  const wanted = fingerprint(folder);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { rolldown } = await import("rolldown");
  if (existsSync(written)) for (const file of filesIn(written)) if (/\.js(\.map)?$/.test(file)) rmSync(file);
  const building = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(folder, "src", `${entry}.ts`)])),
    platform: "node",
    // Other packages stay what they are: an import.
    external: (id) => !id.startsWith(".") && !id.startsWith("/") && !id.startsWith(loweringHelpers),
    treeshake: { moduleSideEffects: true },
    // As in tsconfig.options.json; it is for `using`, which Node 20 does not know.
    transform: { target: "es2023" },
    plugins: target === "dist" ? [] : [keepPaths(folder, entries, written)],
    ...((late || quick) && { preserveEntrySignatures: "allow-extension" }),
  });
  await building.write({
    dir: written,
    format: "esm",
    sourcemap: true,
    // Documentation is in the declarations; here it would only be read over, again in each process.
    comments: false,
    chunkFileNames: ({ name }) => `${name.replaceAll(/[~/]/g, "-")}.js`,
    ...(late && { codeSplitting: apart(folder, entries, late) }),
    ...(quick && { codeSplitting: together(join(folder, "src", `${quick}.ts`)) }),
  });
  if (modules !== undefined) {
    const preserved = { preserveModules: true, preserveModulesRoot: join(folder, "src") };
    await building.write({ dir: join(folder, modules), format: "esm", sourcemap: true, comments: false, ...preserved });
  }
  await building.close();
  writeFileSync(stamp, wanted);
}

/**
 * What several files need lies in one of its own, never in an entry: importing that from another file would run it. What
 * needs a package of others lies apart from it, so that the package is loaded where it is used only.
 *
 * Every file costs a start most of a millisecond. So there are three: what the first entry and others need, or small
 * parts that are loaded later; what the first entry and the large parts, `late`, need besides; and what the large parts
 * alone share. Each file holds all that its modules import, but for what lies in those before it: none imports in a
 * circle, and runs before what it needs is there.
 */
function apart(folder, entries, late) {
  const fileOf = (entry) => join(folder, "src", `${entry}.ts`);
  const [first, ...others] = entries.map((entry) => importedBy(fileOf(entry)));
  const lateFiles = late.map(fileOf);
  const parts = new Set([first, ...others].flatMap((files) => [...files].flatMap(importedLater)));
  for (const part of parts) for (const file of importedBy(part)) for (const found of importedLater(file)) parts.add(found);
  const small = [...parts].filter((file) => !lateFiles.includes(file));
  const [large = new Set(), ...larger] = lateFiles.map(importedBy);
  const inBoth = (some, sets) => [...some].filter((file) => sets.some((files) => files.has(file)));
  const elsewhere = [...others, ...small.map(importedBy)];
  const start = new Set([...inBoth(first, elsewhere), ...inBoth(large, elsewhere)]);
  const common = new Set(inBoth(first, [large, ...larger]));
  const door = new Set(inBoth(large, larger));
  return {
    includeDependenciesRecursively: false,
    groups: [
      { name: "start", priority: 3, test: (file) => file.startsWith("\0") || file.startsWith(loweringHelpers) || start.has(file) },
      { name: "common", priority: 2, test: (file) => common.has(file) },
      { name: "door", priority: 1, test: (file) => door.has(file) },
      { name: "shared", minShareCount: 2, test: needsNoPackage, entriesAware: true, entriesAwareMergeThreshold: 0 },
    ],
  };
}

/** Puts all that an entry needs into one file beside it, with whatever the bundler adds for all. */
function together(entry) {
  const files = importedBy(entry);
  files.delete(entry);
  const test = (file) => file.startsWith("\0") || file.startsWith(loweringHelpers) || files.has(file);
  return { includeDependenciesRecursively: false, groups: [{ name: "start", test }] };
}

/** A module and all that is loaded with it. */
function importedBy(entry) {
  const files = new Set([entry]);
  // What is added meanwhile is gone through as well.
  for (const file of files)
    for (const found of importsOf(file, /^(?:import|export) (?!type )(?:[^"';]* from )?"(\.[^"]+)"/gm)) files.add(found);
  return files;
}

/** Modules that a module loads when it needs them. */
function importedLater(file) {
  return importsOf(file, /import\("(\.[^"]+)"\)/g);
}

function importsOf(file, form) {
  const paths = [...readFileSync(file, "utf8").matchAll(form)].map(([, path]) => resolve(dirname(file), path.replace(/\.js$/, ".ts")));
  return paths.filter((path) => existsSync(path));
}

function needsNoPackage(file) {
  return file.startsWith("\0") || !/^import (?!type).* from "(?![.]|node:|@bento\/)/m.test(readFileSync(file, "utf8"));
}

/** What the bundler puts in place of syntax that is too new; part of the bundle. */
const loweringHelpers = "@oxc-project/runtime";

/** Files that a module finds by their path, from its own, are found from the bundle too. */
function keepPaths(folder, entries, written) {
  const source = join(folder, "src");
  /** Where a module, or what lies beside it, is without a bundle. */
  const unbundled = (file) => join(folder, "dist", relative(source, file));
  const marked = /__beside\("([^"]+)"\)/g;
  return {
    name: "keep-paths",
    transform(code, id) {
      if (!id.startsWith(source)) return undefined;
      const beside = (path) => {
        const file = resolve(dirname(unbundled(id)), path);
        const entry = entries.find((name) => file === join(folder, "dist", `${name}.js`));
        return `__beside("${entry === undefined ? file : join(written, `${entry}.js`)}${path.endsWith("/") ? "/" : ""}")`;
      };
      const kept = code
        .replaceAll(/new URL\("([^"]+)", import\.meta\.url\)/g, (_, path) => beside(path))
        .replaceAll(/import\(`\.\/([^`$]+)\/\$\{/g, (_, path) => `import(${beside(path)}.href + \`/\${`);
      // Every line stays where it was, which is all that a stack trace needs.
      return kept === code ? undefined : { code: kept, map: null };
    },
    renderChunk(code, chunk) {
      const from = dirname(join(written, chunk.fileName));
      const kept = code.replaceAll(marked, (_, file) => {
        const path = `${relative(from, file)}${file.endsWith("/") ? "/" : ""}`;
        return `new URL("${path.startsWith(".") ? path : `./${path}`}", import.meta.url)`;
      });
      return kept === code ? undefined : { code: kept, map: null };
    },
  };
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

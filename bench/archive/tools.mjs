import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** How the usual programs make and read an archive of a folder, by format. Each word stands for itself: no shell. */
export const tools = {
  tar: { format: "tar", pack: (folder, file) => ["tar", "-C", folder, "-cf", file, "."], unpack: untar() },
  "xz -6 -T0": { format: "bentomodel", pack: tarThrough("xz -6 -T0"), unpack: untar("xz -T0") },
  "gzip -6": { format: "gz", pack: tarThrough("gzip -6"), unpack: untar("gzip") },
  "pigz -6": { format: "gz", pack: tarThrough("pigz -6"), unpack: untar("pigz") },
  "bzip2 -9": { format: "bz2", pack: tarThrough("bzip2 -9"), unpack: untar("bzip2") },
  "lbzip2 -9": { format: "bz2", pack: tarThrough("lbzip2 -9"), unpack: untar("lbzip2") },
  "zstd -T0": { format: "zst", pack: tarThrough("zstd -q -T0"), unpack: untar("zstd -q") },
  "zip -6": {
    format: "zip",
    pack: (folder, file) => ({ words: ["zip", "-q", "-6", "-r", file, "."], cwd: folder }),
    unpack: (file, folder) => ["unzip", "-q", file, "-d", folder],
  },
  // What export and import of the Python package itself do, without its start-up.
  ...Object.fromEntries(["bentomodel", "gz", "bz2", "tar", "zip"].map((format) => [`Python ${format}`, { format, python: true }])),
};

function tarThrough(program) {
  return (folder, file) => ["tar", "-C", folder, "-I", program, "-cf", file, "."];
}

function untar(program) {
  return (file, folder) => ["tar", "-C", folder, ...(program ? ["-I", program] : []), "-xf", file];
}

const venv = fileURLToPath(new URL("../../.cache/venv-bentoml-1.4.39/bin/python", import.meta.url));
const script = fileURLToPath(new URL("python.py", import.meta.url));

/** Ends with a sentence when something to compare with is missing. */
export async function checkTools() {
  for (const name of ["tar", "xz", "gzip", "pigz", "bzip2", "lbzip2", "zstd", "zip", "unzip"]) {
    if ((await run(["which", name])).code !== 0)
      throw new Error(`${name} is missing: apt-get install ${name === "xz" ? "xz-utils" : name}`);
  }
  if (!existsSync(venv)) throw new Error("Python BentoML is missing: `npm run test:system` installs it.");
}

/** Milliseconds that a tool took to pack, and until the archive was on the disk; and the archive's bytes. */
export async function toolPacks(tool, { home, tag, folder }, file) {
  await rm(file, { force: true });
  const from = performance.now();
  const plain = tool.python
    ? await python(["export", home, tag, file])
    : (await mustRun(tool.pack(folder, file)), performance.now() - from);
  const synced = await timed(() => mustRun(["sync", file]));
  return { plain, durable: plain + synced, bytes: (await stat(file)).size };
}

/** Milliseconds that a tool took to unpack, and until everything was on the disk. */
export async function toolUnpacks(tool, file, folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await mustRun(["sync", "-f", folder]);
  const from = performance.now();
  const plain = tool.python ? await python(["import", folder, file]) : (await mustRun(tool.unpack(file, folder)), performance.now() - from);
  const synced = await timed(() => mustRun(["sync", "-f", folder]));
  await rm(folder, { recursive: true, force: true });
  return { plain, durable: plain + synced };
}

async function python(args) {
  return Number((await mustRun([venv, script, ...args])).trim().split("\n").at(-1));
}

async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Runs a program; answers what it printed. */
export async function mustRun(command) {
  const { code, output } = await run(command);
  if (code !== 0) throw new Error(`${JSON.stringify(command)} ended with ${code}: ${output}`);
  return output;
}

async function run(command) {
  const { words, cwd } = Array.isArray(command) ? { words: command } : command;
  const child = spawn(words[0], words.slice(1), { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  return { code, output };
}

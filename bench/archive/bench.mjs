import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../report.mjs";
import { goalsOf } from "./goals.mjs";
import { checkTools, mustRun, tools, toolPacks, toolUnpacks } from "./tools.mjs";
import { saveTrees, trees } from "./trees.mjs";

export const about = "export and import of five models in every format, against the usual tools and Python BentoML";

/** Beyond this a tool is not measured again: its figure does not need it. Milliseconds. */
const longMs = 4000;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  await checkTools();
  const folder = await mkdtemp(join(tmpdir(), "bento-bench-archive-"));
  try {
    const home = join(folder, "home");
    const saved = await saveTrees(home, trees({ quick }));
    const rows = [];
    for (const [tree, model] of Object.entries(saved)) {
      for (const format of formatsOf(tree)) {
        const found = await compare({ tree, model: { ...model, home }, format, folder, rounds: quick ? 1 : 3 });
        rows.push(...found);
        console.error(`  ${tree}, ${format}: ${found.map(inShort).join("; ")}`);
      }
    }
    return { columns: Object.keys(rows[0]), rows, goals: goalsOf(rows) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of large weights those whose programs are done in seconds. */
function formatsOf(tree) {
  return tree === "large float32" ? ["gz", "zip", "zst", "tar"] : ["bentomodel", "gz", "zip", "zst", "bz2", "tar"];
}

/** What Python's package is not asked to do: it imports 50,000 files in minutes, whatever the format, and large weights too. */
function takesMinutes(tree, format) {
  return tree === "large float32" || (tree === "small files" && format !== "bentomodel");
}

/** A row for whoever waits. */
function inShort({ against, size, ...row }) {
  return `${against} x${row["x out"].toFixed(2)} out, x${row["x in"].toFixed(2)} in, size ${size.toFixed(3)}`;
}

/** One format of one tree, ours in turn with each tool: speeds in MB/s of content, ratios within each round. */
async function compare({ tree, model, format, folder, rounds }) {
  const rivals = Object.entries(tools).filter(([, tool]) => tool.format === format && !(tool.python && takesMinutes(tree, format)));
  const seen = { ours: { out: [], in: [] } };
  for (const [name] of rivals) seen[name] = { out: [], in: [] };
  for (let round = 0; round < rounds; round++) {
    const order = ["ours", ...rivals.map(([name]) => name)];
    for (const name of round % 2 === 0 ? order : order.toReversed()) {
      if (["out", "in"].some((way) => (seen[name][way][0]?.plain ?? 0) > longMs)) continue;
      const file = join(folder, `${name.replaceAll(" ", "")}.${format}`);
      const target = join(folder, "target");
      const out = name === "ours" ? await ourExport(model, file, format) : await toolPacks(tools[name], model, file);
      const back = name === "ours" ? await ourImport(file, target) : await toolUnpacks(tools[name], file, target);
      await rm(file, { force: true });
      seen[name].out.push(out);
      seen[name].in.push(back);
    }
  }
  return rivals.map(([name]) => rowOf({ tree, format, name, bytes: model.bytes, ours: seen.ours, rival: seen[name] }));
}

function rowOf({ tree, format, name, bytes, ours, rival }) {
  const speed = (times, key) => bytes / 1e3 / median(times.map((one) => one[key]));
  const ratio = (direction, key) => median(rival[direction].map((one, i) => one[key] / (ours[direction][i] ?? ours[direction][0]).durable));
  return {
    tree,
    format,
    against: name,
    "out MB/s": speed(ours.out, "durable"),
    "theirs ": speed(rival.out, "plain"),
    "x out": ratio("out", "plain"),
    "x out, both on disk": ratio("out", "durable"),
    size: ours.out[0].bytes / rival.out[0].bytes,
    "in MB/s": speed(ours.in, "durable"),
    theirs: speed(rival.in, "plain"),
    "x in": ratio("in", "plain"),
    "x in, both on disk": ratio("in", "durable"),
  };
}

async function ourExport({ home, tag }, file, format) {
  await rm(file, { force: true });
  const { ms, bytes } = await runOurs(["export", home, tag, file, format, "adaptive"]);
  return { plain: ms, durable: ms, bytes };
}

async function ourImport(file, home) {
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await mustRun(["sync", "-f", home]);
  const { ms } = await runOurs(["import", home, file]);
  await rm(home, { recursive: true, force: true });
  return { plain: ms, durable: ms };
}

/** Ours in a fresh process: what start-up costs is left out for us and for Python, and is nothing for the tools. */
async function runOurs(args) {
  const script = fileURLToPath(new URL("ours.mjs", import.meta.url));
  return JSON.parse((await mustRun([process.execPath, script, ...args])).trim().split("\n").at(-1));
}

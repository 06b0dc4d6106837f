import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileModelStore } from "@bento/store";
import { mustRun } from "../archive/tools.mjs";
import { gaussianFloats, random } from "../archive/trees.mjs";

export const about = "peak memory of a 4 GiB export and import, files beyond what tar and zip headers hold, 100,000 small files";

const gib = 2 ** 30;
const ours = fileURLToPath(new URL("../archive/ours.mjs", import.meta.url));

/** What is carried there and back: a model, how, and the memory it may take in MiB. */
const journeys = [
  ...["bentomodel", "gz", "zip", "zst", "tar", "folder", "bz2"].map((format) => ({ model: "weights", format, goal: 250 })),
  { model: "weights", format: "bentomodel", compression: "store", goal: 250 },
  { model: "half", format: "bentomodel", compression: "best", goal: undefined },
  { model: "nine-gib", format: "tar", goal: 250 },
  { model: "nine-gib", format: "bentomodel", goal: 250, maxRatio: 1e6 },
  { model: "nine-gib", format: "zip", goal: 250, maxRatio: 1e6 },
  ...["bentomodel", "zip", "tar"].map((format) => ({ model: "many", format, goal: 250 })),
];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const folder = await mkdtemp(join(tmpdir(), "bento-bench-large-"));
  try {
    const home = join(folder, "home");
    await saveModels(home, quick ? 1 / 16 : 1);
    const rows = [];
    for (const journey of journeys) {
      rows.push(await travel(folder, home, journey));
      console.error(`  ${journey.model} as ${journey.format}`);
    }
    const goals = rows.flatMap((row, i) => {
      const { goal } = journeys[i];
      const what = `${row.model} as ${row.format}, peak MiB`;
      return goal === undefined
        ? []
        : [
            { what: `${what} of the export`, goal, got: row["export MiB"], atLeast: false },
            { what: `${what} of the import`, goal, got: row["import MiB"], atLeast: false },
          ];
    });
    return { columns: Object.keys(rows[0]), rows, goals };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function saveModels(home, scale) {
  const store = new FileModelStore(home);
  await store.create("weights:v1", {}, (draft) => draft.write("weights.bin", floats(4 * gib * scale)));
  await store.create("half:v1", {}, (draft) => draft.write("weights.bin", floats((gib / 2) * scale)));
  await store.create("many:v1", {}, async (draft) => {
    for (let i = 0; i < 100_000 * scale; i++) await draft.write(`${i % 400}/${i}`, `file ${i}\n`.repeat(1 + (i % 50)));
  });
  await saveSparse(home, 9 * gib * scale);
}

/** Normally distributed floats; made once, and again and again the same, rotated, so that making them costs nothing. */
async function* floats(bytes) {
  const piece = gaussianFloats(random(3));
  for (let made = 0; made < bytes; made += piece.length) {
    const start = (made / piece.length) % piece.length;
    yield Buffer.concat([piece.subarray(start), piece.subarray(0, start)]);
  }
}

/** A model whose one file is a hole: beyond the 8 GiB that a tar header can say, and the 4 GiB of a zip's. */
async function saveSparse(home, size) {
  const store = new FileModelStore(home);
  const small = await store.create("nine-gib:v0", {}, (draft) => draft.write("a", ""));
  const folder = join(home, "models", "nine-gib", "v1");
  await mkdir(folder);
  await writeFile(join(folder, "model.yaml"), (await small.text("model.yaml")).replace("version: v0", "version: v1"));
  const file = await open(join(folder, "hole.bin"), "w");
  await file.truncate(size);
  await file.close();
}

async function travel(folder, home, { model, format, compression = "adaptive", maxRatio }) {
  const target = join(folder, format === "folder" ? "there" : `there.${format}`);
  const back = join(folder, "back");
  const out = await inProcess(["export", home, `${model}:v1`, target, format, compression]);
  const into = await inProcess(["import", back, target, ...(maxRatio === undefined ? [] : [String(maxRatio)])]);
  const same = join(home, "models", model, "v1");
  // Byte for byte; the manifest is new where there was none.
  await mustRun(["diff", "-rq", "--exclude=.manifest.json", same, join(back, "models", model, "v1")]);
  await rm(target, { recursive: true });
  await rm(back, { recursive: true });
  return {
    model,
    format: compression === "adaptive" ? format : `${format}, ${compression}`,
    "export s": out.ms / 1000,
    "export MiB": out.peakMiB,
    "import s": into.ms / 1000,
    "import MiB": into.peakMiB,
  };
}

async function inProcess(args) {
  return JSON.parse((await mustRun([process.execPath, ours, ...args])).trim().split("\n").at(-1));
}

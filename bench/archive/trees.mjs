import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";

const mib = 1024 * 1024;

/** The models that are carried, by name: each call of `write` fills a draft. @param {{ quick: boolean }} options */
export function trees({ quick }) {
  const weights = quick ? 16 : 64;
  return {
    float32: (draft) => writeWeights(draft, weights, gaussianFloats),
    bfloat16: (draft) => writeWeights(draft, weights, gaussianHalves),
    text: (draft) => writeText(draft, (quick ? 8 : 32) * mib),
    "small files": (draft) => writeSmallFiles(draft, quick ? 5000 : 50_000),
    // As large as the weights of real models begin: what starting up costs no longer counts here.
    "large float32": (draft) => writeWeights(draft, quick ? 128 : 512, gaussianFloats),
  };
}

/** Saves every tree as a model in a fresh home; answers their folders and sizes. */
export async function saveTrees(home, all) {
  const store = new FileModelStore(home);
  const saved = {};
  for (const [name, write] of Object.entries(all)) {
    const model = await store.create(`${name.replace(" ", "-")}:v1`, {}, write);
    const files = await model.files();
    // Into the page cache, for every reader alike.
    for (const { path } of files) await readFile(join(model.path, path));
    saved[name] = { tag: String(model.tag), folder: model.path, bytes: model.size };
  }
  return saved;
}

async function writeWeights(draft, size, make) {
  const next = random(7);
  for (let part = 0; part < 4; part++) {
    await draft.write(
      `weights-${part}.bin`,
      pieces(size / 4, () => make(next)),
    );
  }
}

async function* pieces(count, make) {
  for (let i = 0; i < count; i++) yield make();
}

/** 1 MiB of normally distributed numbers with a standard deviation of 0.02, as a trained layer has them. */
export function gaussianFloats(next) {
  const numbers = new Float32Array(mib / 4);
  for (let i = 0; i < numbers.length; i += 2) {
    const radius = 0.02 * Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    numbers[i] = radius * Math.cos(angle);
    numbers[i + 1] = radius * Math.sin(angle);
  }
  return new Uint8Array(numbers.buffer);
}

/** The same in bfloat16: the upper halves of twice as many floats. */
function gaussianHalves(next) {
  const halves = new Uint16Array(mib / 2);
  for (let half = 0; half < 2; half++) {
    const bits = new Uint32Array(gaussianFloats(next).buffer);
    bits.forEach((value, i) => (halves[half * bits.length + i] = value >>> 16));
  }
  return new Uint8Array(halves.buffer);
}

/** Source text and documentation, as it lies in this repository's packages, as often as needed. */
async function writeText(draft, size) {
  let written = 0;
  const files = await textFiles(new URL("../../node_modules/.pnpm/", import.meta.url).pathname, size);
  for (const [index, file] of files.entries()) {
    const bytes = await readFile(file);
    await draft.write(`text/${String(index % 100).padStart(2, "0")}/${index}.txt`, bytes);
    written += bytes.length;
  }
  if (written < size / 2) throw new Error(`only ${written} bytes of text were found`);
}

async function textFiles(folder, size) {
  const found = [];
  let total = 0;
  const entries = (await readdir(folder, { recursive: true })).filter((path) => /\.(ts|js|mjs|md|json)$/.test(path)).toSorted();
  for (const path of entries) {
    const file = join(folder, path);
    const state = await stat(file);
    if (!state.isFile() || state.size > mib) continue;
    found.push(file);
    total += state.size;
    if (total >= size) return found;
  }
  return found;
}

async function writeSmallFiles(draft, count) {
  const next = random(11);
  const words = Array.from({ length: 4096 }, () => Math.floor(next() * 2 ** 40).toString(36));
  for (let i = 0; i < count; i++) {
    const length = 10 + Math.floor(next() ** 3 * 400);
    const text = Array.from({ length }, () => words[Math.floor(next() * words.length)]).join(" ");
    await draft.write(`shard-${String(i % 250).padStart(3, "0")}/${i}.json`, text);
  }
}

/** mulberry32: the same numbers on every run. */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

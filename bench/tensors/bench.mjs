import { createClient } from "@bento/client";
import { decodeTensorBody, encodeTensorBody, onlyTensor, parseTensor, Tensor, toJson } from "@bento/core";
import { decodeArrowTensors, encodeArrowTensors } from "@bento/core/arrow";
import { median } from "../report.mjs";
import { withServerProcess } from "../server-process.mjs";

export const about =
  "a float32 tensor of 10 MB to a method and back over HTTP, as safetensors and as Arrow against JSON, from tensor to tensor";

/** Numbers as a model's are: with all the digits that JSON needs for them. */
const image = new Tensor("float32", [2500, 1000], Float32Array.from({ length: 2_500_000 }, Math.random));
const dtype = image.dtype;

/** @type {Record<string, { type: string, encode: (x: Tensor) => BodyInit, decode: (answer: Response) => Promise<Tensor> }>} */
const encodings = {
  JSON: {
    type: "application/json",
    encode: toJson,
    decode: async (answer) => parseTensor(await answer.json(), { dtype }).value,
  },
  safetensors: {
    type: "application/x-safetensors",
    encode: (x) => new Blob(encodeTensorBody(x)),
    decode: async (answer) => onlyTensor(decodeTensorBody(new Uint8Array(await answer.arrayBuffer()))),
  },
  Arrow: {
    type: "application/vnd.apache.arrow.stream",
    encode: (x) => new Blob(encodeArrowTensors(x)),
    decode: async (answer) => onlyTensor(decodeArrowTensors(new Uint8Array(await answer.arrayBuffer()))),
  },
};

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  const goals = [];
  const rounds = {};
  for (const mode of /** @type {const} */ (["in-process", "pool"])) {
    const where = mode === "pool" ? "through one pooled worker" : "in the server's process";
    const found = (rounds[mode] = await withServerProcess(new URL("server.mjs", import.meta.url), [mode], (url) => measure(url, quick)));
    // Ratios are taken within each round, then their median.
    const ratio = (name) => median(found[name].map((ms, round) => found.JSON[round] / ms));
    for (const name of Object.keys(found))
      rows.push({ what: `${name}, ${where}`, "round trip ms": median(found[name]), "x JSON": ratio(name) });
    for (const name of Object.keys(found).slice(1))
      goals.push({ what: `${name} against JSON, ${where}`, goal: 10, got: ratio(name), atLeast: true });
  }
  return { columns: Object.keys(rows[0]), rows, goals, baseline: "JSON", rounds };
}

/** Milliseconds of a round trip in each round. The first round warms up. */
async function measure(url, quick) {
  const client = createClient(url);
  const ways = Object.fromEntries(Object.entries(encodings).map(([name, encoding]) => [name, () => roundTrip(url, encoding)]));
  ways["@bento/client"] = () => client.echo(image);
  const found = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round <= (quick ? 2 : 5); round += 1) {
    const order = round % 2 === 0 ? Object.keys(ways) : Object.keys(ways).toReversed();
    for (const name of order) {
      const trips = [];
      // What takes a second is measured once; what takes some milliseconds, often enough for a median.
      for (let trip = 0; trip < (name === "JSON" ? 1 : 7); trip += 1) {
        const from = performance.now();
        const same = await ways[name]();
        trips.push(performance.now() - from);
        if (trip === 0) compare(name, same);
      }
      if (round > 0) found[name].push(median(trips));
    }
  }
  return found;
}

async function roundTrip(url, { type, encode, decode }) {
  const answer = await fetch(`${url}/echo`, { method: "POST", headers: { "content-type": type, accept: type }, body: encode(image) });
  if (answer.status !== 200 || answer.headers.get("content-type") !== type) throw new Error(`${type}: ${await answer.text()}`);
  return decode(answer);
}

function compare(name, same) {
  const isSame = same.dtype === dtype && same.shape.join() === image.shape.join() && Buffer.compare(bytesOf(same), bytesOf(image)) === 0;
  if (!isSame) throw new Error(`${name} gave another tensor.`);
}

function bytesOf({ data }) {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

// What the digits model takes in ONNX Runtime, from numbers in lists to numbers in a list, by the size of the batch: writes
// onnx-cost.json, which the simulation runs on. Milliseconds, the tenth of a hundred of the runs of each size: what others
// do on the machine at the time is no cost of the model.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";

const rounds = 1500;
const largest = 64;
const model = fileURLToPath(new URL("../../examples/quickstart/assets/model.onnx", import.meta.url));
const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
const image = Array.from({ length: 64 }, (_, pixel) => (pixel * 7) % 17);
const times = Array.from({ length: largest + 1 }, () => []);
// All sizes take turns, so that each has its share of what the machine's mood is.
for (let round = 0; round < rounds; round++) {
  for (let items = 1; items <= largest; items++) {
    const images = Array(items).fill(image);
    const from = performance.now();
    const { label } = await session.run({ X: new Tensor("float32", Float32Array.from(images.flat()), [items, 64]) });
    Array.from(label.data, Number);
    // The first tenth warms up.
    if (round >= rounds / 10) times[items].push(performance.now() - from);
  }
}
const ms = times.slice(1).map((all) => Number(all.toSorted((a, b) => a - b)[Math.floor(all.length / 10)].toFixed(4)));
const about = { model: "digits", runtime: "onnxruntime-node, one thread", node: process.version, cpu: cpus()[0]?.model };
writeFileSync(new URL("onnx-cost.json", import.meta.url), `${JSON.stringify({ ...about, ms }, null, 2)}\n`);

// ours.mjs export HOME TAG FILE FORMAT COMPRESSION | import HOME FILE [MAX-RATIO]: does it, and prints milliseconds and peak memory as JSON.
import { statSync } from "node:fs";
import { exportModel, FileModelStore, importModel } from "@bento/store";

const [what, home, ...rest] = process.argv.slice(2);
const store = new FileModelStore(home);
const from = performance.now();
if (what === "export") {
  const [tag, file, format, compression] = rest;
  await exportModel(tag, file, { store, format, compression: /^\d$/.test(compression) ? Number(compression) : compression });
} else {
  const [file, maxRatio] = rest;
  await importModel(file, { store, limits: maxRatio === undefined ? {} : { maxRatio: Number(maxRatio) } });
}
const ms = performance.now() - from;
const bytes = what === "export" ? statSync(rest[1]).size : 0;
console.log(JSON.stringify({ ms, bytes, peakMiB: process.resourceUsage().maxRSS / 1024 }));

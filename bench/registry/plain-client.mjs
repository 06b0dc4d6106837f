// One plain copy in a process of its own: `plain-client.mjs push|pull URL FILE [digested]`. Prints what it took; what was pulled is on
// the disk then, and `digested` has every byte digested as often as ours does.
import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { request } from "node:http";
import { argv, resourceUsage } from "node:process";
import { pipeline } from "node:stream/promises";
import { digesting } from "./digesting.mjs";

const [, , action, url, path, isDigested] = argv;
const started = performance.now();
await (action === "push" ? push() : pull());
const ms = performance.now() - started;
const { maxRSS, userCPUTime, systemCPUTime } = resourceUsage();
console.log(JSON.stringify({ ms, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMiB: maxRSS / 1024 }));
process.exit(0);

async function push() {
  const headers = { "content-length": (await stat(path)).size, "x-digests": isDigested === undefined ? 0 : 2 };
  const outgoing = request(url, { method: "PUT", headers });
  const answered = new Promise((resolve, reject) => outgoing.once("response", resolve).once("error", reject));
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), ...digesting(isDigested === undefined ? 0 : 1), outgoing);
  const answer = await answered;
  for await (const _ of answer);
}

async function pull() {
  const outgoing = request(url);
  const answered = new Promise((resolve, reject) => outgoing.once("response", resolve).once("error", reject));
  outgoing.end();
  await pipeline(await answered, ...digesting(isDigested === undefined ? 0 : 2), createWriteStream(path, { highWaterMark: 1024 * 1024 }));
  const file = await open(path, "r+");
  await file.sync();
  await file.close();
}

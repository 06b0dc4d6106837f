// One transfer of ours in a process of its own: `remote-client.mjs up|down URL OPTIONS FILE`. In place of the file of an upload there may
// be a number of bytes, which are made on the way; what comes down with a number is counted and thrown away. Prints what it took.
import { readFileSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { argv, resourceUsage } from "node:process";
import { locationOfUrl, openRemote } from "@bento/store/remotes";
import { madeContent } from "./made-content.mjs";

const [, , action, url, options, file] = argv;
const isMade = /^\d+$/.test(file);
const { signal } = new AbortController();
const started = performance.now();
const location = locationOfUrl(url, JSON.parse(options));
const remote = await openRemote(location, { signal });
const bytes = await (action === "up" ? up() : down());
const ms = performance.now() - started;
await remote[Symbol.asyncDispose]();
const { userCPUTime, systemCPUTime } = resourceUsage();
console.log(JSON.stringify({ ms, bytes, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMiB: peakMiB() }));

/** Of this program alone: what Node tells of is at least what whoever started it had at that time. */
function peakMiB() {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kib) / 1024;
}

async function up() {
  const content = isMade ? madeContent(Number(file)) : await fileContent(file);
  await remote.write(location.path, content);
  return content.size;
}

async function down() {
  const chunks = remote.read(location.path);
  if (!isMade) return written(chunks);
  let count = 0;
  for await (const chunk of chunks) count += chunk.length;
  return count;
}

/** Writes about a MiB at once, while the next one comes. */
async function written(chunks) {
  const target = await open(file, "w");
  try {
    let [count, gathered, batch, writing] = [0, 0, [], Promise.resolve()];
    const flush = async () => {
      await writing;
      writing = batch.length === 0 ? Promise.resolve() : target.writev(batch);
      writing.catch(() => {});
      [gathered, batch] = [0, []];
    };
    for await (const chunk of chunks) {
      count += chunk.length;
      gathered += chunk.length;
      batch.push(chunk);
      if (gathered >= 1024 * 1024) await flush();
    }
    await flush();
    await writing;
    return count;
  } finally {
    await target.close();
  }
}

async function fileContent(path) {
  const chunkBytes = 1024 * 1024;
  return {
    size: (await stat(path)).size,
    async *stream(start) {
      const source = await open(path);
      try {
        for (let at = start; ;) {
          const chunk = Buffer.allocUnsafeSlow(chunkBytes);
          const { bytesRead } = await source.read(chunk, 0, chunkBytes, at);
          if (bytesRead === 0) return;
          at += bytesRead;
          yield chunk.subarray(0, bytesRead);
        }
      } finally {
        await source.close();
      }
    },
  };
}

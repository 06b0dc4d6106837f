// One transfer of ours in a process of its own: `remote-client.mjs up|down URL OPTIONS SOURCE`. SOURCE is a file, or a number of bytes
// that are made on the way; what comes down is counted and thrown away. Prints what it took.
import { readFileSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { argv, resourceUsage } from "node:process";
import { locationOfUrl, openRemote } from "@bento/store/remotes";
import { madeContent } from "./made-content.mjs";

const [, , action, url, options, source] = argv;
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
  const content = /^\d+$/.test(source) ? madeContent(Number(source)) : await fileContent(source);
  await remote.write(location.path, content);
  return content.size;
}

async function down() {
  let count = 0;
  for await (const chunk of remote.read(location.path)) count += chunk.length;
  return count;
}

async function fileContent(path) {
  const chunkBytes = 1024 * 1024;
  return {
    size: (await stat(path)).size,
    async *stream(start) {
      const file = await open(path);
      try {
        for (let at = start; ;) {
          const chunk = Buffer.allocUnsafeSlow(chunkBytes);
          const { bytesRead } = await file.read(chunk, 0, chunkBytes, at);
          if (bytesRead === 0) return;
          at += bytesRead;
          yield chunk.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
  };
}

// One push or pull in a process of its own: `registry-client.mjs push|pull URL HOME TAG`. Prints what it took.
import { argv, resourceUsage } from "node:process";
import { Registry } from "@bento/registry";

const [, , action, endpoint, home, tag] = argv;
const registry = new Registry({ endpoint, token: "any", home, env: {} });
const started = performance.now();
const result = await (action === "push" ? registry.push(tag) : registry.pull(tag));
const ms = performance.now() - started;
const { maxRSS, userCPUTime, systemCPUTime } = resourceUsage();
const cpuMs = (userCPUTime + systemCPUTime) / 1000;
console.log(JSON.stringify({ ms, cpuMs, peakMiB: maxRSS / 1024, outcome: result.outcome, bytes: result.bytes }));

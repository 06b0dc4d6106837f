// A process that waits to be told what to push or pull, does it, says what came of it, and is killed at some moment.
// It does what the first line of its input says: { action: "push" | "pull", endpoint, home, tag }.
import { once } from "node:events";
import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline";
import { Registry } from "@bento/registry";

stdout.write("ready\n");
const [line] = await once(createInterface({ input: stdin }), "line");
const { action, endpoint, home, tag } = JSON.parse(line);
const registry = new Registry({ endpoint, token: "any", home, env: {}, retry: { retries: 1000, minMs: 20, maxMs: 100 } });
// Whoever never had an answer gives up soon; this one knows where it asks.
await registry.user();
stdout.write("start\n");
const transfer = action === "push" ? registry.push(tag) : registry.pull(tag);
let last = {};
for await (const progress of transfer) last = progress;
const { outcome, bytes } = await transfer;
stdout.write(`done ${JSON.stringify({ outcome, bytes, resumed: last.resumed ?? 0, skipped: last.skipped ?? 0 })}\n`);
process.exit(0);

// Checked by tsc alone: what whoever serves may say about workers and devices.
import { defineService } from "@bento/sdk";

import { createApp, type RecycleRules, type RestartRules, serve, type ServeMode, type WorkersOptions } from "../src/index.js";

const Digits = defineService({ name: "digits", apis: {} });

await serve(Digits, { workers: 2, entry: import.meta.url, devices: "visible" });
await serve(Digits, {
  workers: "cpu_count",
  entry: new URL(import.meta.url),
  mode: "pool",
  recycle: { maxAgeMs: 60_000, maxCalls: 1, maxMemoryBytes: 1 },
});
await createApp(Digits, { workers: [{ gpus: [0] }, { gpus: ["GPU-5d5ba0d6"] }], entry: import.meta.url, devices: "clamp" });

// What an app keeps in its own configuration has a name.
const mode: ServeMode = "shared-port";
const recycle: RecycleRules = { maxCalls: 1000 };
const restart: RestartRules = { firstDelayMs: 1, maxDelayMs: 2, loopAfter: 3, giveUpAfter: 4 };
const staying: WorkersOptions = { mode, recycle, restart, hangTimeoutMs: 1, startTimeoutMs: 1, shutdownTimeoutMs: 1 };
await serve(Digits, { ...staying, entry: import.meta.url, drainTimeoutMs: 1 });

// @ts-expect-error no such way to divide devices
await serve(Digits, { devices: "all" });
// @ts-expect-error nor to run workers
await serve(Digits, { mode: "threads" });
// @ts-expect-error a number is no text
await serve(Digits, { workers: "2" });
// @ts-expect-error each worker says which
await serve(Digits, { workers: [{ gpu: 0 }] });
// @ts-expect-error the service says that
await serve(Digits, { resources: { gpu: 1 } });
// @ts-expect-error milliseconds
await serve(Digits, { recycle: { maxAge: 60 } });

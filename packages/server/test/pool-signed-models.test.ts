import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileModelStore } from "@bento/store";
import { createKeyPair } from "@bento/store/signing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { json, LineLogger } from "./doors.js";
import { Asking } from "./fixtures/pool-models-service.mjs";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-models-service.mjs", import.meta.url);

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "bento-pool-signed-"))));
afterEach(() => rmSync(home, { recursive: true }));

test("workers hold models to the policy of the store that the server was given, also those that start later", async () => {
  const { privateKey, publicKey } = createKeyPair();
  writeFileSync(join(home, "key.pem"), privateKey);
  const store = new FileModelStore(home, { signatures: { require: true, keys: [publicKey] } });
  const model = await store.create("digits:v1", (draft) => draft.write("a.txt", "a"));
  const logger = new LineLogger();
  const options = { workers: 1, mode: "pool", entry, execArgv: [], store, logger } as const;
  await expect(createApp(Asking, options)).rejects.toMatchObject({ code: "BENTO_SIGNATURE_INVALID" });
  await model.sign({ key: join(home, "key.pem") });
  await using app = await createApp(Asking, options);
  const { pid, digits } = (await (await app.request("/which", json({}))).json()) as { pid: number; digits: string };
  expect(digits).toBe("digits:v1");
  writeFileSync(join(model.path, "a.txt"), "b");
  process.kill(pid, "SIGKILL");
  // The next one looks at the model by itself.
  await expect
    .poll(() => logger.lines.map(({ message }) => message).join("\n"), { timeout: 20_000 })
    .toContain('digits:v1 is refused: its files are not those that were signed: changed "a.txt"');
});

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Registry } from "@bento/registry";
import { serveRegistry } from "@bento/registry-server";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workspaceRoot } from "../support/workspace.js";
import { bentoOnPath } from "./support/bento-command.js";
import { runOnTerminal } from "./support/on-terminal.js";

let folder: string;
let registry: Awaited<ReturnType<typeof serveRegistry>>;
let env: Readonly<Record<string, string | undefined>>;

beforeAll(async () => {
  // Inside the workspace, where the packages of a service resolve.
  await mkdir(join(workspaceRoot, ".cache"), { recursive: true });
  folder = await mkdtemp(join(workspaceRoot, ".cache", "serve-pulls-"));
  registry = await serveRegistry({ data: join(folder, "registry"), port: 0, insecure: true });
  env = {
    PATH: await bentoOnPath(folder),
    BENTOML_HOME: join(folder, "home"),
    BENTO_CLOUD_API_ENDPOINT: registry.url,
    BENTO_CLOUD_API_KEY: "any",
    NO_COLOR: "1",
  };
}, 120_000);
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

const service = `import { api, BentoModel, defineService } from "@bento/sdk";
import { z } from "zod";

const digits = new BentoModel("digits");
const apis = { which: api({ input: z.object({}), output: z.string() }, () => String(digits.tag)) };
export const Digits = defineService({ name: "digits", models: { digits }, apis });
`;

test("before a person a model comes from the registry with a bar, and the service starts with it", async () => {
  const training = new FileModelStore(join(folder, "training"));
  // Enough for a bar to be drawn more than once.
  await training.create("digits:v1", {}, async (draft) => {
    for (let at = 0; at < 2; at += 1) await draft.write(`weights-${at}.bin`, Buffer.alloc(32 * 1024 ** 2, `weights ${at}`));
  });
  await new Registry({ endpoint: registry.url, token: "any" }).push("digits:v1", { store: training });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(join(folder, "service.ts"), service);
  const { printed, status } = await runOnTerminal(["bento", "serve", "service.ts", "--no-reload", "--port", "0"], {
    env,
    steps: [{ until: "digits listens on ", type: "\u0003" }],
    columns: 120,
    cwd: folder,
  });
  expect(status).toBe(0);
  expect(printed).toMatch(/digits from http:\/\/127\.0\.0\.1:\d+ {2}\[=* *\] {2}\d+% {2}[\d.]+ [KM]iB of 64\.00 MiB/);
  expect(printed).toMatch(/Pulled digits:v1 from http:\/\/127\.0\.0\.1:\d+: 64\.00 MiB in [\d.]+ s, verified by its digests/);
  expect((await new FileModelStore(join(folder, "home")).get("digits")).tag.toString()).toBe("digits:v1");
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { api, BentoModel, defineService, onShutdown, onStartup, service } from "@bento/sdk";
import { FileModelStore } from "@bento/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { json, LineLogger } from "./doors.js";
import { gate as makeGate } from "./gate.js";

let home: string;
let store: FileModelStore;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "bento-follow-"));
  store = new FileModelStore(home);
});
afterEach(() => rmSync(home, { recursive: true }));

const save = (tag: string, text = tag) => store.create(tag, {}, (draft) => draft.write("a.txt", text));
const nothing = { input: z.object({}), output: z.any() };

let diary: string[];
let gate: ReturnType<typeof makeGate>;
beforeEach(() => {
  diary = [];
  gate = makeGate();
});

@service({ name: "Telling", follow: { version: "latest", pollSeconds: false } })
class Telling {
  digits = new BentoModel("digits");
  fixed = new BentoModel("fixed:v1", { optional: true });
  #text = "";

  @onStartup() protected async load() {
    this.#text = await this.digits.text("a.txt");
    if (this.#text === "broken") throw new Error("a broken start");
    diary.push(`start ${this.#text}`);
  }

  @onShutdown() protected unload() {
    diary.push(`stop ${this.#text}`);
  }

  @api(nothing) async which() {
    return this.#text;
  }

  @api(nothing) async hold() {
    diary.push(`hold ${this.#text}`);
    await gate.promise;
    return this.#text;
  }

  @api({ input: z.object({}), output: z.string() })
  async *tell() {
    yield `${this.#text} 1`;
    await gate.promise;
    yield `${this.#text} 2`;
  }
}

async function asked(app: Awaited<ReturnType<typeof createApp>>, path = "/which"): Promise<unknown> {
  return (await app.request(path, json({}))).json();
}

test("a newer model takes over in this process when it is ready; what is in flight ends on the old one, which then shuts down", async () => {
  await save("digits:v1");
  await using app = await createApp(Telling, { store });
  const held = asked(app, "/hold");
  const stream = await app.request("/tell", json({}));
  const reader = stream.body?.getReader();
  const first = await reader?.read();
  await expect.poll(() => diary).toContain("hold digits:v1");
  await save("digits:v2");
  await expect.poll(() => asked(app)).toBe("digits:v2");
  expect(diary).toEqual(["start digits:v1", "hold digits:v1", "start digits:v2"]);
  gate.open(undefined);
  expect(await held).toBe("digits:v1");
  const texts = [first];
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) texts.push(piece);
  const told = texts.map((piece) => Buffer.from(piece?.value ?? []).toString()).join("");
  expect(told).toContain("digits:v1 2");
  await expect.poll(() => diary.at(-1)).toBe("stop digits:v1");
});

test("/readyz and the metrics say which version is served", async () => {
  await Promise.all([save("digits:v1"), save("fixed:v1")]);
  await using app = await createApp(Telling, { store });
  const seen = async () => {
    const metrics = await (await app.request("/metrics")).text();
    const ready = await (await app.request("/readyz")).text();
    return [ready, metrics.split("\n").filter((line) => line.startsWith("bentoml_service_model_info"))];
  };
  const line = (model: string, version: string) =>
    `bentoml_service_model_info{model="${model}",version="${version}",runner_name="Telling",service_name="Telling",service_version="not available"} 1`;
  expect(await seen()).toEqual(["digits:v1\nfixed:v1\n", [line("digits", "v1"), line("fixed", "v1")]]);
  await save("digits:v2");
  await expect.poll(seen).toEqual(["digits:v2\nfixed:v1\n", [line("digits", "v2"), line("fixed", "v1")]]);
});

test("a version with which the service cannot start is told and left alone until something newer is there", async () => {
  await save("digits:v1");
  const logger = new LineLogger();
  await using app = await createApp(Telling, { store, logger });
  const refusals = () => logger.lines.filter(({ level }) => level === "error").map(({ message }) => message);
  await save("digits:v2", "broken");
  await expect
    .poll(refusals)
    .toEqual([expect.stringMatching(/Telling goes on with digits:v1: it could not start with digits:v2.*a broken start/)]);
  expect(await asked(app)).toBe("digits:v1");
  // Something moves, but not the newest model.
  await save("fixed:v1");
  await save("digits:v3");
  await expect.poll(() => asked(app)).toBe("digits:v3");
  expect(refusals()).toHaveLength(1);
  expect(logger.lines.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^Telling serves digits:v3 in place of digits:v1, after \d+ ms$/),
  );
});

test("the version before comes back when the newest is deleted", async () => {
  await save("digits:v1");
  await save("digits:v2");
  await using app = await createApp(Telling, { store });
  expect(await asked(app)).toBe("digits:v2");
  await store.delete("digits:v2");
  await expect.poll(() => asked(app)).toBe("digits:v1");
});

test("nothing follows where it is turned off, or was never asked for, and nothing goes on after the end", async () => {
  await save("digits:v1");
  const off = await createApp(Telling, { store, follow: false });
  await using on = await createApp(Telling, { store });
  await save("digits:v2");
  await expect.poll(() => asked(on)).toBe("digits:v2");
  expect(await asked(off)).toBe("digits:v1");
  await off.close();
  await on.close();
  const before = diary.length;
  await save("digits:v3");
  await using later = await createApp(Telling, { store });
  await expect.poll(() => asked(later)).toBe("digits:v3");
  expect(diary.slice(before)).toEqual(["start digits:v3"]);
});

const digits = new BentoModel("digits:latest");

test("functions of a module follow in this process where no hooks keep anything, and are refused where some do", async () => {
  await save("digits:v1");
  const apis = { which: api(nothing, () => String(digits.tag)) };
  const Plain = defineService({ name: "Plain", models: { digits }, apis });
  await using app = await createApp(Plain, { store, follow: "latest" });
  await save("digits:v2");
  await expect.poll(() => asked(app)).toBe("digits:v2");
  const Keeping = defineService({ name: "Keeping", models: { digits }, startup: () => undefined, apis });
  await expect(createApp(Keeping, { store, follow: "latest" })).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: expect.stringContaining("Keeping"),
    hint: expect.stringContaining("entry"),
  });
});

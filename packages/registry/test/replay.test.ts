// Python's client and a registry talked to each other; here ours does the same against the same answers. Where it does
// something else, `ours` says what and why.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { Registry } from "@bento/registry";
import { FileBentoStore, FileModelStore, importModel, MemoryModelStore } from "@bento/store";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ours, played } from "./support/improvements.js";
import { Player, type SeenRequest } from "./support/player.js";
import { commandsOf, type RecordedStep, type Scenario, scenarioNamed, unpackArchives, unpackHome } from "./support/scenarios.js";

const token = "token-of-ann";
let archives: string;

beforeAll(() => {
  archives = mkdtempSync(join(tmpdir(), "bento-archives-"));
  unpackArchives(archives);
});
afterAll(() => rmSync(archives, { recursive: true, force: true }));

async function playing(
  name: string,
): Promise<{ readonly player: Player; readonly registry: Registry; readonly home: string; readonly scenario: Scenario }> {
  const home = mkdtempSync(join(tmpdir(), "bento-replay-"));
  const scenario = scenarioNamed(name);
  unpackHome(home, scenario.before.local);
  const player = await Player.start(name, { archives, token });
  onTestFinished(async () => {
    await player[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });
  const retry = { retries: 1, minMs: 1, maxMs: 1 };
  return { player, home, scenario, registry: new Registry({ endpoint: `http://${player.host}`, token, home, env: {}, retry }) };
}

describe("every command of Python's client", () => {
  test.each(played)("%s", async (name) => {
    const { player, registry, home, scenario } = await playing(name);
    for (const [index, step] of commandsOf(scenario).entries()) {
      const difference = ours[`${name} ${index}`];
      player.step(step.requests);
      const before = await itemsIn(home);
      const end = await run(registry, step);
      const said = `step ${index}, ${step.command.slice(1).join(" ")}`;
      expect([said, end]).toEqual([
        said,
        difference?.end ?? (step.exit_code === 0 ? expect.stringMatching(/^\w+ed$|^present/) : expect.stringMatching(/^BENTO_/)),
      ]);
      const recorded = step.requests.length === 0 ? [] : player.recorded(step.requests[0] as number, step.requests.at(-1) as number);
      expect([said, linesOf(player.seen)]).toEqual([said, withDifference(linesOf(recorded), difference)]);
      if (difference === undefined) expect(bodiesOf(player.seen)).toEqual(bodiesOf(recorded));
      // Whatever failed left everything as it was.
      if (end.startsWith("BENTO_") && difference?.leaves !== true) expect(await itemsIn(home)).toEqual(before);
      for (const { headers } of player.seen) expect(headers["x-yatai-api-token"] ?? token).toBe(token);
    }
  });
});

/** Runs a command by what it means; ends with the outcome, or the code of the error. */
async function run(registry: Registry, { command }: RecordedStep): Promise<string> {
  const words = command.slice(1).filter((word) => !word.startsWith("-"));
  const force = command.includes("--force");
  const models = command.includes("--with-models") ? {} : { models: false as const };
  const [noun, verb, tag = ""] = words[0] === "models" ? words : ["bento", ...words];
  const actions: Readonly<Record<string, () => PromiseLike<{ readonly outcome: string }>>> = {
    "models push": () => registry.push(tag, { force }),
    "models pull": () => registry.pull(tag, { force }),
    "bento push": () => registry.bentos.push(tag, { force }),
    "bento pull": () => registry.bentos.pull(tag, { force, ...models }),
  };
  try {
    return (await (actions[`${noun} ${verb}`] as () => PromiseLike<{ readonly outcome: string }>)()).outcome;
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    expect(error.message + (error.hint ?? "")).not.toContain(token);
    return error.code;
  }
}

/** Every file of every item, by its digest. */
async function itemsIn(home: string): Promise<Readonly<Record<string, string>>> {
  const items: Record<string, string> = {};
  for (const model of await new FileModelStore(home).list()) items[String(model.tag)] = await contentOf(model);
  for (const bento of await new FileBentoStore(home).list()) items[`bento ${bento.tag}`] = await contentOf(bento);
  return items;
}

async function contentOf(item: {
  files(): Promise<readonly { readonly path: string; readonly size: number }[]>;
  read(path: string): Promise<Uint8Array>;
}) {
  const lines = [];
  for (const { path } of await item.files()) lines.push(`${path} ${Buffer.from(await item.read(path)).toString("base64")}`);
  return lines.join("\n");
}

function linesOf(requests: readonly Pick<SeenRequest, "line">[]): readonly string[] {
  return requests.map(({ line }) => line.replace("/api/v1/", "")).toSorted();
}

function withDifference(lines: readonly string[], difference: (typeof ours)[string]): readonly string[] {
  const expected = [...lines, ...(difference?.more ?? [])];
  for (const line of difference?.less ?? []) expected.splice(expected.indexOf(line), 1);
  return expected.toSorted();
}

/** What was said in JSON, but for the words of a reason, and what only Python's own frameworks add to options. */
function bodiesOf(requests: readonly Pick<SeenRequest, "line" | "json">[]): readonly string[] {
  const told = requests.filter(({ json }) => json !== null && json !== undefined);
  return told.map(({ line, json }) => `${line} ${JSON.stringify(sorted(json))}`).toSorted();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    if (key === "reason" && item !== "") return [key, "..."] as const;
    return [key, key === "options" ? {} : sorted(item)] as const;
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

test("what is sent is the model, whole", async () => {
  const { player, registry, home } = await playing("models-push-proxy");
  await registry.push("tiny:v1");
  const sent = player.seen.find(({ line }) => line.startsWith("PUT"));
  expect(sent?.headers["content-length"]).toBe(String(sent?.body.length));
  const store = new MemoryModelStore();
  const copy = await importModel(new Uint8Array(sent?.body ?? []), { store });
  const model = await new FileModelStore(home).get("tiny:v1");
  expect(await contentOf(copy)).toBe(await contentOf(model));
  const modes = async (tree: typeof model) =>
    (await tree.tree().entries()).filter((entry) => entry.kind === "file" && entry.executable).map(({ path }) => path);
  expect(await modes(copy)).toEqual(await modes(model));
});

test("what is sent to URLs that are signed carries no token", async () => {
  const { player, registry } = await playing("models-push-multipart");
  await registry.push("tiny:v1");
  const elsewhere = player.seen.filter(({ line }) => line.includes("/objects/"));
  expect(elsewhere).toHaveLength(1);
  expect(elsewhere[0]?.headers).not.toHaveProperty("x-yatai-api-token");
  expect(player.seen.filter(({ headers }) => headers["x-yatai-api-token"] === token)).toHaveLength(player.seen.length - 1);
});

test("the newest of those that fit a query is pulled", async () => {
  const { player, registry } = await playing("models-pull-query");
  const { model, verified } = await registry.pull("tiny", { query: "label:stage=dev" });
  expect([String(model.tag), verified]).toEqual(["tiny:v1", "digests"]);
  expect(linesOf(player.seen)).toEqual(linesOf(player.recorded(1, 3)));
});

test("lists tell what there is, and know labels and names themselves", async () => {
  const { registry } = await playing("remote-list");
  const models = await registry.list();
  expect(models.map(({ tag, status }) => `${tag} ${status}`).toSorted()).toEqual([
    "fancy:v1 success",
    "tiny:v1 success",
    "tiny:v2 success",
  ]);
  expect((await registry.list({ labels: { stage: "dev" } })).map(({ tag }) => String(tag))).toEqual(["tiny:v1"]);
  expect((await registry.list({ search: "FAN" })).map(({ tag }) => String(tag))).toEqual(["fancy:v1"]);
  expect((await registry.bentos.list()).map(({ tag }) => String(tag))).toEqual(["summ:b1"]);
  const tiny = models.find(({ tag }) => String(tag) === "tiny:v1");
  expect(tiny).toMatchObject({ size: 985, labels: { stage: "dev", team: "forêt" }, creationTime: new Date("2026-11-21T11:54:02.840Z") });
  const empty = await playing("remote-list-empty");
  expect(await empty.registry.list()).toEqual([]);
});

test("one item is told, the newest too; one that is not there is an error", async () => {
  const { registry } = await playing("remote-get");
  expect((await registry.get("tiny:v1")).manifest["size_bytes"]).toBe(985);
  expect(String((await registry.get("tiny")).tag)).toBe("tiny:v2");
  expect((await registry.bentos.get("summ:b1")).manifest["entry_service"]).toBe("Summ");
  for (const tag of ["tiny:v9", "nope:v1", "nope"])
    await expect(registry.get(tag)).rejects.toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
  await expect(registry.bentos.get("nope:b1")).rejects.toMatchObject({ code: "BENTO_BENTO_NOT_FOUND" });
});

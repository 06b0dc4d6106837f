// A team publishes what its service looks like, and nothing of its code: what the compiler makes of the class is all that callers need.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "./support/run-command.js";
import { buildPackages, workspaceRoot } from "./support/workspace.js";

const timeout = 60_000;

const service = `
import { api, type Args, BentoModel, onStartup, type Returns, service } from "@bento/sdk";
import { bytes, dataframe, image, jsonLines, tensor } from "@bento/sdk/kinds";
import { z } from "zod";

const Images = z.object({ images: tensor("float32", ["n", 64]), top: z.number().default(1), cover: image().optional() });
const Labels = tensor("int64", ["n"]);
const Lines = jsonLines(z.object({ text: z.string() }));
const People = dataframe({ name: "string" });

@service()
export class Digits {
  private model = new BentoModel("digits:latest");
  #secret = 41;

  @onStartup() protected async load() {
    this.#secret += Number(this.model.exists);
  }
  @api({ input: Images, output: Labels })
  async classify({ images, top }: Args<typeof Images>): Promise<Returns<typeof Labels>> {
    return [images.size * top + this.#secret];
  }
  @api({ input: Lines, output: People })
  async names(lines: Args<typeof Lines>): Promise<Returns<typeof People>> {
    const rows = [];
    for await (const { text } of lines) rows.push({ name: text });
    return rows;
  }
  @api({ input: z.number(), output: bytes() })
  async *count(to: number) {
    for (let n = 1; n <= to; n++) yield new Uint8Array([n]);
  }
}
`;

/** Signatures that name no schema, with every type written out. */
const plainService = `
import { api, service } from "@bento/sdk";
import { z } from "zod";

@service()
export class Digits {
  @api({ input: z.object({ images: z.array(z.array(z.number())) }), output: z.array(z.number()) })
  async classify({ images }: { images: number[][] }): Promise<number[]> {
    return images.map(({ length }) => length);
  }
  @api({ input: z.string(), output: z.string() })
  async *words(text: string): AsyncGenerator<string, void, undefined> {
    yield* text.split(" ");
  }
}
`;

const calls = `
import { type ApiInput, type ApiOutput, createClient, type Tensor } from "@bento/client";
import type { Digits } from "digits-types";

const client = createClient<Digits>("http://localhost:3000");
const input: ApiInput<Digits, "classify"> = { images: [[1]], cover: new Blob() };
export const labels: Promise<Tensor<"int64">> = client.classify(input);
export const label: ApiOutput<Digits, "classify"> = await labels;
export const names = async (): Promise<(string | null)[]> => (await client.names([{ text: "a" }])).records().map(({ name }) => name);
for await (const piece of client.count(3)) piece satisfies Uint8Array;
// @ts-expect-error texts are no pixels
void client.classify({ images: [["a"]] });
// @ts-expect-error labels are bigints
export const wrong: number = (await labels).at(0);
// @ts-expect-error there is no such endpoint
void client.clasify(input);
// @ts-expect-error what belongs to the service stays there
void client.load();
`;

const plainCalls = `
import { createClient } from "@bento/client";
import type { Digits } from "digits-types";

const client = createClient<Digits>("http://localhost:3000");
export const labels: Promise<number[]> = client.classify({ images: [[1]] });
for await (const word of client.words("a b")) word.toUpperCase();
// @ts-expect-error texts are no pixels
void client.classify({ images: [["a"]] });
`;

let folder: string;
beforeAll(async () => {
  await buildPackages();
  folder = await mkdtemp(join(tmpdir(), "bento-published-"));
}, timeout);
afterAll(() => rm(folder, { recursive: true, force: true }));

const homes: Readonly<Record<string, string>> = { zod: "packages/sdk/node_modules/zod" };

/** A project that has these packages, and no other: what they need themselves it cannot name, as with pnpm. */
async function project(name: string, packages: readonly string[], files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, name);
  for (const one of packages) {
    const link = join(path, "node_modules", one);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(workspaceRoot, homes[one] ?? one.replace("@bento/", "packages/")), link);
  }
  for (const [file, text] of Object.entries({ "package.json": '{"type":"module"}', ...files })) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  }
  return path;
}

const tsc = (cwd: string, ...args: readonly string[]) =>
  runCommand(
    join(workspaceRoot, "node_modules/.bin/tsc"),
    ["--target", "ES2022", "--module", "NodeNext", "--strict", "--skipLibCheck", "--pretty", "false", ...args],
    { cwd },
  );

/** What the compiler makes of a service for others. */
async function declarationsOf(name: string, text: string, ...args: readonly string[]): Promise<string> {
  const path = await project(`${name}-service`, ["@bento/sdk", "zod"], { "service.ts": text });
  await tsc(path, "service.ts", "--declaration", "--emitDeclarationOnly", "--types", "", ...args);
  return readFile(join(path, "service.d.ts"), "utf8");
}

/** The packages that declarations refer to. */
const packagesIn = (declarations: string): readonly string[] =>
  [...new Set(Array.from(declarations.matchAll(/(?:from |import\()"([^"]+)"/g), ([, name = ""]) => name))].toSorted();

const typesPackage = (declarations: string) => ({
  "node_modules/digits-types/package.json": '{"name":"digits-types","version":"1.0.0","type":"module","types":"./service.d.ts"}',
  "node_modules/digits-types/service.d.ts": declarations,
});

test.each([
  ["standard", []],
  ["legacy", ["--experimentalDecorators", "--emitDecoratorMetadata"]],
])(
  "declarations of a service with %s decorators type its callers, and hold none of its code",
  async (world, options) => {
    const declarations = await declarationsOf(world, service, ...options);
    expect(packagesIn(declarations)).toEqual(["@bento/sdk", "@bento/sdk/kinds", "zod"]);
    expect(declarations).not.toMatch(/41|digits:latest|rows/);

    const packages = ["@bento/client", "@bento/sdk", "zod"];
    const caller = await project(`${world}-caller`, packages, { ...typesPackage(declarations), "call.ts": calls });
    await tsc(caller, "call.ts", "--noEmit", "--types", "");
  },
  timeout,
);

test(
  "where signatures name no schema, callers need the client alone, and any compiler can write the declarations",
  async () => {
    const declarations = await declarationsOf("plain", plainService, "--isolatedDeclarations");
    expect(packagesIn(declarations)).toEqual([]);
    const caller = await project("plain-caller", ["@bento/client"], { ...typesPackage(declarations), "call.ts": plainCalls });
    await tsc(caller, "call.ts", "--noEmit", "--types", "");
  },
  timeout,
);

test(
  "a schema in a signature needs its type written out where declarations are isolated",
  async () => {
    const refused = declarationsOf("isolated", service, "--isolatedDeclarations");
    await expect(refused).rejects.toThrow(/service\.ts\(6,7\): error TS9010: Variable must have an explicit type annotation/);
  },
  timeout,
);

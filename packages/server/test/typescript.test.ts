import { readFileSync } from "node:fs";
import { join, sep } from "node:path";

import { expect, test, vi } from "vitest";

import { json } from "./doors.js";
import { projectFolder, runProgram } from "./program.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

/** Serves what its argument names, and tells where. */
const main = `import { serve } from "@bento/server";
const [target, workers] = process.argv.slice(2);
try {
  const server = await serve(target, { port: 0, workers: Number(workers), mode: Number(workers) === 1 ? undefined : "pool" });
  process.send(server.url);
  await server.closed;
} catch ({ code, message, hint }) {
  process.send(JSON.stringify({ code, message, hint }));
}
process.disconnect();`;

const service = `import { api, type Args, service } from "@bento/sdk";
import { z } from "zod";
import { place } from "~/place";
import { hello, type Greeting } from "./greeting.js";
import { deep } from "./deep";
import data from "./data.json" with { type: "json" };

enum Colour { red = "red" }
const Input = z.object({ name: z.string() });

@service({ name: "greeter" })
export class Greeter {
  #count = 0;

  constructor(readonly colour: Colour = Colour.red) {}

  @api({ input: Input, output: z.any() })
  greet({ name }: Args<typeof Input>): Greeting {
    this.#count += 1;
    return { said: \`\${hello}, \${name}!\`, place, deep, data, colour: this.colour, count: this.#count };
  }

  @api({ input: z.object({}), output: z.any() })
  metadata() {
    return Reflect.getMetadata?.("design:paramtypes", Greeter.prototype, "greet")?.map((type: Function) => type.name) ?? "none";
  }

  @api({ input: z.object({}), output: z.string() })
  lines() {
    return new Error("where am I?").stack ?? "";
  }
}
`;

/** As much of the package reflect-metadata as is needed here. */
const metadata = `const kept = new WeakMap();
Reflect.metadata = (key, value) => (holder, member) => void kept.set(holder, { ...kept.get(holder), [\`\${key} \${member}\`]: value });
Reflect.getMetadata = (key, holder, member) => kept.get(holder)?.[\`\${key} \${member}\`];
`;

const worlds = {
  standard: { target: "es2022" },
  legacy: { target: "es2022", experimentalDecorators: true, emitDecoratorMetadata: true },
};

/** A project whose tsconfig has comments and a base, as they do. */
function project(world: keyof typeof worlds, more: Readonly<Record<string, string>> = {}) {
  const base = { compilerOptions: { module: "nodenext", paths: { "~/*": ["./lib/*"] } } };
  return projectFolder({
    "main.js": main,
    "tsconfig.base.json": JSON.stringify(base),
    "tsconfig.json": `{\n  // of the project\n  "extends": "./tsconfig.base.json",\n  "compilerOptions": ${JSON.stringify(worlds[world])},\n}`,
    "src/service.ts": `${world === "legacy" ? 'import "../lib/metadata.js";\n' : ""}${service}`,
    "src/greeting.ts": 'export interface Greeting { readonly [key: string]: unknown }\n\nexport const hello: string = "Hello";\n',
    "src/deep/index.ts": "export const deep = true as const;\n",
    "src/data.json": '{"rows":3}',
    "lib/metadata.js": metadata,
    "lib/place.mts": 'export const place = "here" satisfies string;\n',
    ...more,
  });
}

async function call(url: string, name: string, input: object = {}): Promise<unknown> {
  const response = await fetch(`${url}/${name}`, json(input));
  return response.headers.get("content-type")?.includes("json") === true ? response.json() : response.text();
}

test.each([
  ["standard", 1],
  ["standard", 2],
  ["legacy", 1],
  ["legacy", 2],
] as const)("TypeScript with %s decorators is served, by %d workers", async (world, workers) => {
  using folder = project(world);
  await using program = runProgram(folder.path, "main.js", { args: ["./src/service.ts:Greeter", String(workers)] });
  const url = await program.said();
  const answer = { said: "Hello, Ada!", place: "here", deep: true, data: { rows: 3 }, colour: "red", count: expect.any(Number) as number };
  expect(await call(url, "greet", { name: "Ada" })).toEqual(answer);
  expect(await call(url, "metadata")).toEqual(world === "legacy" ? ["Object"] : "none");
  const lines = readFileSync(join(folder.path, "src/service.ts"), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("where am I")) + 1;
  expect(await call(url, "lines")).toContain(`${join(folder.path, "src/service.ts")}:${line}:`);
});

test.each(["tsx", "mts", "cts"])("service.%s is served", async (extension) => {
  const code = `import { api, defineService } from "@bento/sdk";
import { z } from "zod";
export const Own = defineService({ name: "Own", apis: { greet: api({ input: z.object({}), output: z.string() }, (): string => String(1 as number)) } });
`;
  const element = "export const element = <T,>(value: T): T => value;\n";
  using folder = projectFolder({ "main.js": main, [`service.${extension}`]: code + (extension === "tsx" ? element : "") });
  await using program = runProgram(folder.path, "main.js", { args: [`./service.${extension}:Own`, "2"] });
  expect(await call(await program.said(), "greet")).toBe("1");
});

test("a project of CommonJS has what its modules have", async () => {
  const code = `import { api, defineService } from "@bento/sdk";
import { z } from "zod";
import { join } from "path";
import * as part from "./part";
const { sep } = require("node:path") as typeof import("node:path");
const answer = (): unknown => [__dirname, join(__filename), sep, part.one];
export const Own = defineService({ name: "Own", apis: { greet: api({ input: z.object({}), output: z.any() }, answer) } });
`;
  const files = { "package.json": "{}", "main.mjs": main, "service.ts": code, "part.ts": "export const one = 1;" };
  using folder = projectFolder(files);
  await using program = runProgram(folder.path, "main.mjs", { args: ["./service.ts", "1"] });
  expect(await call(await program.said(), "greet")).toEqual([folder.path, join(folder.path, "service.ts"), sep, 1]);
});

test("what does not compile is shown with its file, its line and the lines around it", async () => {
  using folder = project("standard", { "src/greeting.ts": "export const hello = {\n  a: 1\n  b: 2,\n};\n" });
  await using program = runProgram(folder.path, "main.js", { args: ["./src/service.ts", "2"] });
  expect(JSON.parse(await program.said())).toEqual({
    code: "BENTO_ENTRY_INVALID",
    message: [
      `${join(folder.path, "src/greeting.ts")}:3:3: Expected ',', got 'ident'`,
      " 1 | export const hello = {",
      " 2 |   a: 1",
      " 3 |   b: 2,",
      "   :   ^",
      " 4 | };",
    ].join("\n"),
  });
});

test("a type that is imported as if it were a value is named, with what to write", async () => {
  using folder = project("legacy", { "src/again.ts": '\nexport { Greeting } from "./greeting.js";\n' });
  await using program = runProgram(folder.path, "main.js", { args: ["./src/again.ts", "2"] });
  expect(JSON.parse(await program.said())).toEqual({
    code: "BENTO_ENTRY_INVALID",
    message: `${join(folder.path, "src/again.ts")}:2: The requested module './greeting.js' does not provide an export named 'Greeting'.`,
    hint: 'If Greeting is a type, write so: "import type { Greeting }", or "export type { Greeting }".',
  });
});

test("an import of nothing is Node's own error, and a module that throws is its own", async () => {
  using folder = project("standard", {
    "src/lost.ts": 'import "./nowhere.js";\n',
    "src/thrown.ts": "const size: number = 3;\nthrow new RangeError(`no ${size}`);\n",
  });
  await using lost = runProgram(folder.path, "main.js", { args: ["./src/lost.ts", "2"] });
  expect(JSON.parse(await lost.said())).toMatchObject({ code: "ERR_MODULE_NOT_FOUND", message: expect.stringContaining("src/nowhere.js") });
  await using thrown = runProgram(folder.path, "main.js", { args: ["./src/thrown.ts", "2"] });
  expect(JSON.parse(await thrown.said())).toMatchObject({ message: "no 3" });
});

test("where another loader compiles TypeScript, ours stays out of its way", async () => {
  const hooks = `export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const code = 'import { api, defineService } from "@bento/sdk"; import { z } from "zod"; export const Own = defineService({ name: "Own", apis: { who: api({ input: z.object({}), output: z.string() }, () => "another loader") } });';
  return { format: "module", source: code, shortCircuit: true };
}`;
  const register = 'import { register } from "node:module";\nregister("./hooks.js", import.meta.url);';
  using folder = projectFolder({ "main.js": main, "service.ts": "not TypeScript at all", "hooks.js": hooks, "register.js": register });
  await using program = runProgram(folder.path, "main.js", { args: ["./service.ts", "2"], execArgv: ["--import", "./register.js"] });
  expect(await call(await program.said(), "who")).toBe("another loader");
});

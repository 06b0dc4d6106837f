// What only the built sdk can show: compiled by the real tsc, loaded twice, used from plain JavaScript.
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "./support/run-command.js";
import { buildPackages, workspaceRoot } from "./support/workspace.js";

let project = "";

beforeAll(async () => {
  await buildPackages();
  project = await mkdtemp(join(tmpdir(), "bento-sdk-built-"));
  const modules = join(project, "node_modules");
  await mkdir(join(modules, "@bento"), { recursive: true });
  for (const name of ["core", "store", "sdk"]) await symlink(join(workspaceRoot, "packages", name), join(modules, "@bento", name));
  await symlink(join(workspaceRoot, "packages/sdk/node_modules/zod"), join(modules, "zod"));
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
}, 120_000);

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

const legacy = { experimentalDecorators: true, emitDecoratorMetadata: true };
const standard = {};

/** Compiles one file with the real tsc in a folder of its own. */
async function compile(name: string, source: string, options: object, accept: readonly number[] = [0]) {
  const folder = join(project, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "service.ts"), source);
  const compilerOptions = {
    target: "ES2022",
    module: "NodeNext",
    strict: true,
    skipLibCheck: true,
    types: [],
    outDir: "out",
    rootDir: ".",
    ...options,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["service.ts"] }));
  const result = await runCommand(join(workspaceRoot, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"], { accept });
  return { ...result, output: join(folder, "out/service.js") };
}

/** Runs a script in the project and reads what it prints as JSON. */
async function evaluate(script: string): Promise<unknown> {
  const file = join(project, `script-${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(file, script);
  const { stdout } = await runCommand(process.execPath, [file], { cwd: project });
  return JSON.parse(stdout);
}

const inferring = `
  import { api, service } from "@bento/sdk";
  @service()
  export class Inferred {
    @api() text(value: string): string { return value; }
    @api() number(value: number): number { return value; }
    @api() boolean(value: boolean): boolean { return value; }
    @api() async later(value: string): Promise<number> { return value.length; }
    @api() noResult(value: string) { return value; }
    @api() nothing(): void {}
    @api() anything(value: unknown): string { return String(value); }
  }
`;

const describing = (file: string) => `
  import { specOf } from "@bento/sdk/runtime";
  const { Inferred } = await import(${JSON.stringify(file)});
  const rows = {};
  try {
    for (const api of specOf(Inferred).apis) {
      rows[api.name] = [
        await api.input.jsonSchema("input"), await api.output.jsonSchema("output"),
        "issues" in (await api.input.validate(7)), api.invoke(new Inferred(), "x") !== undefined,
      ];
    }
    console.log(JSON.stringify(rows));
  } catch ({ code, message, hint }) { console.log(JSON.stringify({ code, message, hint })); }
`;

describe("an api without schemas", () => {
  test("has those that emitDecoratorMetadata tells of", async () => {
    const { output } = await compile("metadata", inferring, legacy);
    const empty = { type: "object", properties: {} };
    expect(await evaluate(describing(output))).toEqual({
      anything: [{}, { type: "string" }, false, true],
      boolean: [{ type: "boolean" }, { type: "boolean" }, true, true],
      later: [{ type: "string" }, {}, true, true],
      noResult: [{ type: "string" }, {}, true, true],
      nothing: [empty, {}, false, false],
      number: [{ type: "number" }, { type: "number" }, false, true],
      text: [{ type: "string" }, { type: "string" }, true, true],
    });
  });

  test.each([
    ["legacy decorators without metadata", { experimentalDecorators: true }],
    ["standard decorators", standard],
  ])("says what to add under %s", async (name, options) => {
    const { output } = await compile(name.replaceAll(" ", "-"), inferring, options);
    expect(await evaluate(describing(output))).toEqual({
      code: "BENTO_SERVICE_INVALID",
      message: expect.stringContaining("Inferred.text") as string,
      hint: expect.stringMatching(/input schema.*emitDecoratorMetadata/) as string,
    });
  });
});

describe.each([
  ["legacy", legacy],
  ["standard", standard],
])("tsc with %s decorators", (world, options) => {
  test("compiles a service with everything in it, and it runs", async () => {
    const { output } = await compile(
      `everything-${world}`,
      `
        import { z } from "zod";
        import { api, type Args, BentoModel, onDeployment, onShutdown, onStartup, service } from "@bento/sdk";
        const In = z.object({ n: z.number(), top: z.number().default(1) });
        export class Base {
          static #made = 0;
          static shared = new BentoModel("shared");
          constructor() { Base.#made++; }
          @onStartup() protected open() {}
          @api({ input: In, output: z.number() }) add({ n, top }: Args<typeof In>) { return n + top + Base.#made; }
        }
        @service({ name: "everything" })
        export class Everything extends Base {
          model = new BentoModel("plain");
          #hidden = new BentoModel("hidden");
          accessor tracked = new BentoModel("tracked");
          @onDeployment() protected static prepare() {}
          @onShutdown() private close() {}
          @api({ input: z.string() }) async *letters(word: string) { yield* word; void this.#hidden; }
        }
      `,
      options,
    );
    expect(
      await evaluate(`
        import { construct, specOf } from "@bento/sdk/runtime";
        const { Everything } = await import(${JSON.stringify(output)});
        const spec = specOf(Everything);
        const { instance, models } = construct(spec);
        console.log(JSON.stringify({
          apis: spec.apis.map(({ name, stream }) => [name, stream]),
          hooks: [spec.deployment, spec.startup, spec.shutdown].map((list) => list.map(({ member }) => member)),
          models: models.map(String).sort(),
          sum: spec.apis[0].invoke(instance, { n: 1, top: 2 }),
        }));
      `),
    ).toEqual({
      apis: [
        ["add", false],
        ["letters", true],
      ],
      hooks: [["prepare"], ["open"], ["close"]],
      models: ["hidden", "plain", "shared", "tracked"],
      sum: 4,
    });
  });

  test("refuses a method that disagrees with its schema, in a sentence", async () => {
    const source = `
      import { z } from "zod";
      import { api, service } from "@bento/sdk";
      @service()
      export class Wrong {
        @api({ input: z.string(), output: z.number() }) size(text: string) { return text; }
        @api({ input: z.string().transform(Number), output: z.number() }) twice(n: number) { return n * 2; }
      }
    `;
    const { code, stdout } = await compile(`wrong-${world}`, source, options, [1, 2]);
    expect(code).not.toBe(0);
    expect(stdout).toContain("the method returns something that its output schema does not allow");
    expect(stdout).toContain("annotate the parameter with Args<typeof Input>");
  });
});

test("static private fields stay, and references that only they can see are looked up on first use", async () => {
  const { output } = await compile(
    "static-private",
    `
      import { BentoModel, service } from "@bento/sdk";
      @service() export class Hidden {
        static #model = new BentoModel("clf");
        static accessor tracked = new BentoModel("clf");
        static tags() { return [Hidden.#model, Hidden.tracked].map(({ tag }) => tag); }
      }
    `,
    standard,
  );
  const result = await evaluate(`
    import { MemoryModelStore } from "@bento/store";
    import { construct, runWithContext, specOf } from "@bento/sdk/runtime";
    const { Hidden } = await import(${JSON.stringify(output)});
    const store = new MemoryModelStore();
    await store.create("clf:v1", (draft) => draft.write("a", "b"));
    const { binding, models } = construct(specOf(Hidden), { store });
    console.log(JSON.stringify({ declared: models.length, tags: runWithContext(undefined, binding, Hidden.tags) }));
  `);
  expect(result).toEqual({ declared: 0, tags: ["clf:v1", "clf:v1"] });
});

test("a #private hook runs with standard decorators", async () => {
  const { output } = await compile(
    "private-hook",
    `
      import { onStartup, service } from "@bento/sdk";
      class Base { log: string[] = []; @onStartup() #load() { this.log.push("base"); } }
      @service() export class Private extends Base { @onStartup() #load() { this.log.push("derived"); } }
    `,
    standard,
  );
  const log = await evaluate(`
    import { specOf } from "@bento/sdk/runtime";
    const { Private } = await import(${JSON.stringify(output)});
    const instance = new Private();
    for (const hook of specOf(Private).startup) hook.run(instance);
    console.log(JSON.stringify(instance.log));
  `);
  expect(log).toEqual(["base", "derived"]);
});

test("two copies of the package in one process work on each other's services and references", async () => {
  const { output } = await compile(
    "copies",
    `
      import { z } from "zod";
      import { api, BentoModel, getContext, onStartup, service } from "@bento/sdk";
      @service() export class Digits {
        static shared = new BentoModel("clf");
        model = new BentoModel("clf:latest");
        @onStartup() protected load() {}
        @api({ input: z.string(), output: z.string() }) tag(text: string) {
          return text + this.model.tag.toString() + Digits.shared.tag.toString() + getContext().requestId;
        }
      }
    `,
    standard,
  );
  // Without its package.json the copy is no package, so its imports find the modules beside it: the same core and store.
  const copy = join(project, "copy");
  await cp(join(workspaceRoot, "packages/sdk/dist"), copy, { recursive: true });
  await symlink(join(workspaceRoot, "packages/sdk/node_modules/reflect-metadata"), join(project, "node_modules/reflect-metadata"));
  const result = await evaluate(`
    import { MemoryModelStore } from "@bento/store";
    import * as own from "@bento/sdk";
    import * as other from ${JSON.stringify(join(copy, "runtime.js"))};
    import * as otherSdk from ${JSON.stringify(join(copy, "index.js"))};
    const { Digits } = await import(${JSON.stringify(output)});
    const store = new MemoryModelStore();
    await store.create("clf:v1", (draft) => draft.write("a", "b"));
    const spec = other.specOf(Digits);
    const made = other.construct(spec, { store });
    await other.resolveModels(made);
    let twice;
    try { otherSdk.service()(Digits); } catch ({ code }) { twice = code; }
    console.log(JSON.stringify({
      isCopy: own.BentoModel !== otherSdk.BentoModel,
      models: made.models.map(String),
      startup: spec.startup.length,
      answer: other.runWithContext({ requestId: "!" }, made.binding, () => spec.apis[0].invoke(made.instance, "-")),
      known: [otherSdk.Model.is(made.instance.model), new otherSdk.BentoModel("clf").equals(made.instance.model)],
      inherited: other.specOf((() => { const Sub = class Sub extends Digits {}; otherSdk.service()(Sub); return Sub; })()).apis.length,
      twice,
    }));
  `);
  expect(result).toEqual({
    isCopy: true,
    models: ["clf:latest"],
    startup: 1,
    answer: "-clf:v1clf:v1!",
    known: [true, true],
    inherited: 1,
    twice: "BENTO_SERVICE_INVALID",
  });
});

test("plain JavaScript needs no decorators and no compiler", async () => {
  const result = await evaluate(`
    import { z } from "zod";
    import { MemoryModelStore } from "@bento/store";
    import { api, BentoModel, defineService, instantiate } from "@bento/sdk";
    const model = new BentoModel("clf");
    const Digits = defineService({
      name: "digits",
      models: { model },
      apis: { classify: api({ input: z.string(), output: z.number() }, async (text) => text.length) },
    });
    const digits = instantiate(Digits, { store: new MemoryModelStore() });
    console.log(JSON.stringify([Digits.name, await digits.classify("four"), Object.keys(digits)]));
  `);
  expect(result).toEqual(["digits", 4, []]);
});

test("a reference outside of every service finds the default store without waiting", async () => {
  const result = await evaluate(`
    import { mkdtempSync, rmSync } from "node:fs";
    import { tmpdir } from "node:os";
    const home = (process.env.BENTOML_HOME = mkdtempSync(tmpdir() + "/bento-home-"));
    const { BentoModel } = await import("@bento/sdk");
    const answer = { before: new BentoModel("clf").exists };
    const { FileModelStore } = await import("@bento/store");
    await new FileModelStore(home).create("clf:v1", (draft) => draft.write("a", "b"));
    answer.after = new BentoModel("clf").tag;
    rmSync(home, { recursive: true });
    console.log(JSON.stringify(answer));
  `);
  expect(result).toEqual({ before: false, after: "clf:v1" });
});

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { api, BentoModel, type Context, defineService, onDeployment, onShutdown, onStartup, service } from "@bento/sdk";
import { publicMembersWithoutEndpoint, type ServiceSpec, specOf } from "@bento/sdk/runtime";
import { called, replaced } from "./both-worlds.js";

const ctx = {} as Context;
const text = z.string();

describe("the spec of a class", () => {
  @service({
    name: "everything",
    description: "All of it",
    pathPrefix: "/v1",
    labels: { team: "a" },
    traffic: { timeout: 0.5, maxConcurrency: 3, maxQueue: 0 },
  })
  class Everything {
    @api({ input: text, output: text, route: "/say/it", name: "say", description: "Says it" })
    speak(words: string) {
      return words;
    }
    @api({ input: z.object({ n: z.number() }) })
    async *count({ n }: { n: number }) {
      for (let i = 0; i < n; i++) yield i;
    }
    @api({ input: text })
    *letters(word: string) {
      yield* word;
    }
    helper() {
      return 1;
    }
    _internal() {
      return 1;
    }
    get notAMethod() {
      return 1;
    }
  }

  test("holds the options, apis in order of name", () => {
    const spec = specOf(Everything);
    expect(spec).toMatchObject({
      name: "everything",
      description: "All of it",
      pathPrefix: "/v1",
      labels: { team: "a" },
      traffic: { timeoutMs: 500, maxConcurrency: 3, maxQueue: 0 },
      target: Everything,
    });
    expect(spec.apis.map(({ name, member, route, stream, description }) => ({ name, member, route, stream, description }))).toEqual([
      { name: "count", member: "count", route: "/count", stream: true, description: undefined },
      { name: "letters", member: "letters", route: "/letters", stream: true, description: undefined },
      { name: "say", member: "speak", route: "/say/it", stream: false, description: "Says it" },
    ]);
  });

  test("is read once", () => {
    expect(specOf(Everything)).toBe(specOf(Everything));
  });

  test("calls the method of an instance", () => {
    expect(apiOf(specOf(Everything), "say").invoke(new Everything(), "hello", ctx)).toBe("hello");
  });

  test("names public methods that are no endpoints", () => {
    expect(publicMembersWithoutEndpoint(specOf(Everything))).toEqual(["helper"]);
  });

  test("has defaults for everything", () => {
    @service()
    class Plain {
      @api({ input: text }) echo(words: string) {
        return words;
      }
    }
    expect(specOf(Plain)).toMatchObject({ name: "Plain", description: undefined, pathPrefix: "", labels: {} });
    expect(specOf(Plain).traffic).toEqual({ timeoutMs: 60_000, maxConcurrency: undefined, maxQueue: 1000 });
    expect(specOf(defineService({ name: "Open", traffic: { maxQueue: Infinity }, apis: {} })).traffic.maxQueue).toBeUndefined();
    expect(specOf(Plain).resources).toEqual({ gpu: undefined, cpu: undefined, memory: undefined });
    expect(specOf(Plain).workers).toBeUndefined();
  });

  test("a header that tells clients apart has one spelling", () => {
    const traffic = { maxConcurrency: 8, fairness: { header: "X-Tenant" }, priorities: "identity" } as const;
    expect(specOf(defineService({ name: "Fair", traffic, apis: {} })).traffic).toMatchObject({
      fairness: { header: "x-tenant" },
      priorities: "identity",
    });
  });

  test("is the class itself, not a replacement", () => {
    const classes: unknown[] = [];
    @service()
    class Itself {
      static readonly answer = 42;
      constructor() {
        classes.push(Itself, new.target);
      }
      @api() own() {
        return Itself.answer;
      }
    }
    expect(apiOf(specOf(Itself), "own").invoke(new Itself(), undefined, ctx)).toBe(42);
    expect(classes).toEqual([Itself, Itself]);
  });
});

describe("inheritance", () => {
  @service({ name: "base", description: "The base", labels: { a: "b" } })
  class Base {
    @api({ input: text }) kept(words: string): string {
      return `base ${words}`;
    }
    @api({ input: text }) again(words: string): string {
      return `base ${words}`;
    }
    @api({ input: text }) dropped(words: string): string {
      return words;
    }
  }

  @service()
  class Derived extends Base {
    @api({ input: text, route: "/other" }) override again(words: string) {
      return `derived ${words}`;
    }
    override dropped(words: string) {
      return words;
    }
    @api() added() {
      return 1;
    }
  }

  test("a subclass has the endpoints of its superclass, overridden or not", () => {
    const spec = specOf(Derived);
    expect(spec.apis.map(({ name, route }) => [name, route])).toEqual([
      ["added", "/added"],
      ["again", "/other"],
      ["kept", "/kept"],
    ]);
    expect(apiOf(spec, "again").invoke(new Derived(), "x", ctx)).toBe("derived x");
    expect(apiOf(spec, "kept").invoke(new Derived(), "x", ctx)).toBe("base x");
  });

  test("an override without @api is no endpoint, and is named as a public method", () => {
    expect(publicMembersWithoutEndpoint(specOf(Derived))).toEqual(["dropped"]);
  });

  test("the superclass stays as it was", () => {
    expect(specOf(Base).apis.map(({ name }) => name)).toEqual(["again", "dropped", "kept"]);
  });

  test("options of @service are not inherited", () => {
    expect(specOf(Derived)).toMatchObject({ name: "Derived", description: undefined, labels: {} });
  });

  test("a subclass without @service is no service", () => {
    class Bare extends Base {}
    expect(() => specOf(Bare)).toThrow(
      expect.objectContaining({ code: "BENTO_SERVICE_INVALID", hint: expect.stringContaining("@service()") }),
    );
  });

  test("an undecorated superclass gives endpoints and hooks", () => {
    class Mixin {
      @onStartup() protected open() {}
      @api() shared() {
        return 1;
      }
    }
    @service()
    class Uses extends Mixin {}
    expect(specOf(Uses)).toMatchObject({ apis: [{ name: "shared" }], startup: [{ member: "open" }] });
  });
});

describe("another decorator", () => {
  @service()
  class Wrapped {
    @called("above") @api({ input: text }) above(words: string): string {
      return words;
    }
    @api({ input: text }) @called("below") below(words: string): string {
      return words;
    }
    @called("above") @api({ input: text }) async *stream(words: string) {
      yield words;
    }
    @api({ input: text, stream: true }) @called("below") async *hidden(words: string) {
      yield words;
    }
  }

  test.each(["above", "below"])("%s @api does not lose the endpoint, and runs", (name) => {
    expect(apiOf(specOf(Wrapped), name).invoke(new Wrapped(), "x", ctx)).toBe(`${name}(x)`);
  });

  test("that replaces the class leaves a service below @service, and none above it", () => {
    @service({ name: "below" })
    @replaced
    class Below {
      @api() own() {
        return 1;
      }
    }
    @replaced
    @service({ name: "above" })
    class Above {
      @api() own() {
        return 1;
      }
    }
    expect(apiOf(specOf(Below), "own").invoke(new Below(), undefined, ctx)).toBe(1);
    expect(() => specOf(Above)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("above all its other decorators") as string }),
    );
  });

  test("above a generator leaves it a stream; below it, `stream` says so", () => {
    expect(apiOf(specOf(Wrapped), "stream").stream).toBe(true);
    expect(apiOf(specOf(Wrapped), "hidden").stream).toBe(true);
  });
});

describe("lifecycle hooks", () => {
  const order: string[] = [];

  class Base {
    @onStartup() protected zeta() {
      order.push("base zeta");
    }
    @onStartup() protected overridden() {
      order.push("base overridden");
    }
    @onStartup() protected dropped() {
      order.push("base dropped");
    }
    @onShutdown() protected close() {
      order.push("base close");
    }
  }

  @service()
  class Hooks extends Base {
    #state = "instance";
    @onDeployment() protected static prepare() {
      order.push(`deployment of ${this.name}`);
    }
    @onStartup() protected alpha() {
      order.push(`alpha of ${this.#state}`);
    }
    @onStartup() protected override overridden() {
      order.push("derived overridden");
    }
    protected override dropped() {
      order.push("derived dropped");
    }
    @onShutdown() private first() {
      order.push("first");
    }
    @onShutdown() private second() {
      order.push("second");
    }
  }

  test("run superclass first, in order of declaration, and shut down in reverse", () => {
    const spec = specOf(Hooks);
    const instance = new Hooks();
    for (const hook of [...spec.deployment, ...spec.startup, ...spec.shutdown]) hook.run(instance);
    expect(order).toEqual(["deployment of Hooks", "base zeta", "derived overridden", "alpha of instance", "second", "first", "base close"]);
  });

  test("are no public methods", () => {
    expect(publicMembersWithoutEndpoint(specOf(Hooks))).toEqual(["dropped"]);
  });
});

describe("defineService", () => {
  const log: string[] = [];
  const model = new BentoModel("m:v1");
  const Defined = defineService({
    name: "defined",
    description: "Without decorators",
    traffic: { timeout: 2 },
    models: { model },
    apis: {
      upper: api(
        { input: text, output: text, description: "Shouts" },
        async (words, context) => `${words.toUpperCase()}${context.requestId}`,
      ),
      count: api({ input: z.number(), output: z.number() }, function* (n) {
        for (let i = 0; i < n; i++) yield i;
      }),
      startup: api({}, () => 1),
    },
    startup: () => log.push("startup"),
    shutdown: () => log.push("shutdown"),
    deployment: () => log.push("deployment"),
  });

  test("gives the spec that a class would have", async () => {
    const spec = specOf(Defined);
    expect(spec).toMatchObject({ name: "defined", description: "Without decorators", traffic: { timeoutMs: 2000 }, target: Defined });
    expect(spec.apis.map(({ name, stream, description }) => [name, stream, description])).toEqual([
      ["count", true, undefined],
      ["startup", false, undefined],
      ["upper", false, "Shouts"],
    ]);
    const instance = new Defined();
    await expect(apiOf(spec, "upper").invoke(instance, "a", { requestId: "!" } as Context)).resolves.toBe("A!");
    for (const hook of [...spec.deployment, ...spec.startup, ...spec.shutdown]) hook.run(instance);
    expect(log).toEqual(["deployment", "startup", "shutdown"]);
    expect(publicMembersWithoutEndpoint(spec)).toEqual([]);
  });

  test("refuses what is no api or hook", () => {
    expect(() => defineService({ name: "x", apis: { a: { options: {}, handler: 1 as never } } })).toThrow(/api "a" without a handler/);
    expect(() => defineService({ name: "x" } as never)).toThrow(/options/);
    expect(() => defineService(undefined as never)).toThrow(/was given undefined/);
    expect(() => defineService({ name: "x", apis: {}, models: { m: "clf:latest" as never } })).toThrow(/"m" that is "clf:latest"/);
    expect(() => defineService({ name: "x", apis: {}, models: [] as never })).toThrow(/under models/);
    expect(() => defineService({ name: "x", apis: {}, startup: 1 as never })).toThrow(/startup/);
    expect(() => specOf(defineService({ name: "no good", apis: {} }))).toThrow(/"no good"/);
    expect(() => specOf(defineService({ apis: {} } as never))).toThrow(/^The service "" has no name\.$/);
  });
});

function apiOf(spec: ServiceSpec, name: string) {
  const found = spec.apis.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no api ${name}`);
  return found;
}

describe("workers and resources", () => {
  const uuid = "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77";
  const slice = "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f";
  const specWith = (options: Pick<Parameters<typeof defineService>[0], "resources" | "workers">) =>
    specOf(defineService({ name: "made", apis: {}, ...options }));

  test.each([3, "cpu_count", undefined] as const)("workers: %j is kept", (workers) => {
    expect(specWith({ workers }).workers).toBe(workers);
  });

  test("the devices of each are texts, each once", () => {
    const old = `MIG-${uuid}/1/0`;
    expect(specWith({ workers: [{ gpus: [0, "1", 1] }, { gpus: [uuid, slice, old, "GPU-5d5b"] }, { gpus: [] }] }).workers).toEqual([
      { gpus: ["0", "1"] },
      { gpus: [uuid, slice, old, "GPU-5d5b"] },
      { gpus: [] },
    ]);
  });

  test.each([
    { gpu: 2, cpu: 4, memory: "4Gi" },
    { gpu: 0.5, cpu: "500m", memory: "512M" },
    { gpu: undefined, cpu: 0, memory: undefined },
    { gpu: 1, cpu: "1.5", memory: "1000000" },
  ])("resources %j are kept", (resources) => {
    expect(specWith({ resources }).resources).toEqual(resources);
  });
});

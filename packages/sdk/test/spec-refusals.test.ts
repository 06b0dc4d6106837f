import { describe, expect, test } from "vitest";
import { z } from "zod";
import { api, onDeployment, onStartup, service, type ServiceClass } from "@bento/sdk";
import { specOf } from "@bento/sdk/runtime";

const text = z.string();

describe("a service that cannot work", () => {
  const invalid = (message: string | RegExp, hint: string | RegExp = /./) =>
    expect.objectContaining({
      code: "BENTO_SERVICE_INVALID",
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    }) as Error;

  const withApi = (options: object, name = "classify"): ServiceClass => {
    const target = class Made {
      field = 1;
    };
    Object.defineProperty(target.prototype, name, { value: () => 1 });
    applyToMethod(api(options), target.prototype, name);
    applyToClass(service(), target);
    return target;
  };

  const withService = (options: object): ServiceClass => {
    const target = class Made {
      field = 1;
    };
    applyToClass(service(options), target);
    return target;
  };

  test("is refused without @service", () => {
    expect(() =>
      specOf(
        class NoService {
          field = 1;
        },
      ),
    ).toThrow(invalid(/"NoService" is no service/, /@service\(\)/));
    expect(() => specOf({} as never)).toThrow(invalid(/A service is a class/));
  });

  test.each([
    ["classify", /begin|Begin/i],
    ["/a/", /slash at the end/],
    ["/a?b", /without query/],
    ["/:id", /may be a parameter: "\/items\/\{key\}"/],
    ["/a{id}", /a whole segment/],
    ["/{a}/{a}", /another name/],
    ["/{}", /segments/],
    ["/a/../b", /segments/],
    ["/a b", /segments/],
    ["", /Begin/],
  ])("is refused for the route %j", (route, hint) => {
    expect(() => specOf(withApi({ route }))).toThrow(invalid(literally(route), hint));
  });

  test.each(["/", "/livez", "/readyz", "/healthz", "/metrics", "/schema.json", "/docs.json"])(
    "is refused for the reserved route %s",
    (route) => {
      expect(() => specOf(withApi({ route }))).toThrow(invalid(/the server answers itself/, /another route/));
    },
  );

  test.each(["then", "endpoints", "toJSON", "constructor", "has-dash", "2nd", "__proto__", "größe", ""])(
    "is refused for the api name %j",
    (name) => {
      expect(() => specOf(withApi({ name }))).toThrow(invalid(literally(name), /name/));
    },
  );

  test("is refused for an api method that is called as what clients have", () => {
    expect(() => specOf(withApi({}, "then"))).toThrow(invalid(/"then"/, /another `name`/));
  });

  test.each([
    [{ input: {} }, /input.*no schema/],
    [{ output: "string" }, /output.*no schema/],
    [{ nme: "x" }, /^The api Made.classify has an unknown option "nme"/],
    [{ description: 1 }, /description/],
    [{ stream: "yes" }, /stream.* "yes"/],
  ])("is refused for the api options %j", (options, message) => {
    expect(() => specOf(withApi(options))).toThrow(invalid(message));
  });

  test.each([
    [{ name: "has space" }, /"has space"/],
    [{ name: "" }, /has no name/],
    [{ pathPrefix: "v1" }, /pathPrefix "v1"/],
    [{ pathPrefix: "/v1/" }, /pathPrefix "\/v1\/"/],
    [{ labels: { a: 1 } }, /labels/],
    [{ traffic: { timeout: 0 } }, /traffic.timeout.* 0/],
    [{ traffic: { timeout: "60" } }, /traffic.timeout.* "60"/],
    [{ traffic: { maxConcurrency: 1.5 } }, /traffic.maxConcurrency.* 1.5/],
    [{ traffic: { maxQueue: -1 } }, /traffic.maxQueue.* -1/],
    [{ traffic: { maxQueue: 0.5 } }, /traffic.maxQueue.* 0.5/],
    [{ traffic: { maxQueue: "all" } }, /traffic.maxQueue.* "all"/],
    [{ traffic: { max: 1 } }, /unknown option "max"/],
    [{ traffic: { fairness: "address" } }, /traffic.fairness .* without traffic.maxConcurrency/],
    [{ traffic: { priorities: "header", maxConcurrency: undefined } }, /traffic.priorities .* without traffic.maxConcurrency/],
    [{ traffic: { maxConcurrency: 1, fairness: "ip" } }, /traffic.fairness .* "ip"/],
    [{ traffic: { maxConcurrency: 1, fairness: true } }, /traffic.fairness .* true/],
    [{ traffic: { maxConcurrency: 1, fairness: { name: "x" } } }, /unknown option "name"/],
    [{ traffic: { maxConcurrency: 1, fairness: { header: "" } } }, /traffic.fairness.header .* ""/],
    [{ traffic: { maxConcurrency: 1, fairness: { header: "x tenant" } } }, /traffic.fairness.header .* "x tenant"/],
    [{ traffic: { maxConcurrency: 1, priorities: 3 } }, /traffic.priorities .* 3/],
    [{ workers: 0 }, /workers of the service "Made" is 0/],
    [{ workers: 1.5 }, /workers .* is 1.5/],
    [{ workers: "2" }, /workers .* is "2"/],
    [{ workers: "auto" }, /workers .* is "auto"/],
    [{ workers: [] }, /workers .* are an empty list/],
    [{ workers: [0] }, /workers\[0\] are 0/],
    [{ workers: [{ gpus: [0] }, {}] }, /workers\[1\]\.gpus .* is undefined/],
    [{ workers: [{ gpu: 0 }] }, /unknown option "gpu"/],
    [{ workers: [{ gpus: [0.5] }] }, /workers\[0\]\.gpus .* name 0.5/],
    [{ workers: [{ gpus: [-1] }] }, /workers\[0\]\.gpus .* name -1/],
    [{ workers: [{ gpus: ["cuda:0"] }] }, /workers\[0\]\.gpus .* name "cuda:0"/],
    [{ workers: [{ gpus: ["0,1"] }] }, /workers\[0\]\.gpus .* name "0,1"/],
    [{ workers: [{ gpus: ["GPU-1\nX=1"] }] }, /workers\[0\]\.gpus/],
    [{ resources: { gpu: 1.5 } }, /resources.gpu .* is 1.5/],
    [{ resources: { gpu: 0 } }, /resources.gpu .* is 0/],
    [{ resources: { gpu: "1" } }, /resources.gpu .* is "1"/],
    [{ resources: { gpus: 1 } }, /unknown option "gpus"/],
    [{ resources: { cpu: -1 } }, /resources.cpu .* is -1/],
    [{ resources: { cpu: "half" } }, /resources.cpu .* is "half"/],
    [{ resources: { memory: 4 } }, /resources.memory .* is 4/],
    [{ resources: { memory: "4 GB" } }, /resources.memory .* is "4 GB"/],
    [{ devices: "clamp" }, /unknown option "devices"/],
    [null, /^The options of the service "Made" are null/],
  ])("is refused for the service options %j", (options, message) => {
    expect(() => specOf(withService(options as object))).toThrow(invalid(message));
  });

  test.each([
    [{ replay: {} }, /has a replay, but does not stream/, /Make it a generator/],
    [{ replay: 5, stream: true }, /under replay are 5/, /./],
    [{ replay: { item: 5 }, stream: true }, /unknown option "item"/, /items, bytes, seconds/],
    [{ replay: { items: 0 }, stream: true }, /replay.items .* is 0/, /whole number greater than 0/],
    [{ replay: { items: 1.5 }, stream: true }, /replay.items .* is 1.5/, /whole number/],
    [{ replay: { bytes: 0 }, stream: true }, /replay.bytes .* is 0/, /whole number greater than 0/],
    [{ replay: { seconds: -1 }, stream: true }, /replay.seconds .* is -1/, /greater than 0/],
  ])("is refused for the replay of %j", (options, message, hint) => {
    expect(() => specOf(withApi(options))).toThrow(invalid(message, hint));
  });

  test("a replay has defaults", () => {
    expect(specOf(withApi({ stream: true, replay: {} })).apis[0]?.replay).toEqual({ items: 1000, bytes: 8_388_608, graceMs: 30_000 });
    expect(specOf(withApi({ stream: true })).apis[0]?.replay).toBeUndefined();
  });

  test("is refused for a generator that says it does not stream", () => {
    @service()
    class Denies {
      @api({ input: text, stream: false }) *letters(word: string) {
        yield* word;
      }
    }
    expect(() => specOf(Denies)).toThrow(invalid(/Denies\.letters is a generator/, /Leave `stream` out/));
  });

  test("is refused when two apis share a route or a name", () => {
    @service()
    class Routes {
      @api({ route: "/same" }) one() {}
      @api({ route: "/same" }) two() {}
    }
    @service()
    class Names {
      @api({ name: "same", route: "/one" }) one() {}
      @api({ name: "same", route: "/two" }) two() {}
    }
    @service()
    class Crossed {
      @api({ name: "two", route: "/one" }) one() {}
      @api({ name: "three", route: "/two" }) two() {}
    }
    expect(() => specOf(Routes)).toThrow(invalid(/one and two, with the route "\/same"/));
    expect(() => specOf(Names)).toThrow(invalid(/one and two, that go by "same"/));
    expect(() => specOf(Crossed)).toThrow(invalid(/go by "two"/));
  });

  test("is refused when a decorator is applied twice", () => {
    expect(() => {
      class Twice {
        @api({ input: text }) @api({ input: text }) echo(words: string) {
          return words;
        }
      }
      return Twice;
    }).toThrow(invalid(/@api stands before echo twice/));
    expect(() => {
      class Twice {
        @onStartup() @onStartup() load() {}
      }
      return Twice;
    }).toThrow(invalid(/@onStartup stands before load twice/));
    expect(() => {
      @service()
      @service()
      class Twice {
        field = 1;
      }
      return Twice;
    }).toThrow(invalid(/@service stands before class Twice twice/));
  });

  test("is refused when a method is endpoint and hook", () => {
    expect(() => {
      class Both {
        @api() @onStartup() load() {}
      }
      return Both;
    }).toThrow(invalid(/endpoint and as a lifecycle hook/));
  });

  test("is refused when a decorator stands in the wrong place", () => {
    expect(() => {
      class Static {
        field = 1;
        // @ts-expect-error an endpoint belongs to an instance; legacy decorators see it at run time only
        @api() static ping(this: void, n: number, m: number, o: number) {
          return n + m + o;
        }
      }
      return Static;
    }).toThrow(invalid(/static method ping/, /Remove `static`/));
    expect(() => {
      class Instance {
        // @ts-expect-error a deployment hook is static
        @onDeployment() prepare() {}
      }
      return Instance;
    }).toThrow(invalid(/instance method prepare/, /`static`/));
    expect(() => {
      class Field {
        // @ts-expect-error a field is no method
        @api() field = 1;
      }
      return Field;
    }).toThrow(invalid(/field, which is no method/));
    expect(() => {
      class Symbolic {
        @api() [Symbol.iterator]() {}
      }
      return Symbolic;
    }).toThrow(invalid(/named by Symbol/));
    const asStandard = { kind: "method", name: "#secret", static: false, private: true, metadata: {} };
    expect(() => (api() as (...args: unknown[]) => void)(() => 1, asStandard)).toThrow(invalid(/private method #secret/, /Make it public/));
    expect(() => applyToClass(service(), () => 1)).not.toThrow();
    expect(() => service()({} as never)).toThrow(invalid(/no class/));
  });
});

/** Matches a value as messages quote it. */
function literally(value: string): RegExp {
  return new RegExp(JSON.stringify(value).replaceAll(/[/\\^$*+?.()|[\]{}]/g, String.raw`\$&`));
}

/** As experimentalDecorators call it, which works wherever the tests themselves are compiled. */
function applyToMethod(decorator: unknown, prototype: object, name: string): void {
  (decorator as (...args: unknown[]) => void)(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
}

function applyToClass(decorator: unknown, target: unknown): void {
  (decorator as (...args: unknown[]) => void)(target);
}

import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";
import { bentoDocument } from "./bento-document.js";
import { modelsOf } from "./bento-models.js";
import { parseBentoYaml } from "./bento-yaml.js";

const least = "service: service:S\nname: b\nversion: v1\n";
const parse = (more = ""): ReturnType<typeof parseBentoYaml> => parseBentoYaml(least + more, "/x/bento.yaml");

function reasonOf(text: string): string {
  try {
    parseBentoYaml(text, "/x/bento.yaml");
  } catch (error) {
    if (BentoError.is(error, "BENTO_BENTO_INVALID")) return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

describe("defaults", () => {
  test("of spec 1, as Python fills them in; without a time it is old, not new", () => {
    const info = parse();
    expect(info).toMatchObject({ spec: 1, service: "service:S", entryService: "", labels: {}, models: [], services: [], envs: [] });
    expect(info).toMatchObject({ schema: {}, args: {}, runners: [], apis: [], bentomlVersion: "1.4.39" });
    expect(info.creationTime.getUTCFullYear()).toBe(1);
    expect(info.spec === 1 && info.docker).toMatchObject({ distro: "debian", pythonVersion: "3.11", cudaVersion: null, env: null });
    expect(info.spec === 1 && info.python).toMatchObject({ lockPackages: true, packGitPackages: true, isSrcLayout: false, wheels: null });
  });

  test("of a section that is there and of one of its keys", () => {
    const info = parse("docker: {cuda_version: 11.6}\npython: {}\nconda: {pip: [a, 1]}\n");
    expect(info.spec === 1 && info.docker).toMatchObject({ distro: null, pythonVersion: null, cudaVersion: "11.6" });
    expect(info.spec === 1 && info.python.lockPackages).toBe(null);
    expect(info.spec === 1 && info.conda.pip).toEqual(["a", "1"]);
  });

  test("of spec 2", () => {
    const image = { baseImage: "", pythonVersion: "", commands: [], pythonRequirements: "", postCommands: [], buildInclude: [] };
    expect(parse("spec: 2\n")).toMatchObject({ spec: 2, image });
    expect(parse("spec: 2\nimage: {base_image: x, other: 1}\n")).toMatchObject({ image: { ...image, baseImage: "x" } });
  });
});

test.each(["1", "3", "'2'", "null", "two"])("spec: %s is spec 1", (spec) => expect(parse(`spec: ${spec}\n`).spec).toBe(1));

test("files of before 1.0: plain tags, runner_type, dependencies as text", () => {
  const info = parse(
    "models: [a:v1]\nrunners: [{name: r, runner_type: T, model_runner_module: m}]\nservices: [{name: S, dependencies: [Other, {url: u, service: null}]}]\n",
  );
  expect(info.models[0]).toMatchObject({ module: "unknown", registry: "bentoml", creationTimeText: "0001-01-01T00:00:00" });
  expect(info.spec === 1 && info.runners[0]).toEqual({ name: "r", runnableType: "T", embedded: false, models: [], resourceConfig: null });
  expect(info.services[0]?.dependencies).toEqual([{ service: "Other" }, { url: "u" }]);
});

test("models of hubs, and aliases that services do not know", () => {
  const info = parse(
    "models:\n- {tag: 'a:1', module: null, alias: first}\n- {tag: 'org--m:2', registry: huggingface, metadata: {model_id: org/m}}\n" +
      "services: [{name: S, models: [{tag: 'a:1', module: later}, {tag: 'b:1'}]}]\n",
  );
  expect(modelsOf(info).map(({ tag, module, alias, registry }) => [String(tag), module, alias, registry])).toEqual([
    ["a:1", "later", "first", "bentoml"],
    ["org--m:2", null, undefined, "huggingface"],
    ["b:1", null, undefined, "bentoml"],
  ]);
  expect(bentoDocument(info).models).toEqual([
    { tag: "a:1", module: null, creation_time: "0001-01-01T00:00:00", alias: "first" },
    { tag: "org--m:2", module: null, creation_time: "0001-01-01T00:00:00", registry: "huggingface", metadata: { model_id: "org/m" } },
  ]);
});

test("unknown keys are ignored, and labels are text", () => {
  const info = parse("labels: {a: yes, b: 1.0}\nfuture: {x: 1}\nenvs: [{name: A}, {name: B, value: 1, stage: build, more: 2}]\n");
  expect(info.labels).toEqual({ a: "True", b: "1.0" });
  expect(info.envs).toEqual([
    { name: "A", value: "", stage: "all" },
    { name: "B", value: "1", stage: "build" },
  ]);
  expect(Object.keys(bentoDocument(info))).not.toContain("future");
});

test("name and version are text, however they look", () => {
  const info = parseBentoYaml("service: s\nname: null_\nversion: 20240101\n".replace("null_", "true"), "/x");
  expect(String(info.tag)).toBe("true:20240101");
});

test.each([
  ["", "it is not a map"],
  ["[]", "it is not a map"],
  ["a: [", "The YAML is broken"],
  ["service: s\nversion: v1", 'it has no "name"'],
  ["service: s\nname: b", 'it has no "version"'],
  ["name: b\nversion: v1", 'it has no "service"'],
  ["service: s\nname: a b\nversion: v1", '"a b"'],
  [`${least}models: {a: 1}`, "models is not a list"],
  [`${least}models: [{module: x}]`, 'it has no "models[0].tag"'],
  [`${least}services: [x]`, "services[0] is not a map"],
  [`${least}envs: [{name: A, stage: never}]`, 'envs[0].stage is "never"'],
  [`${least}docker: x`, "docker is not a map"],
  [`${least}creation_time: soon`, '"soon" is not a time'],
  [`${least}schema: x`, "schema is not a map"],
])("%j is refused", (text, why) => {
  expect(reasonOf(text)).toContain(why);
  expect(reasonOf(text)).toContain('"/x/bento.yaml" is no bento');
});

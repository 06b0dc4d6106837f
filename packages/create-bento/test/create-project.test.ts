import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProject, nextSteps } from "../src/index.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "create-bento-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing was thrown",
    (error: unknown) => BentoError.from(error).code,
  );

test("a project has a service, its test, a script that saves the model, and everything that builds them", async () => {
  const project = await createProject({ folder: join(folder, "flowers") });
  expect(project.name).toBe("flowers");
  expect(project.files.toSorted()).toEqual([
    ".gitignore",
    "README.md",
    "package.json",
    "src/main.ts",
    "src/save-model.ts",
    "src/service.test.ts",
    "src/service.ts",
    "src/train.ts",
    "tsconfig.json",
    "vitest.config.ts",
  ]);
  for (const file of project.files) expect(await readFile(join(project.folder, file), "utf8")).not.toContain("{{");
  expect(await readFile(join(project.folder, "src/service.ts"), "utf8")).toContain('@service({ name: "flowers"');
});

test.each([
  ["My Flowers!", "my-flowers"],
  ["---", "bento-service"],
  ["a.b_c", "a-b-c"],
])("the folder %j makes the service %j", async (name, expected) => {
  expect((await createProject({ folder: join(folder, name) })).name).toBe(expected);
});

test("a name is taken as it is given, and refused when no service can have it", async () => {
  expect((await createProject({ folder: join(folder, "a"), name: "iris.v2" })).name).toBe("iris.v2");
  expect(await codeOf(createProject({ folder: join(folder, "b"), name: "no spaces" }))).toBe("BENTO_TAG_INVALID");
});

test("only legacy projects switch experimentalDecorators on, and only the tests of standard ones need SWC", async () => {
  const read = async (world: "standard" | "legacy", file: string): Promise<string> => {
    const project = await createProject({ folder: join(folder, world + file), name: "x", decorators: world });
    return readFile(join(project.folder, file), "utf8");
  };
  expect(await read("legacy", "tsconfig.json")).toContain('"experimentalDecorators": true');
  expect(await read("standard", "tsconfig.json")).not.toContain("experimentalDecorators");
  expect(await read("standard", "package.json")).toContain("unplugin-swc");
  expect(await read("legacy", "package.json")).not.toContain("unplugin-swc");
  // It is what `bento serve src/service.ts` compiles with.
  for (const world of ["standard", "legacy"] as const)
    expect(await readFile(join(folder, `${world}package.json`, "package.json"), "utf8")).toContain("@swc/core");
});

describe("a folder that is in use", () => {
  test("is refused, and nothing in it changes", async () => {
    await writeFile(join(folder, "thesis.txt"), "years of work");
    expect(await codeOf(createProject({ folder }))).toBe("BENTO_TARGET_EXISTS");
    expect(await readFile(join(folder, "thesis.txt"), "utf8")).toBe("years of work");
  });

  test("is fine when it is a fresh git repository", async () => {
    await mkdir(join(folder, ".git"));
    expect((await createProject({ folder, name: "x" })).files).toContain("package.json");
  });

  test("is a file: a sentence says so", async () => {
    await writeFile(join(folder, "file"), "");
    expect(await codeOf(createProject({ folder: join(folder, "file") }))).toBe("BENTO_TRANSFER_FAILED");
  });
});

test.runIf(process.platform === "linux")("where no folder can be made, that is an error, not an endless try", async () => {
  await expect(createProject({ folder: "/proc/bento/service" })).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
});

test("the versions in a new project are those that this repository is tested with", async () => {
  const { folder: project } = await createProject({ folder: join(folder, "x") });
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(project, "package.json"), "utf8")) as Record<
    string,
    Record<string, string>
  >;
  const outside = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => !name.startsWith("@bento/"));
  expect(outside.length).toBeGreaterThan(4);
  for (const [name, range] of outside) {
    const { version } = JSON.parse(await readFile(join("node_modules", name, "package.json"), "utf8")) as { version: string };
    expect(`${name} ${range}`).toBe(`${name} ^${version}`);
  }
});

test("the next steps name the folder as it is seen from here", () => {
  const project = { folder: join(folder, "a b"), name: "x", files: [] };
  expect(nextSteps(project, folder)).toContain('  cd "a b"\n');
  expect(nextSteps(project, join(folder, "a b"))).not.toContain("cd ");
  expect(nextSteps(project, join(folder, "c"))).toContain(`  cd "${project.folder}"\n`);
});

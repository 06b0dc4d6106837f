import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromTarballs, npmInstall, packPackages, tarballIn } from "../support/packed-packages.js";
import { readmeFiles } from "../support/readme.js";
import { runCommand } from "../support/run-command.js";
import { startProgram } from "../support/running-program.js";
import { installedVersion, workspacePackages, workspaceRoot } from "../support/workspace.js";

const timeout = 240_000;

/** What are-the-types-wrong finds. */
interface Problem {
  readonly resolutionKind?: string;
}

/** What the compiler must take and must refuse in a project that knows the packages from npm alone. */
const typesOfTheClient = `
import { type ApiOutput, createClient, type Tensor } from "@bento/client";
import type { Pictures } from "./pictures.js";
import type { Iris } from "./service.js";

const client = createClient<Iris>("http://localhost:1");
export const names = async (): Promise<string[]> => client.classify({ flowers: [[1, 2, 3, 4]] });
export const limited = async (): Promise<string[]> => client.classify({ flowers: [[1, 2, 3, 4]], unknownAbove: 3 });
// @ts-expect-error flowers hold numbers
export const wrongInput = async () => client.classify({ flowers: [["1"]] });
// @ts-expect-error the answer is a list of names
export const wrongOutput = async (): Promise<number[]> => client.classify({ flowers: [[1, 2, 3, 4]] });
// @ts-expect-error there is no such endpoint
export const absent = async () => client.absent({});
// @ts-expect-error hooks are no endpoints
export const hook = async () => client.load();

const pictures = createClient<Pictures>("http://localhost:1");
export const centre: Promise<Tensor<"float32">> = pictures.centre({ points: [[1, 2]] });
export const measured: ApiOutput<Pictures, "measure"> = await pictures.measure({ photo: new Blob() });
// @ts-expect-error a name is no image
export const named = pictures.measure({ photo: "cat.png" });
// @ts-expect-error texts are no points
export const words = pictures.centre({ points: [["1"]] });
`;

const decoratorWorlds = {
  standard: {},
  legacy: { experimentalDecorators: true, emitDecoratorMetadata: true },
} as const;

let folder: string;
let project: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-packaged-"));
  project = join(folder, "project");
  await packPackages(folder);
  await writeProject();
  await npmInstall(project);
}, timeout);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An empty TypeScript project with the README's files in it. */
async function writeProject(): Promise<void> {
  await mkdir(join(project, "src"), { recursive: true });
  const { files: dependencies, overrides } = fromTarballs(folder);
  const others = Object.fromEntries(["zod", "typescript", "@types/node"].map((name) => [name, installedVersion(name)]));
  const manifest = {
    name: "outside",
    private: true,
    type: "module",
    dependencies: { ...dependencies, ...others },
    overrides,
  };
  await writeFile(join(project, "package.json"), JSON.stringify(manifest));
  for (const [world, options] of Object.entries(decoratorWorlds)) {
    const compilerOptions = {
      target: "ES2022",
      module: "NodeNext",
      strict: true,
      skipLibCheck: false,
      types: ["node"],
      rootDir: "src",
      outDir: world,
    };
    const config = { compilerOptions: { ...compilerOptions, ...options }, include: ["src"] };
    await writeFile(join(project, `tsconfig.${world}.json`), JSON.stringify(config));
  }
  const files = await readmeFiles();
  for (const name of ["save.ts", "service.ts", "main.ts", "call.ts", "pictures.ts", "look.ts"]) {
    const code = files.get(name);
    if (code === undefined) throw new Error(`The README has no block "file=${name}".`);
    await writeFile(join(project, "src", name), code);
  }
  await writeFile(join(project, "src", "client-types.ts"), typesOfTheClient);
}

describe("a project that installed the packed packages with npm", () => {
  test("has one copy of each, without a trace of the workspace", async () => {
    const installed = (await readdir(join(project, "node_modules", "@bento"))).toSorted();
    const scoped = workspacePackages.map(({ name }) => name).filter((name) => name.startsWith("@bento/"));
    expect(installed).toEqual(scoped.map((name) => name.replace("@bento/", "")).toSorted());
    const { stdout } = await runCommand("npm", ["ls", "--all", "--parseable"], { cwd: project });
    expect(stdout).not.toContain(workspaceRoot);
    expect(stdout.split("\n").filter((path) => /@bento\/\w+\/node_modules\/@bento\//.test(path))).toEqual([]);
  });

  test.each(Object.keys(decoratorWorlds))(
    "compiles the README's service with %s decorators, checking every declaration, then saves, serves and calls",
    async (world) => {
      await runCommand(join(project, "node_modules/.bin/tsc"), ["-p", `tsconfig.${world}.json`], { cwd: project });
      const env = { BENTOML_HOME: join(folder, `home-${world}`), NODE_OPTIONS: "", VITEST: undefined };

      const saved = await runCommand("node", [`${world}/save.js`], { cwd: project, env });
      expect(saved.stdout).toMatch(/^saved iris:[a-z2-7]{16}\n$/);

      const listed = await runCommand(join(project, "node_modules/.bin/bento"), ["models", "list", "-o", "json"], { cwd: project, env });
      expect(JSON.parse(listed.stdout)).toEqual([expect.objectContaining({ tag: saved.stdout.slice("saved ".length, -1) })]);

      await using server = await startProgram({
        file: "node",
        args: [`${world}/main.js`],
        cwd: project,
        env: { BENTOML_HOME: env.BENTOML_HOME, NODE_OPTIONS: "", PORT: "0" },
        readyUrl: (printed) => /listening on (\S+)/.exec(printed)?.[1]?.concat("/readyz"),
        deadlineMs: 30_000,
      });
      const url = /listening on (\S+)/.exec(server.output())?.[1];
      const called = await runCommand("node", [`${world}/call.js`], { cwd: project, env: { ...env, IRIS_URL: url } });
      expect(called.stdout).toMatch(/^\[ 'setosa' \]\nflowers\.0 \S.*\n$/);
      expect(await server.stop()).toBe(0);
    },
    timeout,
  );
});

describe.each(workspacePackages)("the tarball of $name", (one) => {
  test("holds what runs and what debuggers need, nothing else", async () => {
    const { stdout } = await runCommand("tar", ["-tzf", tarballIn(folder, one)]);
    const unexpected = stdout
      .trim()
      .split("\n")
      .filter(
        (path) =>
          !/^package\/(package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/.+\.(js|d\.ts|map|html|css)|dist\/.*(LICENSE|NOTICE)(\.txt)?|src\/.+\.(ts|js)|templates\/.+|bin\/create-bento\.js|liblzma\/(encoder\.wasm|README\.md))$/.test(
            path,
          ) || /^package\/(?!templates\/).*(\.test\.|tsbuildinfo)/.test(path),
      );
    expect(unexpected).toEqual([]);
    expect(stdout).toContain("package/LICENSE\n");
  });

  test("has nothing for publint to say", async () => {
    const { stdout } = await runCommand(join(workspaceRoot, "node_modules/.bin/publint"), ["run", tarballIn(folder, one), "--strict"]);
    expect(stdout).toContain("All good!");
  });

  test(
    "has right types for every way to import it",
    async () => {
      const attw = join(workspaceRoot, "node_modules/.bin/attw");
      const { stdout } = await runCommand(attw, [tarballIn(folder, one), "--profile", "esm-only", "--format", "json"]);
      const { analysis } = JSON.parse(stdout) as {
        readonly analysis: { readonly entrypoints: object; readonly problems: readonly Problem[] };
      };
      expect(Object.keys(analysis.entrypoints)).toContain(".");
      // Of what is for modules alone, CommonJS and older compilers cannot but complain.
      const isMinded = ({ resolutionKind }: Problem): boolean => resolutionKind !== "node10" && resolutionKind !== "node16-cjs";
      expect(analysis.problems.filter(isMinded)).toEqual([]);
    },
    timeout,
  );
});

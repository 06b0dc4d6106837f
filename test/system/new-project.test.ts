import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromTarballs, npmInstall, packPackages } from "../support/packed-packages.js";
import { runCommand } from "../support/run-command.js";
import { startProgram } from "../support/running-program.js";

const timeout = 240_000;
/** How each kind of project is made: by either of the two commands that make them. */
const worlds = {
  standard: ["create-bento", "standard"],
  legacy: ["bento", "init", "legacy", "--legacy-decorators"],
} as const;

let folder: string;

// One npm workspace around both projects, so that npm installs once for the two.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-new-project-"));
  await packPackages(folder);
  const { files, overrides } = fromTarballs(folder);
  const install = async (workspaces: readonly string[]): Promise<void> => {
    const manifest = { name: "outside", private: true, dependencies: files, overrides, workspaces };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await npmInstall(folder);
  };
  await install([]);
  for (const [command, ...args] of Object.values(worlds))
    await runCommand(join(folder, "node_modules/.bin", command), args, { cwd: folder });
  await install(Object.keys(worlds));
}, timeout);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.keys(worlds))("a new project with %s decorators", (world) => {
  test("passes its own tests, saves its model, and answers the request that its README shows", { timeout }, async () => {
    const project = join(folder, world);
    const env = { BENTOML_HOME: join(folder, `home-${world}`), NODE_OPTIONS: "", VITEST: undefined, PORT: "0" };

    const tested = await runCommand("npm", ["test"], { cwd: project, env: { ...env, NO_COLOR: "1" } });
    expect(tested.stdout).toMatch(/Tests +2 passed/);
    const saved = await runCommand("npm", ["run", "--silent", "save"], { cwd: project, env });
    expect(saved.stdout).toMatch(/^saved iris:[a-z2-7]{16}\n$/);

    await using server = await startProgram({
      file: "npm",
      args: ["start"],
      cwd: project,
      env,
      readyUrl: (printed) => /listening on (\S+)/.exec(printed)?.[1]?.concat("/readyz"),
      deadlineMs: 60_000,
    });
    const url = /listening on (\S+)/.exec(server.output())?.[1] as string;
    const readme = await readFile(join(project, "README.md"), "utf8");
    const [, path, type, body] = /curl http:\/\/localhost:3000(\S+) -H 'content-type: (\S+)' -d '(.*)'/.exec(readme) as string[];
    const answer = await fetch(new URL(path as string, url), {
      method: "POST",
      headers: { "content-type": type as string },
      body: body as string,
    });
    expect(await answer.json()).toEqual(["setosa"]);
    await server.interrupt();
  });
});

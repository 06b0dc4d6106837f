import { fileURLToPath } from "node:url";
import { freePort } from "../../support/free-port.js";
import { type RunningProgram, startProgram } from "../../support/running-program.js";
import { workspaceRoot } from "../../support/workspace.js";
import { temporaryHome } from "./temporary-home.js";

/** The services of the zoo that Python's clients were recorded with, and the modules that hold them in our words. */
export const zooModules = {
  Typed: "bentoml-zoo-typed",
  Rooted: "bentoml-zoo-typed",
  Arrays: "bentoml-zoo-kinds",
  Media: "bentoml-zoo-kinds",
  Batched: "bentoml-zoo-kinds",
  Streams: "bentoml-zoo",
  Routed: "bentoml-zoo",
  Prefixed: "bentoml-zoo",
  Failing: "bentoml-zoo",
  Limited: "bentoml-zoo",
  Unwell: "bentoml-zoo",
} as const satisfies Readonly<Record<string, string>>;

/** Serves `module:name` by the built packages, in a process of its own or in worker processes behind that. */
export async function serveModule(module: string, name: string, workers?: number): Promise<RunningProgram & { readonly url: string }> {
  const home = await temporaryHome();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram({
    file: process.execPath,
    args: [
      fileURLToPath(new URL("serve-zoo.mjs", import.meta.url)),
      `${module}:${name}`,
      String(port),
      ...(workers === undefined ? [] : [String(workers)]),
    ],
    cwd: workspaceRoot,
    env: { NODE_OPTIONS: "", BENTOML_HOME: home.path },
    // One of them never says that it is well.
    readyUrl: `${url}/schema.json`,
    deadlineMs: 60_000,
  });
  return {
    ...program,
    url,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Serves a service of the zoo. */
export function serveZoo(name: keyof typeof zooModules, workers?: number): Promise<RunningProgram & { readonly url: string }> {
  return serveModule(`${workspaceRoot}packages/server/test/${zooModules[name]}.ts`, name, workers);
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../support/free-port.js";
import { type RunningProgram, startProgram } from "../../support/running-program.js";
import { pythonCommands, pythonEnvironment } from "./python.js";
import { temporaryHome } from "./temporary-home.js";

/** A real Python service, ready for calls. */
export interface PythonService extends RunningProgram {
  readonly url: string;
}

/** Starts `bentoml serve` for the probe service, or for another of its folder, on a loopback port. */
export async function startPythonService(target = "service:Probe"): Promise<PythonService> {
  const home = await temporaryHome();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram({
    file: join(pythonCommands, "bentoml"),
    args: ["serve", target, "--host", "127.0.0.1", "--port", String(port)],
    cwd: fileURLToPath(new URL("python-service", import.meta.url)),
    env: { ...pythonEnvironment, BENTOML_HOME: home.path },
    readyUrl: `${url}/readyz`,
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

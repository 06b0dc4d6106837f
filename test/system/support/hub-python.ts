import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureEnvironment, pythonEnvironment } from "./python.js";

/** The versions of Python's `huggingface_hub` that share caches with us in the tests. */
export const hubVersions = { newest: "2.4.0", older: "0.36.2" } as const;
export type HubVersion = keyof typeof hubVersions;

const calls = fileURLToPath(new URL("hub_calls.py", import.meta.url));
const folderOf = (version: HubVersion): string =>
  fileURLToPath(new URL(`../../../.cache/venv-huggingface-hub-${hubVersions[version]}/`, import.meta.url));

/** Installs the unmodified package, unless it is there. */
export async function ensureHubPython(version: HubVersion): Promise<void> {
  await ensureEnvironment(
    {
      folder: folderOf(version),
      requirements: fileURLToPath(new URL(`../requirements-hub-${version}.txt`, import.meta.url)),
      what: `huggingface_hub ${hubVersions[version]}`,
      check: `import huggingface_hub as h; assert h.__version__ == '${hubVersions[version]}', h.__version__`,
    },
    (line) => process.stderr.write(`${line}\n`),
  );
}

/** A Python process that works on a cache. */
export interface HubPython<T> {
  /** What it answered. @throws Error with what it printed, when it failed */
  readonly answer: Promise<T>;
  kill(): void;
}

/** Has Python do one thing: a function of `hub_calls.py`, in a process of its own. */
export function hubPython<T>(
  version: HubVersion,
  method: string,
  params: object,
  env: Readonly<Record<string, string>> = {},
): HubPython<T> {
  const child = spawn(`${folderOf(version)}bin/python`, [calls, method, JSON.stringify(params)], {
    env: { PATH: process.env["PATH"], HF_HUB_DISABLE_TELEMETRY: "1", HF_HUB_DISABLE_UPDATE_CHECK: "1", ...pythonEnvironment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (printed.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const answer = new Promise<T>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(printed.stdout) as T);
      else reject(new Error(`huggingface_hub ${hubVersions[version]} ended with ${code}.\n${printed.stderr}`));
    });
  });
  return { answer, kill: () => void child.kill("SIGKILL") };
}

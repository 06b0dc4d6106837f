import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../support/run-command.js";
import { ensureDebianPackages } from "./apt.js";
import { exclusively } from "./exclusively.js";

const environment = fileURLToPath(new URL("../../../.cache/venv-bentoml-1.4.39/", import.meta.url));
const requirements = fileURLToPath(new URL("../requirements.txt", import.meta.url));
const stamp = `${environment}requirements.sha256`;

/** The interpreter that can import the real BentoML; there after {@link ensurePython}. */
export const pythonPath = `${environment}bin/python`;

/** The folder of that environment's commands, `bentoml` among them. */
export const pythonCommands = `${environment}bin`;

/** What every Python process of the tests gets: no telemetry, UTF-8 everywhere, no buffered output, times in UTC. */
export const pythonEnvironment = {
  BENTOML_DO_NOT_TRACK: "true",
  PYTHONUTF8: "1",
  PYTHONUNBUFFERED: "1",
  PYTHONDONTWRITEBYTECODE: "1",
  TZ: "UTC",
} as const;

/**
 * Makes the virtual environment with the real BentoML, unless it is there already with the same requirements.
 * @param say told what happens when it takes long
 * @throws Error with the output of the command that failed
 */
export async function ensurePython(say: (line: string) => void = () => {}): Promise<void> {
  // A virtual environment holds its own path, so that one which was moved is of no use.
  const wanted = createHash("sha256")
    .update(environment)
    .update(await readFile(requirements))
    .digest("hex");
  const isThere = async (): Promise<boolean> => (await readFile(stamp, "utf8").catch(() => undefined)) === wanted;
  if (await isThere()) return;
  await exclusively(`${environment.slice(0, -1)}.lock`, async () => {
    if (await isThere()) return;
    await makeEnvironment(say);
    await writeFile(stamp, wanted);
  });
}

async function makeEnvironment(say: (line: string) => void): Promise<void> {
  const python = await findPython(say);
  say(`Making a virtual environment in ${environment}`);
  await rm(environment, { recursive: true, force: true });
  await runCommand(python, ["-m", "venv", environment]);
  say("Installing BentoML 1.4.39 from Python's registry, a minute or so");
  await runCommand(pythonPath, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", requirements]);
  await runCommand(pythonPath, ["-c", "import bentoml; assert bentoml.__version__ == '1.4.39', bentoml.__version__"], {
    env: { ...pythonEnvironment, BENTOML_HOME: `${environment}home` },
  });
}

/** A Python that is new enough and can make virtual environments; Debian's own is installed when there is none. */
async function findPython(say: (line: string) => void): Promise<string> {
  if (await isUsable("python3")) return "python3";
  say("Installing Debian's python3 and python3-venv");
  await ensureDebianPackages(["python3", "python3-venv"]);
  return "/usr/bin/python3";
}

async function isUsable(python: string): Promise<boolean> {
  const question = "import ensurepip, sys, venv; sys.exit(0 if sys.version_info >= (3, 11) else 1)";
  return runCommand(python, ["-c", question]).then(
    () => true,
    () => false,
  );
}

import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../support/run-command.js";
import { ensureDebianPackages } from "./apt.js";
import { exclusively } from "./exclusively.js";

const environment = fileURLToPath(new URL("../../../.cache/venv-bentoml-1.4.39/", import.meta.url));
const requirements = fileURLToPath(new URL("../requirements.txt", import.meta.url));

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

/** A virtual environment of the tests. */
export interface PythonEnvironment {
  /** Absolute, with a slash at its end. */
  readonly folder: string;
  /** Path of the file that says what is in it. */
  readonly requirements: string;
  /** As it stands in a sentence. */
  readonly what: string;
  /** Python that fails where something is wrong. */
  readonly check: string;
}

/**
 * Makes the virtual environment with the real BentoML, unless it is there already with the same requirements.
 * @param say told what happens when it takes long
 * @throws Error with the output of the command that failed
 */
export async function ensurePython(say: (line: string) => void = () => {}): Promise<void> {
  const check = "import bentoml; assert bentoml.__version__ == '1.4.39', bentoml.__version__";
  await ensureEnvironment({ folder: environment, requirements, what: "BentoML 1.4.39", check }, say);
}

/** Makes a virtual environment, unless it is there already with the same requirements. */
export async function ensureEnvironment(wanted: PythonEnvironment, say: (line: string) => void = () => {}): Promise<void> {
  const { folder } = wanted;
  const stamp = `${folder}requirements.sha256`;
  // A virtual environment holds its own path, so that one which was moved is of no use.
  const digest = createHash("sha256")
    .update(folder)
    .update(await readFile(wanted.requirements))
    .digest("hex");
  const isThere = async (): Promise<boolean> => (await readFile(stamp, "utf8").catch(() => undefined)) === digest;
  if (await isThere()) return;
  await exclusively(`${folder.slice(0, -1)}.lock`, async () => {
    if (await isThere()) return;
    await makeEnvironment(wanted, say);
    await writeFile(stamp, digest);
  });
}

async function makeEnvironment({ folder, requirements: path, what, check }: PythonEnvironment, say: (line: string) => void): Promise<void> {
  const python = await findPython(say);
  const own = `${folder}bin/python`;
  say(`Making a virtual environment in ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await runCommand(python, ["-m", "venv", folder]);
  say(`Installing ${what} from Python's registry, a minute or so`);
  await runCommand(own, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", path]);
  await runCommand(own, ["-c", check], { env: { ...pythonEnvironment, BENTOML_HOME: `${folder}home` } });
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

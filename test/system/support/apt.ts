import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../support/run-command.js";
import { exclusively } from "./exclusively.js";

/** All packages of Debian that the tests of the `system` project run, one a line: they are installed together, before the first test. */
const list = new URL("../debian-packages.txt", import.meta.url);
/** Other processes of this machine may install too, from this clone or another. */
const lockFile = join(tmpdir(), "bento-apt.lock");

/** Those that {@link ensureDebianPackages} may be asked for. */
export async function debianPackages(): Promise<readonly string[]> {
  return (await readFile(list, "utf8")).trim().split("\n");
}

/**
 * Installs the Debian packages that are not there yet. May be called by several at the same time.
 * @throws Error with the output of apt-get when they cannot be had: a test against a real program fails without it, and is never skipped
 */
export async function ensureDebianPackages(names: readonly string[]): Promise<void> {
  const known = await debianPackages();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`Add ${unknown.join(", ")} to test/system/debian-packages.txt.`);
  if ((await missingPackages(names)).length === 0) return;
  await exclusively(lockFile, async () => {
    const missing = await missingPackages(names);
    if (missing.length === 0) return;
    await aptGet("update");
    await aptGet("install", "-y", "--no-install-recommends", ...missing);
  });
}

async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  // dpkg-query ends with 1 when it knows nothing of one of the names, and still prints the others.
  const { stdout } = await runCommand("dpkg-query", ["-W", "-f", "${db:Status-Status} ${Package}\\n", ...names], { accept: [0, 1] });
  const installed = new Set(stdout.split("\n").flatMap((line) => (line.startsWith("installed ") ? [line.slice("installed ".length)] : [])));
  return names.filter((name) => !installed.has(name));
}

async function aptGet(...args: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // Whoever else installs something is waited for.
  const all = ["-o", "DPkg::Lock::Timeout=300", ...args];
  if (process.getuid?.() === 0) await runCommand("apt-get", all, { env });
  else await runCommand("sudo", ["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...all]);
}

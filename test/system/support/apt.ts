import { runCommand } from "../../support/run-command.js";

/**
 * Installs the Debian packages that are not there yet.
 * @throws Error with the output of apt-get when they cannot be had: a test against a real program fails without it, and is never skipped
 */
export async function ensureDebianPackages(names: readonly string[]): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  await aptGet("update");
  await aptGet("install", "-y", "--no-install-recommends", ...missing);
}

async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  // dpkg-query ends with 1 when it knows nothing of one of the names, and still prints the others.
  const { stdout } = await runCommand("dpkg-query", ["-W", "-f", "${db:Status-Status} ${Package}\\n", ...names], { accept: [0, 1] });
  const installed = new Set(stdout.split("\n").flatMap((line) => (line.startsWith("installed ") ? [line.slice("installed ".length)] : [])));
  return names.filter((name) => !installed.has(name));
}

async function aptGet(...args: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  if (process.getuid?.() === 0) await runCommand("apt-get", args, { env });
  else await runCommand("sudo", ["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args]);
}

import { debianPackages, ensureDebianPackages } from "./apt.js";
import { ensureHubPython } from "./hub-python.js";
import { ensurePyftpdlib } from "./pyftpdlib.js";
import { ensurePython } from "./python.js";

/** Runs once before the tests against real programs: installs at the same time, and Debian's packages in one go, what each test makes sure of by itself. */
export default async function prepare(): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  // What cannot be had fails the tests that need it, with the same words.
  const later = (error: unknown): void => say(String(error));
  await Promise.all([
    debianPackages().then(ensureDebianPackages).catch(later),
    ensurePython(say),
    ensureHubPython("newest").catch(later),
    ensureHubPython("older").catch(later),
    ensurePyftpdlib(say).catch(later),
  ]);
}

import { ensurePython } from "./python.js";

/** Runs once before the tests of the `system` project. */
export default async function prepare(): Promise<void> {
  await ensurePython((line) => process.stderr.write(`${line}\n`));
}

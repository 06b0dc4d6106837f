// Runs projects of vitest and reports them in one line that any CI can read.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, runTool } from "./step.mjs";

/**
 * Runs the projects with the usual output, and resolves with the counts and with whether all went well.
 * A file that could not even be loaded, and an error outside every test, count as one failure each.
 *
 * @param {string} name of this run, for its report's file
 * @param {readonly string[]} projects of vitest.config.ts
 */
export async function runProjects(name, projects) {
  const report = join(root, ".cache", "vitest", `${name}.json`);
  mkdirSync(join(root, ".cache", "vitest"), { recursive: true });
  rmSync(report, { force: true });
  const selected = projects.flatMap((project) => ["--project", project]);
  const code = await runTool("vitest", ["run", ...selected, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
  const { passed, failed } = countTests(report);
  const unaccounted = code !== 0 && failed === 0 ? 1 : 0;
  return { passed, failed: failed + unaccounted };
}

/** The line that closes a run. A run without any test is a failed one. */
export function printClosingLine({ passed, failed }) {
  const failures = passed + failed === 0 ? 1 : failed;
  console.log(`\n${passed} passed, ${failures} failed`);
  return failures === 0;
}

function countTests(report) {
  let summary;
  try {
    summary = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 0 };
  }
  const unloaded = summary.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  return { passed: summary.numPassedTests, failed: summary.numFailedTests + unloaded.length };
}

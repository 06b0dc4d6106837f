// Runs projects of vitest and reports them in one line that any CI can read.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
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
  const { passed, failed, failures } = countTests(report);
  const unaccounted = code !== 0 && failed === 0 ? 1 : 0;
  return { passed, failed: failed + unaccounted, failures };
}

/**
 * What closes a run: every failure once more, for whoever sees only the end of a long log, and the counts. A run without
 * any test is a failed one.
 */
export function printClosingLine(...runs) {
  for (const failure of runs.flatMap((run) => run.failures)) console.log(`\nFAILED ${failure}`);
  const passed = runs.reduce((sum, run) => sum + run.passed, 0);
  // One that found no test at all must not hide behind another.
  const failed = runs.reduce((sum, run) => sum + (run.passed === 0 ? Math.max(1, run.failed) : run.failed), 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0;
}

function countTests(report) {
  let summary;
  try {
    summary = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 0, failures: [] };
  }
  const unloaded = summary.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  const failures = summary.testResults.flatMap((file) => [
    ...file.assertionResults.flatMap(({ status, fullName, failureMessages }) =>
      status === "failed" ? [describeFailure(file.name, fullName, failureMessages.join("\n"))] : [],
    ),
    ...(unloaded.includes(file) ? [describeFailure(file.name, "could not be loaded", file.message)] : []),
  ]);
  return { passed: summary.numPassedTests, failed: summary.numFailedTests + unloaded.length, failures };
}

/** Where, what, and the beginning of why. */
function describeFailure(file, name, message) {
  const why = message.split("\n").slice(0, 20).join("\n");
  return `${relative(root, file)} > ${name}\n${why.slice(0, 2000)}`;
}

import swc from "unplugin-swc";
import { defineConfig } from "vitest/config";

// In-repo tests run against the sources of every package, so that no test can pass on a stale build.
const source = { resolve: { conditions: ["@bento/source"] }, ssr: { resolve: { conditions: ["@bento/source"] } } };

// vite's own compiler (oxc) lowers legacy decorators only, SWC lowers the standard ones: hence one project for each world.
const standardDecorators = swc.vite({
  jsc: {
    parser: { syntax: "typescript", decorators: true },
    transform: { decoratorVersion: "2022-03" },
    target: "es2022",
    keepClassNames: true,
  },
});

/**
 * Suites that start servers and workers over and over, in processes of their own and from the built packages. They need
 * Node alone, but take minutes: `npm run test:system` runs them.
 */
const processes = [
  "packages/server/test/{pool*,models-from-registry,bad-input-{bounds,fuzz},round-trips,shared-port,entry,typescript,reload}.test.ts",
  "packages/server/test/devices/pinning.test.ts",
  "packages/client/test/{answer-fuzz,connections,resuming}.test.ts",
  "packages/cli/test/{models,registry,serve,cloud,remote-interrupt,remote-secrets}.test.ts",
  "packages/registry-server/test/{python-recordings,access,hostile,serve}.test.ts",
  "packages/store/test/two-processes.test.ts",
  "packages/store/test/remote/{gs,secrets,optional-packages}.test.ts",
  "packages/store/test/remote/openssh-config.test.ts",
  "packages/registry/test/{static,oci}/*.test.ts",
  "packages/registry/test/{replay,plain-parts,plain-pull,plain-resume}.test.ts",
  "packages/registry-server/test/{plain-upload,presigned-uploads,collect,full-disk,large-upload}.test.ts",
  "packages/registry/test/{content,content-faults,content-lies,hub-snapshot,hub-hostile}.test.ts",
  "packages/store/test/signing/policy.test.ts",
  "packages/store/test/remote/{export-import,open-remote,remote-memory,ftp-faults,faults}.test.ts",
  "test/{pages,published-types,readme,sdk-built}.test.ts",
  "examples/{batching,streaming}/smoke.test.ts",
];

/** Suites of the server in which no class is decorated: they are long, and run once. */
const withoutClasses = [
  "batcher",
  "batching-simulation",
  "continuous-leaving",
  "running-batch",
  "rush",
  "egress",
  "url-inputs",
  "url-fetches",
  "spool-room",
  "root-files",
];

/**
 * Tests against real programs that measure times, or kill at moments which they have measured: one file at a time. All
 * others run side by side, as they use about one processor each and wait a lot.
 */
const alone = ["{store,export,import,registry}-kill", "{bench-list,dashboard,quickstart-kills,serve-start,streaming-page}"].map(
  (names) => `test/system/${names}.test.ts`,
);

/** For what hangs. A test that is right may take long on a machine that has much else to do. */
const testTimeout = 60_000;

/** Files share their process and what it has loaded: to load all anew for each took a fourth of the time. So none may leave anything behind. */
const shared = { isolate: false, unstubEnvs: true, unstubGlobals: true };

/** What installs programs and runs them. */
const againstPrograms = {
  ...source,
  plugins: [standardDecorators],
  oxc: false as const,
  test: { globalSetup: ["test/system/support/prepare-programs.ts"], testTimeout: 300_000, hookTimeout: 600_000 },
};

export default defineConfig({
  test: {
    // Every processor: many of the tests wait for processes and disks of their own.
    maxWorkers: "100%",
    projects: [
      {
        ...source,
        plugins: [standardDecorators],
        oxc: false,
        test: {
          name: "standard",
          testTimeout,
          ...shared,
          include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "test/*.test.ts", "examples/*/*.test.ts"],
          exclude: processes,
        },
      },
      {
        ...source,
        oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
        test: {
          name: "legacy",
          testTimeout,
          ...shared,
          // Where a decorated class is at work. Limits, auth and what is hostile in forms are long, and the same however a class was compiled; the
          // stream between processes knows no classes.
          include: ["packages/{sdk,server}/test/*.test.ts"],
          exclude: [
            ...processes,
            ...["limits", "auth", "wire-*", "forms-*", ...withoutClasses].map((name) => `packages/server/test/${name}.test.ts`),
          ],
        },
      },
      {
        ...source,
        plugins: [standardDecorators],
        oxc: false,
        test: { name: "processes", include: processes, testTimeout },
      },
      { ...againstPrograms, test: { ...againstPrograms.test, name: "system", include: ["test/system/**/*.test.ts"], exclude: alone } },
      { ...againstPrograms, test: { ...againstPrograms.test, name: "alone", include: alone, fileParallelism: false } },
    ],
  },
});

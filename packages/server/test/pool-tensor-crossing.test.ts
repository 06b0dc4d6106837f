import { afterAll, beforeAll, describe, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type BentoServer, serve } from "../dist/index.js";
import { TensorCrossing } from "./fixtures/tensor-crossing-service.mjs";
import { testCrossing } from "./tensor-crossing.js";

vi.setConfig({ testTimeout: 60_000 });

describe.each(["pool", "shared-port"] as const)("bodies on their way to two workers, mode %s", (mode) => {
  let server: BentoServer;
  beforeAll(async () => {
    const entry = new URL("fixtures/tensor-crossing-service.mjs", import.meta.url);
    server = await serve(TensorCrossing, {
      port: 0,
      workers: 2,
      mode,
      entry,
      execArgv: [],
      handleSignals: false,
      accessLog: false,
      banner: false,
    });
  });
  afterAll(() => server.close());

  testCrossing((path, init) => fetch(server.url + path, init));
});

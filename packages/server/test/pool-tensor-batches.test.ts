import { afterAll, beforeAll, describe, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type BentoServer, serve } from "../dist/index.js";
import { LineLogger } from "./doors.js";
import { TensorBatches } from "./fixtures/tensor-batches-service.mjs";
import { testTensorBatches } from "./tensor-batches.js";

vi.setConfig({ testTimeout: 60_000 });

// A service that gathers does not share its port, also where nobody asks for a pool.
describe.each(["pool", undefined] as const)("batches of tensors through two workers, mode %s", (mode) => {
  let server: BentoServer;
  beforeAll(async () => {
    const entry = new URL("fixtures/tensor-batches-service.mjs", import.meta.url);
    server = await serve(TensorBatches, { port: 0, workers: 2, mode, entry, execArgv: [], logger: new LineLogger(), handleSignals: false });
  });
  afterAll(() => server.close());

  testTensorBatches((path, init) => fetch(server.url + path, init));
});

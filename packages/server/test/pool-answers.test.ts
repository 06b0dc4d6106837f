import { afterAll, beforeAll, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type BentoServer, serve } from "../dist/index.js";
import { LineLogger } from "./doors.js";
import { testAnswers } from "./echo-answers.js";
import { Echo } from "./fixtures/echo-service.mjs";

vi.setConfig({ testTimeout: 60_000 });

let server: BentoServer;
beforeAll(async () => {
  const entry = new URL("fixtures/echo-service.mjs", import.meta.url);
  server = await serve(Echo, { port: 0, workers: 2, mode: "pool", entry, execArgv: [], logger: new LineLogger(), handleSignals: false });
});
afterAll(() => server.close());

testAnswers((path, init) => fetch(server.url + path, init), 25);

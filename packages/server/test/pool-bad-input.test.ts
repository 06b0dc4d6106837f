import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { serve } from "../dist/index.js";
import { badCases } from "./bad-input-cases.js";
import { expectRefusal } from "./bad-input-check.js";
import { LineLogger } from "./doors.js";
import { BadInput } from "./fixtures/bad-input-service.mjs";

vi.setConfig({ testTimeout: 120_000 });

const entry = new URL("fixtures/bad-input-service.mjs", import.meta.url);

test("what is malformed is refused through workers as in process", async () => {
  const logger = new LineLogger();
  const options = { port: 0, workers: 2, entry, logger, execArgv: [], accessLog: false, banner: false, handleSignals: false };
  await using server = await serve(BadInput, { ...options, mode: "pool" });
  const left = badCases.values();
  const ask = async () => {
    for (const bad of left) await expectRefusal(await fetch(server.url + bad.path, bad.init), bad);
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  // No worker died of it.
  expect(logger.lines.filter(({ level }) => level !== "info")).toEqual([]);
  expect(await (await fetch(`${server.url}/still`, { method: "POST" })).text()).toBe("there");
});

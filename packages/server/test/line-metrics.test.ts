import { api, defineService } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { doors, json, open } from "./doors.js";
import { gate } from "./gate.js";
import { samplesOf, valueOf } from "./exposition.js";

function waiting() {
  const held = gate();
  const Waiting = defineService({
    name: "Waiting",
    traffic: { maxConcurrency: 1, priorities: "header" },
    apis: {
      hold: api({ input: z.object({}), output: z.number() }, async () => {
        await held.promise;
        return 1;
      }),
    },
  });
  return { Waiting, release: held.open };
}

describe.each(doors)("metrics of the line by %s", (door) => {
  test("tell how many calls wait, and how long they did, by priority", async () => {
    const { Waiting, release } = waiting();
    await using app = await open(door, Waiting);
    const line = async (name: string, priority: number) =>
      valueOf(samplesOf(await (await app.fetch("/metrics")).text()), `bentoml_service_line_${name}`, {
        priority: String(priority),
        service_name: "Waiting",
        runner_name: "Waiting",
        service_version: "not available",
      });
    const first = app.fetch("/hold", json({}));
    await expect.poll(() => line("duration_seconds_count", 3)).toBe(1);
    const others = [1, 1, 6].map((urgency) => app.fetch("/hold", json({}, { priority: `u=${urgency}` })));
    await expect.poll(async () => [await line("waiting", 1), await line("waiting", 3), await line("waiting", 6)]).toEqual([2, 0, 1]);
    expect(await line("duration_seconds_count", 1)).toBe(0);
    expect(await line("waiting", 0), "nobody was ever as urgent").toBeUndefined();
    release();
    for (const { status } of await Promise.all([first, ...others])) expect(status).toBe(200);
    expect([await line("waiting", 1), await line("duration_seconds_count", 1), await line("duration_seconds_count", 6)]).toEqual([0, 2, 1]);
    expect(await line("duration_seconds_sum", 6)).toBeGreaterThan(0);
  });
});

test("where calls do not wait, there is nothing to tell of a line", async () => {
  const Refusing = defineService({ name: "Refusing", traffic: { maxConcurrency: 1 }, apis: { one: api({ output: z.number() }, () => 1) } });
  await using app = await createApp(Refusing);
  await app.request("/one", json({}));
  expect(await (await app.request("/metrics")).text()).not.toContain("_line_");
});

import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@bento/client";
import { defineService } from "@bento/sdk";
import { serve } from "@bento/server";
import { expect, test } from "vitest";

const Counting = defineService({
  name: "counting",
  apis: {
    count: {
      options: {},
      handler: (() => {
        let calls = 0;
        return () => ++calls;
      })(),
    },
  },
});

test("no call is lost around the 65 seconds after which a server closes an idle connection", async () => {
  await using server = await serve(Counting, { port: 0, banner: false, accessLog: false, handleSignals: false });
  // Each with connections of its own, and each back a little later than the one before: from 58 to 68 seconds.
  const calls = Array.from({ length: 200 }, async (_, index) => {
    const client = createClient<InstanceType<typeof Counting>>(server.url, { retries: 0 });
    await client.count();
    await sleep(58_000 + index * 50);
    return client.count();
  });
  const counts = (await Promise.all(calls)) as number[];
  expect(Math.max(...counts)).toBe(400);
}, 120_000);

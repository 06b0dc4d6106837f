import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

import { api, defineService } from "@bento/sdk";
import { expect, test } from "vitest";
import { z } from "zod";

import { serve } from "../src/index.js";
import { LineLogger } from "./doors.js";

const Busy = defineService({
  name: "Busy",
  apis: { seven: api({ input: z.object({}), output: z.number() }, () => 7) },
});

/** How many connections to a port of this machine wait for a sign of it, where the system can say so. */
function waitingToBeHeard(port: number): number {
  if (process.platform !== "linux") return 0;
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  const [synSent, synReceived] = ["02", "03"];
  return rows.filter((row) => {
    const [, local = "", there = "", state] = row.trim().split(/\s+/);
    return (state === synSent && there.endsWith(remote)) || (state === synReceived && local.endsWith(remote));
  }).length;
}

test("callers that come in one moment, before any can be accepted, are all heard", async () => {
  const most = process.platform === "linux" ? Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8")) : 128;
  const quiet = { banner: false, accessLog: false, handleSignals: false, logger: new LineLogger() } as const;
  await using server = await serve(Busy, { ...quiet, host: "127.0.0.1", port: 0 });
  const port = Number(new URL(server.url).port);
  const request = `POST /seven HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
  const sockets = Array.from({ length: Math.min(1000, most) }, () => connect(port, "127.0.0.1"));
  // They are on their way, and nothing was accepted so far: that is a later turn of this very thread.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  expect(waitingToBeHeard(port)).toBe(0);
  const answers = sockets.map(async (socket) => {
    socket.write(request);
    return text(socket);
  });
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

import { BentoError } from "@bento/core";
import { api, service } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { doors, json, LineLogger, open } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";

@service({ name: "metered" })
class Metered {
  @api({ input: z.object({ n: z.number().default(1) }), output: z.number() })
  ok({ n = 1 }: { n?: number }) {
    return n;
  }

  @api({ input: z.object({}), output: z.number() })
  bad(): number {
    throw new BentoError("BENTO_STORE_FAILED", "the disk is full", { hint: "Make room." });
  }
}

const who = { runner_name: "metered", service_name: "metered", service_version: "not available" };

describe.each(doors)("metrics by %s", (door) => {
  test("count by route and status, in BentoML's names", async () => {
    await using metered = await open(door, Metered);
    await metered.fetch("/ok", json({}));
    await metered.fetch("/ok", json({ n: 2 }));
    await metered.fetch("/ok", json({ n: "x" }));
    for (let i = 0; i < 20; i++) await metered.fetch(`/nowhere/${i}`);
    const response = await metered.fetch("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const got = samplesOf(await response.text());
    const total = (endpoint: string, code: number) =>
      valueOf(got, "bentoml_service_request_total", { endpoint, http_response_code: String(code), ...who });
    expect([total("/ok", 200), total("/ok", 500), total("/ok", 400), total("/bad", 200), total("unmatched", 404)]).toEqual([
      2, 0, 1, 0, 20,
    ]);
    expect(total("/metrics", 200)).toBeUndefined();
    expect(got.some(({ labels }) => Object.values(labels).some((value) => value.includes("nowhere")))).toBe(false);
    const labels = { endpoint: "/ok", http_response_code: "200", ...who };
    expect(valueOf(got, "bentoml_service_request_duration_seconds_count", labels)).toBe(2);
    expect(valueOf(got, "bentoml_service_request_duration_seconds_bucket", { le: "+Inf", ...labels })).toBe(2);
    expect(valueOf(got, "bentoml_service_request_duration_seconds_sum", labels)).toBeGreaterThan(0);
    const buckets = got
      .filter(
        ({ name, labels: { endpoint, http_response_code: code } }) =>
          name.endsWith("duration_seconds_bucket") && endpoint === "/ok" && code === "200",
      )
      .map(({ value }) => value);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(buckets).toHaveLength(16);
    expect(valueOf(got, "bentoml_service_request_in_progress", { endpoint: "/ok", ...who })).toBe(0);
    expect(valueOf(got, "bentoml_service_last_request_timestamp_seconds", { pid: String(process.pid), ...who })).toBeCloseTo(
      Date.now() / 1000,
      -2,
    );
  });
});

test("metrics are each app's own, and can be left out", async () => {
  await using first = await createApp(Metered);
  await using second = await createApp(Metered, { metrics: false });
  await first.request("/ok", json({}));
  expect(first.metrics?.getSingleMetric("bentoml_service_request_total")).toBeDefined();
  expect(second.metrics).toBeUndefined();
  expect((await second.request("/metrics")).status).toBe(404);
});

describe.each(doors)("the log by %s", (door) => {
  test("has one line for each request but probes, and what callers are not told", async () => {
    const logger = new LineLogger();
    await using metered = await open(door, Metered, { logger, accessLog: true, auth: { tokens: { alice: "s3cret" } } });
    const headers = { authorization: "Bearer s3cret" };
    const ok = await metered.fetch("/ok", json({}, headers));
    await metered.fetch("/readyz");
    await metered.fetch("/metrics", { headers });
    const bad = await metered.fetch("/bad", json({}, headers));
    const access = logger.lines.filter(({ message }) => message === "request").map(({ fields }) => fields);
    const common = { method: "POST", identity: "alice", ms: expect.any(Number) };
    expect(access).toEqual([
      expect.objectContaining({ ...common, path: "/ok", status: 200, requestId: ok.headers.get("x-bentoml-request-id") }),
      expect.objectContaining({ ...common, path: "/bad", status: 500, requestId: bad.headers.get("x-bentoml-request-id") }),
    ]);
    const failure = logger.lines.find(({ level }) => level === "error");
    expect(failure).toMatchObject({
      message: "the disk is full",
      fields: { code: "BENTO_STORE_FAILED", hint: "Make room.", path: "/bad" },
    });
    expect(await bad.text()).not.toContain("disk");
  });
});

test("an app is silent unless asked", async () => {
  const logger = new LineLogger();
  await using app = await createApp(Metered, { logger });
  await app.request("/ok", json({}));
  expect(logger.lines).toEqual([]);
});

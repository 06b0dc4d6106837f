import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRegistryApp } from "./app.js";
import type { RouteContext } from "./route.js";

/** A registry of one route, whose client goes away while it reads a file; answers what was logged and written down. */
async function leave(reads: (signal: AbortSignal) => AsyncIterable<unknown>) {
  const client = new AbortController();
  const errors: string[] = [];
  const statuses: number[] = [];
  const quiet = (): void => {};
  const handle = async (context: RouteContext): Promise<Response> => {
    const source = reads(context.get("signal"))[Symbol.asyncIterator]();
    client.abort();
    await source.next();
    return new Response();
  };
  const app = createRegistryApp({
    routes: [
      {
        method: "POST",
        path: "/api/v1/commit",
        access: "open",
        audit: "model.publish",
        handle,
      },
    ],
    tokens: { verify: async () => undefined },
    failures: { waitMs: () => 0, failed: quiet },
    insecure: false,
    audit: { record: async ({ status }) => void statuses.push(status) },
    logger: { info: quiet, warn: quiet, error: (_, message) => void errors.push(message) },
    checkHost: quiet,
    scheme: "http",
    publicUrl: undefined,
    trustProxy: false,
    enterPage: async () => undefined,
    pageError: () => new Response(),
  });
  const response = await app.fetch(new Request("http://localhost/api/v1/commit", { method: "POST", signal: client.signal }));
  return { status: response.status, errors, statuses };
}

const file = fileURLToPath(import.meta.url);

test("a client that goes away in the middle of work is no failure of the server", async () => {
  expect(await leave((signal) => createReadStream(file, { signal }))).toEqual({ status: 499, errors: [], statuses: [499] });
});

test("what fails for another reason is logged, also when the client has gone away", async () => {
  const left = await leave(() => createReadStream(`${file}.none`));
  expect(left).toMatchObject({ status: 500, errors: [expect.stringContaining("ENOENT")], statuses: [500] });
});

import type { BentoError, JsonSchema } from "@bento/core";
import { file } from "@bento/sdk/kinds";
import { expect, test } from "vitest";
import { z } from "zod";

import { SpoolRoom } from "../bodies/spool-room.js";
import { callerGone } from "../http/body-limit.js";
import { Call } from "../http/call.js";
import type { Body, Incoming } from "../http/incoming.js";
import { UrlGates, type UrlTaker } from "./url-gate.js";
import { urlInputRules, type UrlInputRules } from "./url-inputs.js";

const gates = new UrlGates(urlInputRules(true, 1000) as UrlInputRules, new SpoolRoom(1000));
const taker = (schema: z.ZodType): UrlTaker => ({ isObjectInput: true, document: { input: z.toJSONSchema(schema) as JsonSchema } });
const gate = gates.of(taker(z.object({ one: file(undefined, { url: true }) })));

/** How a body gets through: at once, later, or not; of the latter, how its call ends. */
async function passage(body: Body): Promise<unknown> {
  let isOver = false;
  const how = await new Promise((resolve) => {
    const call = new Call({} as Incoming, "id", (_call, outcome) => resolve((outcome as { thrown: BentoError }).thrown.code));
    gate?.pass(call, body, () => resolve(isOver ? "later" : "at once"));
    isOver = true;
  });
  return how;
}

const json = (text: string): Body => ({ bytes: new TextEncoder().encode(text) });

test("only endpoints that take URLs have a gate", () => {
  expect(gates.of(taker(z.object({ one: file() })))).toBeUndefined();
  expect(gate).toBeDefined();
});

test("what can name no URL is through at once; what may is looked at, and what names one fetched", async () => {
  expect(await passage(json('{"one":"data:,x"}'))).toBe("at once");
  expect(await passage({ ...json('{"one":"http://127.0.0.1/"}'), packing: "safetensors" })).toBe("at once");
  expect(await passage(json('{"text":"http://127.0.0.1/"}'))).toBe("later");
  expect(await passage(json('{"one":"http://127.0.0.1/"}'))).toBe("BENTO_INPUT_INVALID");
  expect(await passage({ value: { one: "http://127.0.0.1/" } })).toBe("BENTO_INPUT_INVALID");
  expect(await passage(json('{"one":"http://127.0.0.1/"'))).toBe("BENTO_BAD_REQUEST");
});

test("in what is longer than 4 MiB no URL is looked for", async () => {
  const long = (length: number): Body => json(`{"one":"http://127.0.0.1/","x":"${"x".repeat(length)}"}`);
  expect(await passage(long(4 << 20))).toBe("at once");
  expect(await passage(long((4 << 20) - 100))).toBe("BENTO_INPUT_INVALID");
});

test("a call that is over meanwhile does not get through", async () => {
  const body = json('{"text":"http://127.0.0.1/"}');
  const call = new Call({} as Incoming, "id", () => undefined);
  let isThrough = false;
  gate?.pass(call, body, () => (isThrough = true));
  call.fail(callerGone());
  // One that came after it is through.
  expect(await passage(body)).toBe("later");
  expect(isThrough).toBe(false);
});

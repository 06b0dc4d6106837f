import { randomBytes } from "node:crypto";

import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";

import type { Notice } from "../src/wire/notice.js";
import type { IncomingCall } from "../src/wire/incoming-call.js";
import { callOf, connectPair, readAll, transportNames } from "./wire-pairs.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const noCall = (): never => expect.unreachable();

describe.each(transportNames)("over %s", (transport) => {
  test("a call is answered with head and body", async () => {
    await using pair = await connectPair(transport, { onCall: (call) => call.reply(`[201,"${call.head}"]`, call.takeBody()) });
    const { head, body } = await callOf(pair.caller, "häd", bytes("body")).answer;
    expect([head, Buffer.from(body as Uint8Array).toString()]).toEqual([`[201,"häd"]`, "body"]);
    expect(pair.caller.inFlight).toBe(0);
    await pair.callee.idle();
  });

  test("empty bodies, in both directions", async () => {
    await using pair = await connectPair(transport, {});
    expect((await readAll((await callOf(pair.caller, "").answer).body)).length).toBe(0);
  });

  test("bodies of any size cross whole: text, bytes and streams", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => {
        const body = call.takeBody();
        if (call.head === "text") call.reply("", Buffer.from(body).toString());
        else if (call.head === "bytes") call.reply("", body);
        else call.reply("", inThirds(body));
      },
    });
    for (const size of [1, 15_000, 16_384, 65_535, 65_536, 262_144, 262_145, 1_048_577, 5_000_000]) {
      const binary = randomBytes(size);
      const text = Buffer.from("aß水😀".repeat(size / 10 + 1));
      // All at once, so that their frames mix.
      const [asText, asBytes, asStream] = await Promise.all([
        callOf(pair.caller, "text", text).answer,
        callOf(pair.caller, "bytes", binary).answer,
        callOf(pair.caller, "stream", binary).answer,
      ]);
      const [gotText, gotBytes, gotStream] = await Promise.all([readAll(asText.body), readAll(asBytes.body), readAll(asStream.body)]);
      expect(gotText.equals(text) && gotBytes.equals(binary) && gotStream.equals(binary), `${size} bytes`).toBe(true);
    }
  });

  test("a thousand calls at once get their own answers", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => void setImmediate(() => call.reply(call.head, call.takeBody())),
    });
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, n) => callOf(pair.caller, `call ${n}`, bytes(`body ${n}`)).answer));
    expect(answers.map(({ head }) => head)).toEqual(Array.from({ length: 1000 }, (_, n) => `call ${n}`));
    expect((await Promise.all(answers.map(({ body }) => readAll(body)))).map(String)).toEqual(
      Array.from({ length: 1000 }, (_, n) => `body ${n}`),
    );
  });

  test("notices go both ways, in order with the calls", async () => {
    const heard: string[] = [];
    await using pair = await connectPair(
      transport,
      {
        onNotice: (notice: Notice) => {
          heard.push(notice.type);
          pair.callee.notify({ type: "back" });
        },
        onCall: (call) => {
          heard.push(call.head);
          call.reply("", "");
        },
      },
      { onNotice: (notice) => heard.push(notice.type) },
    );
    pair.caller.notify({ type: "there" });
    await callOf(pair.caller, "call").answer;
    expect(heard).toEqual(["there", "call", "back"]);
  });

  test("a failure arrives as it was thrown, before the answer and in its middle", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => {
        if (call.head === "at once") call.fail(new BentoError("BENTO_NOT_FOUND", "no cat", { hint: "Ask for a dog." }));
        else call.reply("", breaksOff());
      },
    });
    await expect(callOf(pair.caller, "at once").answer).rejects.toMatchObject({
      code: "BENTO_NOT_FOUND",
      message: "no cat",
      hint: "Ask for a dog.",
    });
    const { body } = await callOf(pair.caller, "later").answer;
    const read: string[] = [];
    await expect(
      (async () => {
        for await (const piece of body as AsyncIterable<Uint8Array>) read.push(Buffer.from(piece).toString());
      })(),
    ).rejects.toMatchObject({ name: "RangeError", message: "in the middle" });
    expect(read.join("")).toBe("something");
    await pair.callee.idle();
    expect(pair.caller.inFlight).toBe(0);
  });

  test("a stream without items is an empty body", async () => {
    await using pair = await connectPair(transport, { onCall: (call) => call.reply("[204]", streamOf([])) });
    const { head, body } = await callOf(pair.caller, "").answer;
    expect([head, (await readAll(body)).length]).toEqual(["[204]", 0]);
    await pair.callee.idle();
  });

  test("what fails after the answer has begun is told besides it", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => call.reply("", notes(call)),
    });
    const call = callOf(pair.caller, "");
    expect((await readAll((await call.answer).body)).toString()).toBe("ab");
    expect(call.late.map(({ message }) => message)).toEqual(["for the log"]);
  });

  test("a cancelled call hears so, and still ends once", async () => {
    let heard: Error | undefined;
    await using pair = await connectPair(
      transport,
      {
        onCall: (call) => {
          call.onCancel = (reason) => {
            heard = reason;
            call.fail(reason);
          };
          pair.callee.notify({ type: "running" });
        },
      },
      { onNotice: () => call.cancel(new BentoError("BENTO_TIMEOUT", "too late")) },
    );
    const call = callOf(pair.caller, "");
    await expect(call.answer).rejects.toMatchObject({ code: "BENTO_TIMEOUT", message: "too late" });
    expect(BentoError.is(heard, "BENTO_TIMEOUT")).toBe(true);
    // Too late, and twice: of no effect.
    call.cancel(new Error("again"));
    expect([pair.caller.inFlight, pair.told]).toEqual([0, {}]);
  });

  test("a call that is cancelled while its body goes up sends no more of it, and leaves nothing behind", async () => {
    await using pair = await connectPair(transport, { onCall: noCall });
    // What was sent before the other side could say anything fits its window; the rest waits.
    const body = Buffer.alloc(50_000_000);
    const call = callOf(pair.caller, "upload", body);
    call.cancel(new BentoError("BENTO_CANCELLED", "left"));
    await expect(call.answer).rejects.toMatchObject({ code: "BENTO_CANCELLED", message: "left" });
    await pair.callee.idle();
    expect(pair.caller.inFlight).toBe(0);
    expect(pair.far.bytesRead).toBeLessThan(2_000_000);
    expect(pair.told).toEqual({});
  });

  test("a reader that leaves ends the stream where it is made", async () => {
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let made = 0;
    await using pair = await connectPair(transport, {
      onCall: (call) =>
        call.reply(
          "",
          (async function* () {
            try {
              for (;;) {
                made += 1;
                yield "item";
              }
            } finally {
              finish();
            }
          })(),
        ),
    });
    const call = callOf(pair.caller, "");
    for await (const piece of (await call.answer).body as AsyncIterable<Uint8Array>) {
      expect(Buffer.from(piece).toString()).toMatch(/^(item)+$/);
      break;
    }
    await finished;
    await pair.callee.idle();
    expect(made).toBeGreaterThan(0);
    expect([call.late, pair.told]).toEqual([[], {}]);
  });
});

describe.each(["before its answer", "while it waits for an item", "between items"])("a stream that is cancelled %s", (when) => {
  test("is ended once where it is made, and does not look as if it were whole", async () => {
    const told: string[] = [];
    let wake: (() => void) | undefined;
    const items: AsyncIterator<string> & AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => items,
      next: async () => {
        told.push("next");
        if (told.length > 2 && when === "while it waits for an item") {
          call.cancel(new BentoError("BENTO_TIMEOUT", "late"));
          await new Promise<void>((resolve) => (wake = resolve));
          return { done: true, value: undefined };
        }
        if (told.length > 2 && when === "between items") call.cancel(new BentoError("BENTO_TIMEOUT", "late"));
        return { done: false, value: "item" };
      },
      return: async () => {
        told.push("return");
        wake?.();
        return { done: true, value: undefined };
      },
    };
    await using pair = await connectPair(
      "a Unix socket",
      {
        onCall: (incoming) => {
          if (when !== "before its answer") return incoming.reply("", items);
          incoming.onCancel = () => incoming.reply("", items);
          pair.callee.notify({ type: "running" });
        },
      },
      { onNotice: () => call.cancel(new BentoError("BENTO_TIMEOUT", "late")) },
    );
    const call = callOf(pair.caller, "");
    await expect(
      (async () => {
        await readAll((await call.answer).body);
      })(),
    ).rejects.toMatchObject({ code: "BENTO_TIMEOUT", message: "late" });
    await pair.callee.idle();
    expect(told.filter((what) => what === "return")).toEqual(["return"]);
    expect(pair.caller.inFlight).toBe(0);
  });
});

async function* streamOf(items: Iterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
  yield* items;
}

async function* inThirds(body: Uint8Array): AsyncGenerator<Uint8Array> {
  const third = Math.ceil(body.length / 3);
  for (let at = 0; at < body.length; at += third) yield body.subarray(at, at + third);
}

async function* breaksOff(): AsyncGenerator<string> {
  yield "some";
  yield "thing";
  throw new RangeError("in the middle");
}

async function* notes(call: IncomingCall): AsyncGenerator<string> {
  yield "a";
  call.note(new Error("for the log"));
  yield "b";
}

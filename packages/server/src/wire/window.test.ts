import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type Frame, frameKinds, maxPieceBytes } from "./frame.js";
import { sendPieces } from "./piece-sender.js";
import { ReceiveWindow, SendWindow, windowBytes } from "./window.js";

const credit = (head: string): Frame => ({ kind: frameKinds.credit, more: false, call: 1, head, bytes: new Uint8Array(0) });
const roomy = { isFull: false, drained: () => Promise.resolve() };

test("credits give back what was used, and no more", () => {
  const window = new SendWindow();
  window.use(1000);
  const used = windowBytes - window.left;
  expect(used).toBeGreaterThan(1000);
  expect(() => window.credit(credit(String(used + 1)))).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
  window.credit(credit(String(used)));
  expect(window.left).toBe(windowBytes);
});

test.each(["", "0", "-1", "1.5", "1e3", " 1", "0x10", "Infinity", "NaN", "99999999999999999999", "null", "__proto__"])(
  "%j is no credit",
  (head) => {
    const window = new SendWindow();
    window.use(maxPieceBytes);
    expect(() => window.credit(credit(head))).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
  },
);

test("all who wait for a window go on at a credit, and when it is closed", async () => {
  const window = new SendWindow();
  window.use(windowBytes);
  const waiting = [window.changed(), window.changed(), window.changed()];
  window.credit(credit("1"));
  expect(await Promise.all(waiting)).toHaveLength(3);
  const others = [window.changed(), window.changed()];
  window.close();
  await Promise.all([...others, window.changed()]);
});

test("a receiver refuses what its window does not let come", () => {
  const window = new ReceiveWindow(() => expect.unreachable());
  for (let at = 0; at < windowBytes / maxPieceBytes - 1; at += 1) window.arrived(maxPieceBytes);
  window.arrived(maxPieceBytes - 2000);
  expect(() => window.arrived(maxPieceBytes)).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
});

test("tiny pieces use a window up long before their bytes do", async () => {
  const window = new SendWindow();
  let count = 0;
  for (; window.left > 0; count += 1) window.use(1);
  expect(count).toBeLessThan(5000);
});

test("whatever is sent comes whole and in order, and neither side breaks the rules of the window", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 900_000 }), { maxLength: 12 }),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }),
      async (sizes, pace) => {
        const window = new SendWindow();
        const arrived: Uint8Array[] = [];
        const credits: string[] = [];
        let receivedBytes = 0;
        const receiver = new ReceiveWindow((head) => credits.push(head));
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const sending = (async () => {
          for (const size of sizes) {
            await sendPieces(new Uint8Array(size), { window, socket: roomy }, (piece) => {
              receiver.arrived(piece.length);
              arrived.push(piece);
            });
          }
        })();
        for (let turn = 0; receivedBytes < total; turn += 1) {
          for (let take = pace[turn % pace.length] ?? 1; take >= 0; take -= 1) {
            const piece = arrived.shift();
            if (piece === undefined) break;
            receivedBytes += piece.length;
            receiver.taken(piece.length);
          }
          for (const head of credits.splice(0)) window.credit(credit(head));
          await new Promise(setImmediate);
        }
        await sending;
        expect(receivedBytes).toBe(total);
      },
    ),
    { numRuns: 40 },
  );
});

import { expect, test } from "vitest";

import { ClientBook } from "./client-book.js";

test("who has calls is the same client however many others come, who has none is forgotten in time", () => {
  const book = new ClientBook();
  const here = book.of("here");
  here.running = 1;
  const gone = book.of("gone");
  gone.had = 5;
  expect(book.of("gone")).toBe(gone);
  let most = 0;
  for (let n = 0; n < 50_000; n += 1) {
    book.of(`other ${n}`);
    most = Math.max(most, book.size);
  }
  expect(most).toBeLessThanOrEqual(2 * 1024 + 1);
  expect(book.of("here")).toBe(here);
  expect(book.of("gone")).not.toBe(gone);
});

test("with more clients that have calls than it remembers others, none of them is lost", () => {
  const book = new ClientBook();
  const all = Array.from({ length: 5000 }, (_, n) => {
    const client = book.of(`waits ${n}`);
    client.waiting = 1;
    return client;
  });
  for (let n = 0; n < 20_000; n += 1) book.of(`other ${n}`);
  for (const client of all) expect(book.of(client.key)).toBe(client);
});

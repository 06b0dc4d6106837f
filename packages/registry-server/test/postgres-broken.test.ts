import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { openPostgres } from "../src/database/postgres.js";

it("outlives a server that greets and dismisses in one breath, as one does that is just being stopped", async () => {
  let greeted = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      greeted += 1;
      socket.end(Buffer.concat([message("R", int32(0)), message("Z", Buffer.from("I")), message("E", dismissal)]));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const opening = openPostgres(`postgres://registry@127.0.0.1:${port}/registry`, { patienceMs: 300 });
  await expect(opening).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE" });
  expect(greeted).toBeGreaterThan(0);
  server.close();
});

/** What a server says to whom an administrator ends. */
const dismissal = Buffer.from("SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");

/** A message of PostgreSQL's protocol: its letter, its length, its content. */
function message(letter: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(letter), int32(content.length + 4), content]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

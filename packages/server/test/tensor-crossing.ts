import { encodeTensorBody, Tensor } from "@bento/core";
import { encodeArrowTensors } from "@bento/core/arrow";
import { expect, test } from "vitest";

import { type Ask, types } from "./echo-exchange.js";

const large = new Tensor(
  "float32",
  [500, 1000],
  Float32Array.from({ length: 500_000 }, (_, at) => at),
);
const small = Tensor.from(Float64Array.of(1, 2, 3));

/** Safetensors as another library might write them: nobody who made them anew would write these bytes. */
function oddSafetensors(): Buffer {
  const header = `{ "y":{"shape":[3],"data_offsets":[2000000,2000024],"dtype":"F64"} ,"__metadata__":{ "by":"hand" },
    "x":{"dtype":"F32","data_offsets":[0,2000000],"shape":[500,1000]}}`;
  const text = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(large.data.buffer), Buffer.from(small.data.buffer)]);
}

/** Two tensors of different length, each a row of its own. */
function arrow(): Buffer {
  return Buffer.concat(encodeArrowTensors({ x: large, y: small }));
}

/** What has to hold of bodies on their way to the method and back, wherever it runs. */
export function testCrossing(ask: Ask): void {
  test.each([
    ["safetensors", oddSafetensors()],
    ["arrow", arrow()],
  ] as const)(
    "a large body in %s comes to the method as the bytes that were sent, and its tensors are views of them",
    async (sent, body) => {
      const answer = await ask("/memory", { method: "POST", headers: { "content-type": types[sent] }, body: new Uint8Array(body) });
      const { isOne, before, y } = (await answer.json()) as {
        readonly isOne: boolean;
        readonly before: string;
        readonly y: readonly number[];
      };
      const head = Buffer.from(before, "base64");
      expect([isOne, y]).toEqual([true, [1, 2, 3]]);
      expect(head.length).toBeGreaterThan(100);
      expect(head.equals(body.subarray(0, head.length)), "byte for byte").toBe(true);
    },
  );

  test("bytes come to the method and back as they are, and so does an answer that it made by itself", async () => {
    const bytes = Uint8Array.from({ length: 700_001 }, (_, at) => (at * 7) % 251);
    const octets = await ask("/octets", { method: "POST", headers: { "content-type": "application/octet-stream" }, body: bytes });
    expect(Buffer.compare(Buffer.from(await octets.arrayBuffer()), bytes)).toBe(0);
    for (const type of [types.safetensors, types.arrow]) {
      const odd = new Uint8Array(type === types.arrow ? arrow() : oddSafetensors());
      const own = await ask("/own", { method: "POST", headers: { "content-type": "application/octet-stream", accept: type }, body: odd });
      expect([own.status, own.headers.get("content-type")]).toEqual([200, type]);
      expect(Buffer.compare(Buffer.from(await own.arrayBuffer()), odd)).toBe(0);
    }
  });

  test("a tensor is answered with the bytes that its encoding has, made once", async () => {
    for (const [type, encode] of [
      [types.safetensors, encodeTensorBody],
      [types.arrow, encodeArrowTensors],
    ] as const) {
      const body = Buffer.concat(encode(large));
      const answer = await ask("/whole", { method: "POST", headers: { "content-type": type, accept: type }, body: new Uint8Array(body) });
      expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), body)).toBe(0);
    }
  });
}

import { decodeTensorBody, encodeTensorBody, endEvent, eventStreamType, itemEvent, type Tensor } from "@bento/core";
import { EdgeVM } from "@edge-runtime/vm";
import { expect, test } from "vitest";
import { bundle } from "./bundle.js";
import { listenBytes } from "./byte-server.js";
import { kindsSchema } from "./kinds.js";

const safetensors = "application/x-safetensors";

function serving() {
  return listenBytes(async ({ path, body, form }, response) => {
    switch (path) {
      case "/schema.json":
        return response.end(JSON.stringify({ ...kindsSchema, accepts: [safetensors] }));
      case "/size":
        return response.end(String(body.byteLength));
      case "/merge":
        return response.end([...(await form()).keys()].join());
      case "/scale":
        return response
          .setHeader("content-type", safetensors)
          .end(Buffer.concat(encodeTensorBody({ m: (decodeTensorBody(body) as { m: Tensor }).m })));
      case "/describe":
        return response.end('{"name":["a"],"at":[null],"n":[1]}');
      case "/report":
        return response.writeHead(200, { "content-type": "text/csv", "content-disposition": 'attachment; filename="r.csv"' }).end("a,b");
      case "/rows":
        return response.writeHead(200, { "content-type": eventStreamType }).end(itemEvent([[1, 2]]) + endEvent);
      case "/readyz":
        return response.end("\n");
      default:
        return response.writeHead(422).end('{"error":"no","code":"BENTO_UNPROCESSABLE"}');
    }
  });
}

test("all of it works in a runtime of the edge, without a single API of Node", async () => {
  await using server = await serving();
  const [program] = await bundle("iife", "./fixtures/edge-program.ts");
  const edge = new EdgeVM();
  edge.evaluate(program?.code ?? "");
  const found: unknown = await edge.evaluate(
    `bento.run(${JSON.stringify(server.url)}).then((found) => JSON.stringify(found, (key, value) => typeof value === "bigint" ? String(value) : value))`,
  );
  expect(JSON.parse(found as string)).toEqual({
    sent: 5,
    size: 5,
    merged: "mode,docs,docs",
    scaled: ["float32", [1, 2], [1, 2]],
    table: [{ name: "a", at: null, n: "1" }],
    report: ["r.csv", "text/csv", "a,b"],
    rows: [[1, 2]],
    endpoints: kindsSchema.routes.length,
    ready: true,
    error: "BENTO_UNPROCESSABLE",
    node: ["undefined", "undefined", "undefined", "undefined"],
  });
}, 60_000);

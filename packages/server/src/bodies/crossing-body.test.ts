import { BentoError } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import type { Body } from "../http/incoming.js";
import { crossingBody } from "./crossing-body.js";
import { Form, FormPart } from "./form.js";
import { receivedBody } from "./received-body.js";
import { Upload } from "./upload.js";

const content = fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.record({ path: fc.string(), size: fc.nat() }));
const text = fc.option(fc.string(), { nil: undefined });
const part = fc
  .tuple(fc.string(), text, text, content)
  .map(([name, filename, type, bytes]) => new FormPart({ name, filename, type }, bytes));
const plainBody = fc.oneof(
  fc.array(part, { maxLength: 8 }).map((parts) => ({ form: new Form(parts) })),
  fc.tuple(content, text, text).map(([bytes, filename, type]) => ({ file: new Upload(bytes, filename, type) })),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ bytes: Buffer.from(bytes) })),
);
const fetched = fc.record({
  path: fc.array(fc.oneof(fc.string(), fc.nat())),
  upload: fc.tuple(content, text, text).map((words) => new Upload(...words)),
});
const body = fc.tuple(plainBody, fc.array(fetched, { maxLength: 4 })).map(([unfetched, files]): Body => ({ ...unfetched, fetched: files }));

test("forms and files come over as they were, and what URLs led to", () => {
  fc.assert(
    fc.property(body, (sent) => {
      const { words, bytes } = crossingBody(sent);
      const received = receivedBody(JSON.parse(JSON.stringify(words)), Buffer.from(bytes));
      const views = JSON.parse(JSON.stringify(received)) as unknown;
      expect(views).toEqual(JSON.parse(JSON.stringify(plain(sent))));
    }),
  );
});

/** With Buffers, as JSON writes them. */
function plain(sent: Body): unknown {
  const upload = (one: Upload) => Object.assign({}, one, one.content instanceof Uint8Array && { content: Buffer.from(one.content) });
  const files = { fetched: sent.fetched?.map((one) => ({ path: one.path, upload: upload(one.upload) })) };
  if ("form" in sent) return { form: { parts: sent.form.parts.map(upload) }, ...files };
  return "file" in sent ? { file: upload(sent.file), ...files } : { ...sent, ...files };
}

test("what is neither is no body", () => {
  const words = fc.oneof(
    fc.json().map((json): unknown => JSON.parse(json)),
    fc.array(fc.oneof(fc.constantFrom("form", "file", "fetched"), fc.array(fc.anything()))),
  );
  fc.assert(
    fc.property(words, fc.uint8Array({ maxLength: 5 }), (said, bytes) => {
      try {
        receivedBody(said, bytes);
      } catch (error) {
        if (!BentoError.is(error, "BENTO_WIRE_INVALID")) throw error;
      }
    }),
  );
});

import type { BentoFile } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { file, image, pdf } from "@bento/sdk/kinds";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { doors, open } from "./doors.js";
import { png } from "./origin.js";

const sizeOf = (one: BentoFile): number => one.size ?? 0;

const Roots = defineService({
  name: "roots",
  apis: {
    paper: api({ input: pdf(), output: z.number() }, sizeOf),
    picture: api({ input: image(), output: z.number() }, (one) => one.width),
    table: api({ input: file("text/csv"), output: z.number() }, sizeOf),
    part: api({ input: z.object({ paper: pdf() }), output: z.number() }, ({ paper }) => sizeOf(paper)),
  },
});

const paper = new TextEncoder().encode("%PDF-1.7\n");
const picture = Uint8Array.from(png);

describe.each(doors)("a file of a declared type, by %s", (door) => {
  const sent = (body: BodyInit, type?: string): RequestInit => ({
    method: "POST",
    body,
    ...(type !== undefined && { headers: { "content-type": type } }),
  });

  test("is judged by its content where its type says nothing", async () => {
    await using roots = await open(door, Roots);
    const unknown = [undefined, "", "application/octet-stream", "Application/Octet-Stream; charset=binary"];
    for (const type of unknown) {
      expect(await (await roots.fetch("/paper", sent(paper, type))).json()).toBe(paper.byteLength);
      expect(await (await roots.fetch("/picture", sent(picture, type))).json()).toBe(3);
      expect(await (await roots.fetch("/table", sent(new TextEncoder().encode("a,b"), type))).json()).toBe(3);
    }
    for (const [path, content] of [
      ["/paper", picture],
      ["/paper", "text"],
      ["/picture", paper],
      ["/table", paper],
    ] as const) {
      const refused = await roots.fetch(path, sent(content, "application/octet-stream"));
      expect([refused.status, ((await refused.json()) as { code: string }).code], path).toEqual([400, "BENTO_INPUT_INVALID"]);
    }
  });

  test("is refused where somebody says that it is of another", async () => {
    await using roots = await open(door, Roots);
    for (const type of ["application/json", "text/plain", "image/png"]) {
      const refused = await roots.fetch("/paper", sent(paper, type));
      expect([refused.status, await refused.json()], type).toEqual([
        400,
        expect.objectContaining({ detail: [{ loc: [], type: "invalid_content_type", msg: expect.stringContaining(type) as string }] }),
      ]);
    }
  });

  test("is judged in the same way as a part of a form", async () => {
    await using roots = await open(door, Roots);
    const part = async (content: Uint8Array<ArrayBuffer>): Promise<number> => {
      const form = new FormData();
      form.append("paper", new File([content], "x.bin", { type: "application/octet-stream" }));
      return (await roots.fetch("/part", sent(form))).status;
    };
    expect([await part(paper), await part(picture)]).toEqual([200, 400]);
  });
});

import type { BentoFile } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { audio, file, image, pdf, video } from "@bento/sdk/kinds";
import { z } from "zod";

import { type Door, type doors, open } from "./doors.js";
import type { Origin } from "./origin.js";

const url = true;

async function described(one: BentoFile): Promise<object> {
  const content = await one.bytes();
  return { name: one.name ?? null, type: one.type, size: content.byteLength, onDisk: one.path !== undefined };
}

const Everything = z.object({
  one: file(undefined, { url }).optional(),
  many: z.array(file(undefined, { url })).default([]),
  nested: z.object({ deep: z.record(z.string(), file(undefined, { url })) }).optional(),
  either: z.union([z.number(), file(undefined, { url })]).optional(),
  chosen: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("link"), value: z.string() }),
      z.object({ kind: z.literal("file"), value: file(undefined, { url }) }),
    ])
    .optional(),
  text: z.string().optional(),
  never: file().optional(),
  small: file(undefined, { url, maxBytes: 10 }).optional(),
  picture: image({ url }).optional(),
  paper: pdf({ url }).optional(),
  sound: audio({ url }).optional(),
  film: video({ url }).optional(),
});

/** How many files each batch of `sizes` had. */
export const batches: number[] = [];

/** A service that takes files by URL, in every place. */
export const Urls = defineService({
  name: "urls",
  apis: {
    take: api({ input: Everything, output: z.unknown() }, async (input) => {
      const { one, many, nested, either, chosen, text, picture } = input;
      return {
        one: one && (await described(one)),
        many: await Promise.all(many.map(described)),
        nested: nested && (await Promise.all(Object.entries(nested.deep).map(async ([key, each]) => [key, await described(each)]))),
        either: typeof either === "object" ? await described(either) : either,
        chosen: chosen?.kind === "file" ? await described(chosen.value) : chosen,
        text,
        picture: picture && [picture.format, picture.width, picture.height],
      };
    }),
    whole: api({ input: file(undefined, { url }), output: z.unknown() }, described),
    plain: api({ input: file(), output: z.unknown() }, described),
    look: api({ input: image({ url }), output: z.unknown() }, (picture) => [picture.width, picture.height]),
    sizes: api(
      { input: z.object({ files: z.array(file(undefined, { url })) }), output: z.array(z.number()), batchable: true, maxBatchSize: 8 },
      ({ files }) => {
        batches.push(files.length);
        return files.map(({ size = 0 }) => size);
      },
    ),
  },
});

/** A service that may fetch from an origin, and nowhere else inside. */
export function openAllowed(door: (typeof doors)[number], origin: Origin, options: Parameters<typeof open>[2] = {}): Promise<Door> {
  const urlInputs = { allow: [`127.0.0.1:${origin.port}`] };
  return open(door, Urls, { ...options, urlInputs: { ...urlInputs, ...(options.urlInputs as object | undefined) } });
}

/** A POST with a body as it stands. */
export function raw(body: string, type: string): RequestInit {
  return { method: "POST", headers: { "content-type": type }, body };
}

/** What is wrong with a request: where, and what it is called. */
export async function issuesOf(answer: Promise<Response>): Promise<unknown> {
  const response = await answer;
  const body = (await response.json()) as { detail?: readonly { readonly loc: unknown; readonly type: unknown }[] };
  return [response.status, ...(body.detail ?? []).map(({ loc, type }) => [loc, type])];
}

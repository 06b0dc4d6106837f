import { type BadCase, gzipped, onePart, post } from "./bad-input-requests.js";

/** What is wrong, the kind, its bytes, the type that they say they are of, and what kind of problem. */
type BadFile = readonly [what: string, kind: string, content: Uint8Array, type: string, issue: string];

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A PNG of a size, as far as its head: it holds not one pixel. */
function pngHead(width: number, height: number): Uint8Array {
  const head = Buffer.from("89504e470d0a1a0a0000000d49484452000000000000000008020000000000000000", "hex");
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 1, 0, 1, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]);
const none = "application/octet-stream";

const files: readonly BadFile[] = [
  ["one byte too many", "file", text("12345678901"), "text/plain", "too_big"],
  ["another type", "file", text("<p>"), "text/html", "invalid_content_type"],
  ["bytes of another type", "file", text("%PDF-1.7"), "", "invalid_content_type"],
  ["nothing at all", "image", new Uint8Array(), "image/png", "invalid_image"],
  ["text that says it is a picture", "image", text("GIF98b"), "image/png", "invalid_image"],
  ["a head that is cut off", "image", pngHead(1, 1).subarray(0, 20), "image/png", "invalid_image"],
  ["no width", "image", pngHead(0, 5), "image/png", "invalid_image"],
  ["two billion pixels", "image", pngHead(50_000, 40_000), "image/png", "too_big"],
  ["more pixels than there are numbers", "image", pngHead(0xffffffff, 0xffffffff), "image/png", "too_big"],
  ["a format that is not taken", "image", jpeg, "image/jpeg", "invalid_image"],
  ["an SVG with an entity", "image", text('<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>'), "image/svg+xml", "invalid_image"],
  ["a picture", "audio", pngHead(1, 1), "image/png", "invalid_content_type"],
  ["what nobody says is a sound", "audio", text("no sound"), none, "invalid_content_type"],
  ["a sound", "video", text("x"), "audio/mpeg", "invalid_content_type"],
  ["a script", "pdf", text("%!PS"), "application/postscript", "invalid_content_type"],
  ["a type that is none", "pdf", text("x"), "pdf", "invalid_content_type"],
];

/** Files that are not what is due, as a data URL, as a part of a form and as the whole body, compressed too. */
export function badFiles(): BadCase[] {
  return files.flatMap(([what, kind, content, type, issue]) => {
    const refusal = { status: 400, code: "BENTO_INPUT_INVALID", says: issue } as const;
    // Without a type a data URL is text.
    const url = `data:${type === "" ? none : type};base64,${Buffer.from(content).toString("base64")}`;
    const says = `; filename="../../x.bin"${type === "" ? "" : `\r\nContent-Type: ${type}`}`;
    const field = { path: `/${kind}`, at: ["x"], ...refusal };
    const root = { path: `/root-${kind}`, at: [], ...refusal };
    return [
      { what: `${kind}: ${what}, as a data URL`, init: post("application/json", JSON.stringify({ x: url })), ...field },
      { what: `${kind}: ${what}, as a data URL in a form`, init: onePart(url), ...field },
      { what: `${kind}: ${what}, as a part with a path for a name`, init: onePart(content, says), ...field },
      // Without a body and a type there is no file at all, which is another case.
      { what: `${kind}: ${what}, as the body`, init: post(type === "" ? none : type, content), ...root },
      { what: `${kind}: ${what}, as a compressed body`, init: gzipped(type === "" ? none : type, content), ...root },
    ];
  });
}

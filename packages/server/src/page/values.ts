/** JSON as somebody typed it, which is sent as it stands: numbers keep all of their digits. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A moment: ISO text in JSON, a `Date` in a program. */
export class Moment {
  readonly iso: string;

  constructor(iso: string) {
    this.iso = iso;
  }
}

/** Bytes: the whole body where they are the whole input, else text in JSON. */
export class BytesValue {
  readonly blob: Blob;
  readonly encoding: "base64" | "utf-8";

  constructor(blob: Blob, encoding: "base64" | "utf-8") {
    this.blob = blob;
    this.encoding = encoding;
  }

  /** As it stands in JSON. */
  async text(): Promise<string> {
    return this.encoding === "utf-8" ? this.blob.text() : base64Of(this.blob);
  }
}

/** Items of an input that is a stream, one on each line. */
export class JsonLines {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }
}

/** How values are written that JSON has no word for. */
export interface Words {
  readonly file: (file: Blob) => string;
  readonly bytes: (bytes: BytesValue) => string;
  readonly moment: (moment: Moment) => string;
  readonly bigint: (value: bigint) => string;
  /** A property's name. */
  readonly key: (name: string) => string;
}

/** Writes a value as JSON, or as something much like it; lists and objects on one line. */
export function write(value: unknown, words: Words): string {
  if (value instanceof JsonText) return value.text;
  if (value instanceof Moment) return words.moment(value);
  if (value instanceof BytesValue) return words.bytes(value);
  if (value instanceof Blob) return words.file(value);
  if (typeof value === "bigint") return words.bigint(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, words)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([name, item]) => `${words.key(name)}: ${write(item, words)}`).join(", ")} }`;
}

/** A bigint as Bento's servers read it: digits in quotes, where a number would lose some of them. */
export function bigintJson(value: bigint): string {
  return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
}

/** The value as JSON. Files in it become data URLs. */
export async function toJson(value: unknown): Promise<string> {
  const texts = new Map<Blob | BytesValue, string>();
  await collect(value, texts);
  return write(value, {
    file: (file) => JSON.stringify(texts.get(file)),
    bytes: (bytes) => JSON.stringify(texts.get(bytes)),
    moment: ({ iso }) => JSON.stringify(iso),
    bigint: bigintJson,
    key: (name) => JSON.stringify(name),
  });
}

async function collect(value: unknown, texts: Map<Blob | BytesValue, string>): Promise<void> {
  if (value instanceof Blob) {
    texts.set(value, `data:${value.type || "application/octet-stream"};base64,${await base64Of(value)}`);
  } else if (value instanceof BytesValue) texts.set(value, await value.text());
  else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) await collect(item, texts);
}

/** A data URL is what a browser makes fastest of a blob in base64. */
function base64Of(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const url = reader.result as string;
      resolve(url.slice(url.indexOf(",") + 1));
    });
    reader.addEventListener("error", () => reject(new Error("The file cannot be read any more.")));
    reader.readAsDataURL(blob);
  });
}

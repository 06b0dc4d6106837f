import { createHash } from "node:crypto";

/** A request that Google would refuse, and how. */
export class GcsRefusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  /** As the JSON API says it. */
  get json(): string {
    const { status: code, message, reason } = this;
    return JSON.stringify({ error: { code, message, errors: [{ message, domain: "global", reason }] } });
  }
}

/** An object as it is kept. */
export interface GcsObject {
  readonly name: string;
  readonly bytes: Buffer;
  readonly generation: string;
  readonly md5Hash: string;
}

/** The objects of one bucket. */
export class GcsBucket {
  readonly objects = new Map<string, GcsObject>();
  readonly name: string;
  #generation = 1_700_000_000_000_000;

  constructor(name: string) {
    this.name = name;
  }

  /** @param md5 that it must have, if one was said */
  put(name: string, bytes: Buffer, md5: string | undefined): GcsObject {
    const md5Hash = createHash("md5").update(bytes).digest("base64");
    if (md5 !== undefined && md5 !== md5Hash) {
      throw new GcsRefusal(400, "invalid", `Provided MD5 hash "${md5}" doesn't match calculated MD5 hash "${md5Hash}".`);
    }
    this.#generation += 1;
    const object = { name, bytes, generation: String(this.#generation), md5Hash };
    this.objects.set(name, object);
    return object;
  }

  /** @param generation that it must have, if one was said */
  get(name: string, generation: string | null): GcsObject {
    const object = this.objects.get(name);
    if (object === undefined) throw new GcsRefusal(404, "notFound", `No such object: ${this.name}/${name}`);
    if (generation !== null && generation !== object.generation) {
      throw new GcsRefusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
    }
    return object;
  }

  /** A page of a list, in the order of the names' bytes. */
  list(prefix: string, most: number, pageToken: string | null): object {
    const after = pageToken === null ? undefined : Buffer.from(pageToken, "base64");
    const names = [...this.objects.keys()]
      .filter((name) => name.startsWith(prefix) && (after === undefined || Buffer.compare(Buffer.from(name), after) > 0))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const page = names.slice(0, most);
    return {
      kind: "storage#objects",
      ...(names.length > most && { nextPageToken: Buffer.from(page.at(-1) ?? "").toString("base64") }),
      ...(page.length > 0 && { items: page.map((name) => describe(this.get(name, null), this.name)) }),
    };
  }
}

/** What the API says of an object. */
export function describe({ name, bytes, generation, md5Hash }: GcsObject, bucket: string): object {
  return {
    kind: "storage#object",
    id: `${bucket}/${name}/${generation}`,
    name,
    bucket,
    generation,
    metageneration: "1",
    size: String(bytes.length),
    md5Hash,
  };
}

const granule = 256 * 1024;

/** An upload in parts, of which nothing is seen before its end. */
export class GcsSession {
  readonly bucket: GcsBucket;
  readonly #name: string;
  #parts: Buffer[] = [];
  #size = 0;
  #made: GcsObject | undefined;

  constructor(bucket: GcsBucket, name: string) {
    this.bucket = bucket;
    this.#name = name;
  }

  /** What has arrived for good: `bytes=0-42`. */
  get range(): string | undefined {
    return this.#size === 0 ? undefined : `bytes=0-${this.#size - 1}`;
  }

  /**
   * @param contentRange as it was sent: where the bytes stand, or a question how many have arrived
   * @returns the object, when the last byte has come
   */
  take(contentRange: string, bytes: Buffer, md5: string | undefined): GcsObject | undefined {
    const [, first, last, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(contentRange) ?? [];
    if (total === undefined) throw new GcsRefusal(400, "invalid", "Failed to parse Content-Range header.");
    if (this.#made !== undefined) return this.#made;
    if (first !== undefined) {
      const isWhole = Number(last) - Number(first) + 1 === bytes.length;
      if (Number(first) !== this.#size || !isWhole)
        throw new GcsRefusal(400, "invalid", "Invalid request. There were other bytes than Content-Range said.");
      if (total === "*" && bytes.length % granule !== 0) throw new GcsRefusal(400, "invalid", "Parts must be multiples of 262144 bytes.");
      this.#keep(bytes);
    }
    if (total === "*" || Number(total) !== this.#size) return undefined;
    this.#made = this.bucket.put(this.#name, Buffer.concat(this.#parts), md5);
    this.#parts = [];
    return this.#made;
  }

  /** Of a part whose connection broke, what makes whole granules stays. */
  takeBroken(contentRange: string, bytes: Buffer): void {
    const first = /^bytes (\d+)-/.exec(contentRange)?.[1];
    if (Number(first) === this.#size) this.#keep(bytes.subarray(0, bytes.length - (bytes.length % granule)));
  }

  #keep(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }
}

import { BentoError } from "./errors.js";

/** A tag as users write it: a {@link Tag}, or text such as `"clf"`, `"clf:v1"`, `"clf:latest"`. */
export type TagLike = Tag | string;

const brand: unique symbol = Symbol.for("bento.tag") as never;
const partPattern = /^[a-z0-9](?:[-._a-z0-9]*[a-z0-9])?$/;
const maxPartLength = 63;
const writeThis = 'Write "name" or "name:version".';

/** Whether a text can stand as the name or the version of a tag, as it is (lower case). */
export function isTagPart(text: string): boolean {
  return text.length <= maxPartLength && partPattern.test(text);
}

/**
 * The identity of a model or bento: `name` or `name:version`.
 *
 * Immutable. Name and version are 1 to 63 characters of `a-z 0-9 - _ .` that start and end with a letter or digit, so
 * a tag can never lead out of a folder; upper case is accepted and lowered.
 * @source BentoML src/bentoml/_internal/tag.py; differs: a trailing newline is refused.
 */
export class Tag {
  readonly name: string;
  /** Absent when the tag names no version; `"latest"` is a version like any other here, only stores give it a meaning. */
  readonly version: string | undefined;

  /** @throws BENTO_TAG_INVALID when name or version breaks the rules */
  constructor(name: string, version?: string) {
    this.name = checkPart(name, "name");
    this.version = version === undefined ? undefined : checkPart(version, "version");
    Object.freeze(this);
  }

  get [brand](): true {
    return true;
  }

  /** Whether a value is a Tag, of this or another copy of the package. */
  static is(value: unknown): value is Tag {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /**
   * The tag that a text or Tag stands for.
   * @throws BENTO_TAG_INVALID quoting the text
   */
  static from(value: TagLike): Tag {
    return Tag.is(value) ? value : Tag.parse(value);
  }

  /**
   * Reads `name` or `name:version`.
   * @throws BENTO_TAG_INVALID quoting the text
   */
  static parse(text: string): Tag {
    if (typeof text !== "string") {
      throw new BentoError("BENTO_TAG_INVALID", `A tag is text such as "name:version", not ${describe(text)}.`, { hint: writeThis });
    }
    const colon = text.indexOf(":");
    if (colon === -1) return new Tag(text);
    if (colon === text.length - 1) {
      throw new BentoError("BENTO_TAG_INVALID", `Tag ${JSON.stringify(text)} has nothing after its colon.`, {
        hint: colon === 0 ? writeThis : `Write "${text}latest" for the newest version.`,
      });
    }
    try {
      return new Tag(text.slice(0, colon), text.slice(colon + 1));
    } catch (error) {
      if (!BentoError.is(error, "BENTO_TAG_INVALID")) throw error;
      throw new BentoError("BENTO_TAG_INVALID", `Tag ${JSON.stringify(text)} is invalid: ${error.message}`, { hint: error.hint });
    }
  }

  /** Whether the tag asks for the newest version: it has none, or the version `latest`. */
  get isLatest(): boolean {
    return this.version === undefined || this.version === "latest";
  }

  /** The same name with another version. */
  withVersion(version: string): Tag {
    return new Tag(this.name, version);
  }

  /** Whether both name and version are the same. */
  equals(other: TagLike): boolean {
    const tag = Tag.from(other);
    return this.name === tag.name && this.version === tag.version;
  }

  /** `name` or `name:version`. */
  toString(): string {
    return this.version === undefined ? this.name : `${this.name}:${this.version}`;
  }

  toJSON(): string {
    return this.toString();
  }

  /**
   * Order for sorting: by name, then no version before any version, then versions as plain text (`10` before `2`).
   * Text is compared by code unit, which for the characters of a tag is Python's order.
   */
  static compare(a: Tag, b: Tag): number {
    return compareText(a.name, b.name) || compareText(a.version ?? "", b.version ?? "");
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function checkPart(part: string, what: "name" | "version"): string {
  if (typeof part !== "string") {
    throw new BentoError("BENTO_TAG_INVALID", `The ${what} of a tag is text, not ${describe(part)}.`, { hint: writeThis });
  }
  const lowered = part.toLowerCase();
  if (isTagPart(lowered)) return lowered;
  const problems = [
    lowered.length > maxPartLength ? `is longer than ${maxPartLength} characters` : undefined,
    partPattern.test(lowered) ? undefined : "has characters that a tag cannot have",
  ].filter((problem) => problem !== undefined);
  throw new BentoError("BENTO_TAG_INVALID", `The ${what} ${JSON.stringify(part)} ${problems.join(" and ")}.`, {
    hint: "Use 1 to 63 letters, digits, '-', '_' or '.', with a letter or digit first and last.",
  });
}

function describe(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}

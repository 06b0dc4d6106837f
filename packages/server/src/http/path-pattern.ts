/** A part of a path: a text, or the name of a parameter. */
type Segment = { readonly text: string } | { readonly param: string };

const noParams: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * A path some of whose segments may be anything: `/items/{key}`. At its end `/*` stands for all that follows, or nothing.
 * Which routes one request fits is asked of decoded paths; what parameters hold is decoded from the path as it was sent.
 */
export class PathPattern {
  readonly path: string;
  readonly #segments: readonly Segment[];
  readonly #isOpen: boolean;

  constructor(path: string) {
    this.path = path;
    this.#isOpen = path.endsWith("/*");
    const parts = (this.#isOpen ? path.slice(0, -2) : path).split("/").slice(1);
    this.#segments = parts.map((part) => (isParam(part) ? { param: part.slice(1, -1) } : { text: part }));
  }

  /** Whether a path needs one. */
  static isNeeded(path: string): boolean {
    return path.endsWith("/*") || path.split("/").some(isParam);
  }

  /** Whether a decoded path fits, split at its slashes after the first. A parameter is never empty. */
  fits(parts: readonly string[]): boolean {
    const segments = this.#segments;
    if (this.#isOpen ? parts.length < segments.length : parts.length !== segments.length) return false;
    return segments.every((segment, at) => ("text" in segment ? segment.text === parts[at] : parts[at] !== ""));
  }

  /** Which of two is asked first: texts go before parameters, parameters before what is open, the longer before the shorter. */
  static compare(one: PathPattern, other: PathPattern): number {
    const [weights, others] = [one.#weights(), other.#weights()];
    return weights < others ? -1 : weights > others ? 1 : 0;
  }

  /**
   * What stands in a request's path for each parameter; for `/*` under the name `*`, with the slash, and as it was sent.
   * @param mount the path that the app lies at
   */
  paramsOf(url: string, mount: string): Readonly<Record<string, string>> {
    const parts = rawPath(url).split("/").slice(mount.split("/").length);
    const params = Object.create(null) as Record<string, string>;
    for (const [at, segment] of this.#segments.entries()) if ("param" in segment) params[segment.param] = decoded(parts[at] ?? "");
    if (this.#isOpen) params["*"] = `/${parts.slice(this.#segments.length).join("/")}`;
    return params;
  }

  #weights(): string {
    return [...this.#segments.map((segment) => ("text" in segment ? "0" : "1")), this.#isOpen ? "3" : "2"].join("");
  }
}

/** What the parameters of a path without any are. */
export function withoutParams(): Readonly<Record<string, string>> {
  return noParams;
}

function isParam(part: string): boolean {
  return part.startsWith("{") && part.endsWith("}") && part.length > 2;
}

/** The path of an absolute URL, as it was written. */
function rawPath(url: string): string {
  const host = url.indexOf("://");
  const start = url.indexOf("/", host === -1 ? 0 : host + 3);
  if (start === -1) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

/** What cannot be decoded stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

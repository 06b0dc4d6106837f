import { BentoError, type CookieOptions } from "@bento/core";

/** What a cookie may be called: a token of RFC 9110. */
const namePattern = /^[\w!#$%&'*+.^`|~-]+$/;
/** A value that needs no quotes. */
const plainPattern = /^[\w!#$%&'*+.^`|~:-]*$/;
/** What stands in a path or a domain. */
const attributePattern = /^[\x20-\x3a\x3c-\x7e]*$/;
const noCookies: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * The cookies of a request; of one name the first, which is of the most specific path.
 * A quoted value is unquoted as Python does, so that services in both languages read what the other one has set.
 */
export function parseCookies(header: string | null | undefined): Readonly<Record<string, string>> {
  if (header === null || header === undefined || header === "") return noCookies;
  // Without a prototype: `__proto__` is a name like any other.
  const cookies = Object.create(null) as Record<string, string>;
  for (const part of header.split(";")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(0, equals)).trim();
    if (name !== "" && !(name in cookies)) cookies[name] = unquoted(part.slice(equals + 1).trim());
  }
  return cookies;
}

/**
 * The value of a `Set-Cookie` header, in the form and with the defaults of BentoML: path `/` and `SameSite=lax`.
 * @throws BENTO_INTERNAL for what no cookie can be
 */
export function cookieText(name: string, value: string, options: CookieOptions = {}): string {
  const { domain, expires, httpOnly, maxAge, path = "/", sameSite = "lax", secure } = options;
  if (!namePattern.test(name)) throw unusable("name", name, "Use letters, digits and signs that need no quotes.");
  if (!attributePattern.test(path)) throw unusable("path", path, 'Give a path without ";" and control characters.');
  if (domain !== undefined && !attributePattern.test(domain)) throw unusable("domain", domain, "Give a host name.");
  if (maxAge !== undefined && !Number.isInteger(maxAge)) throw unusable("maxAge", String(maxAge), "Give whole seconds.");
  if (expires !== undefined && Number.isNaN(expires.getTime())) throw unusable("expires", String(expires), "Give a date.");
  if (sameSite === "none" && secure !== true)
    throw unusable("sameSite", sameSite, "Say `secure: true` as well: browsers refuse it otherwise.");
  return [
    `${name}=${quoted(value)}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(expires === undefined || maxAge !== undefined ? [] : [`expires=${expires.toUTCString()}`]),
    ...(httpOnly === true ? ["HttpOnly"] : []),
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    `Path=${path}`,
    `SameSite=${sameSite}`,
    ...(secure === true ? ["Secure"] : []),
  ].join("; ");
}

/** @source CPython Lib/http/cookies.py `_quote`: what is not plain is in quotes, and bytes that need it in three octal digits */
function quoted(value: string): string {
  if (plainPattern.test(value)) return value;
  let text = "";
  for (const byte of new TextEncoder().encode(value)) {
    const sign = String.fromCodePoint(byte);
    const isPrintable = byte >= 0x20 && byte < 0x7f && sign !== "," && sign !== ";";
    text += sign === '"' || sign === "\\" ? `\\${sign}` : isPrintable ? sign : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `"${text}"`;
}

function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  const inner = value.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  const bytes: number[] = [];
  for (const [, octal, escaped, plain] of inner.matchAll(/\\([0-3][0-7]{2})|\\([\s\S])|([^\\]+)/g)) {
    if (octal === undefined) bytes.push(...new TextEncoder().encode(escaped ?? plain));
    else bytes.push(Number.parseInt(octal, 8));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function unusable(part: string, value: string, hint: string): BentoError {
  return new BentoError("BENTO_INTERNAL", `A cookie was given the ${part} ${JSON.stringify(value.slice(0, 100))}.`, { hint });
}

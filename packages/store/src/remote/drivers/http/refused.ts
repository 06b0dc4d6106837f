import type { BentoError, BentoErrorCode } from "@bento/core";
import type { Asking } from "./asking.js";
import type { WebAnswer } from "./web-answer.js";

/** As much as is looked at of what a server says of its refusal. */
const maxSaidBytes = 8 * 1024;

const codes: Readonly<Record<number, BentoErrorCode>> = {
  401: "BENTO_UNAUTHORIZED",
  403: "BENTO_FORBIDDEN",
  404: "BENTO_NOT_FOUND",
  407: "BENTO_UNAUTHORIZED",
  410: "BENTO_NOT_FOUND",
};
const words: Readonly<Record<number, string>> = {
  401: "the server asks for a user and password, or does not accept these",
  403: "the server does not allow it",
  404: "there is no such file",
  407: "the proxy asks for a user and password, or does not accept these",
  410: "it is not there any more",
  411: "the server wants to know the size beforehand",
  413: "it is too large for the server",
  423: "somebody has locked it",
  429: "the server has had too many requests",
  507: "the server has no room left",
};
const hints: Readonly<Record<number, string>> = {
  401: "Give user and password, as options, in the URL or in ~/.netrc. They go to the host of the URL alone, and not where it redirects to.",
  403: "Look at what this user may do there.",
  407: "Write them into HTTPS_PROXY or HTTP_PROXY: http://user:password@proxy.example:3128.",
  411: "Export to a file on this machine first, and upload that.",
  413: "Have the server accept larger bodies (nginx: client_max_body_size).",
};

/** What to throw for an answer that is none of success. */
export async function refused(answer: WebAnswer, asking: Asking): Promise<BentoError> {
  const { status } = answer;
  const said = await saidBy(answer).catch(() => undefined);
  asking.check();
  const known = words[status] ?? `the server answered with status ${status}`;
  return asking.failure({
    reason: said === undefined ? known : `${known}: ${said}`,
    hint: hints[status],
    code: codes[status],
    isTransient: isPassing(status),
    retryAfterMs: retryAfterMs(answer),
    cause: new Error(`status ${status}${said === undefined ? "" : `: ${said}`}`),
  });
}

/** Whether a status says that the same request may succeed later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && ![501, 505, 507].includes(status));
}

/** What the header `Retry-After` says, in milliseconds. */
function retryAfterMs({ headers }: WebAnswer): number | undefined {
  const text = headers["retry-after"] ?? "";
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** What a server says itself, if it says it to programs: no pages. */
async function saidBy(answer: WebAnswer): Promise<string | undefined> {
  const { text } = await answer.text(maxSaidBytes);
  const type = (answer.headers["content-type"] ?? "").replace(/;.*$/s, "").trim().toLowerCase();
  if (type === "text/plain") return shown(text);
  if (/[/+]json$/.test(type)) return shown(messageIn(text));
  if (/[/+]xml$/.test(type)) return shown(/<(?:[\w.-]+:)?message(?:\s[^<>]*)?>([^<]*)</i.exec(text)?.[1]);
  return undefined;
}

function messageIn(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    for (const path of [["message"], ["error", "message"], ["error"], ["detail"], ["error_description"]]) {
      const found = path.reduce<unknown>(
        (at, name) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined),
        value,
      );
      if (typeof found === "string") return found;
    }
  } catch {
    // Cut, or no JSON at all.
  }
  return undefined;
}

function shown(text: string | undefined): string | undefined {
  // oxlint-disable-next-line no-control-regex -- a terminal might obey them
  const line = text?.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  if (line === undefined || line === "") return undefined;
  return line;
}

import type { Body } from "./body.js";
import type { OnProgress } from "./progress.js";

/**
 * What `fetch` does, for one request whose progress somebody wants to see on a page: there `fetch` cannot tell it.
 * Redirects are followed by the browser.
 * @throws TypeError as `fetch` does, when there is no answer
 */
export function xhrFetch(url: string, init: RequestInit, body: Body | undefined, onProgress: OnProgress): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const { method = "POST", headers, signal } = init;
    const abort = (): void => request.abort();
    const fail = (): void => reject(new TypeError("Failed to fetch"));
    request.open(method, url);
    request.responseType = "blob";
    new Headers(headers).forEach((value, name) => request.setRequestHeader(name, value));
    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) =>
      onProgress({ loadedBytes: loaded, totalBytes: lengthComputable ? total : undefined }),
    );
    request.addEventListener("load", () => resolve(toResponse(request)));
    for (const failure of ["error", "timeout", "abort"]) request.addEventListener(failure, fail);
    request.addEventListener("loadend", () => signal?.removeEventListener("abort", abort));
    signal?.addEventListener("abort", abort);
    request.send((body as string | Blob | undefined) ?? null);
  });
}

function toResponse(request: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const { status, statusText } = request;
  const hasNone = status === 204 || status === 205 || status === 304;
  return new Response(hasNone ? null : (request.response as Blob), { status, statusText, headers });
}

import { BentoError } from "@bento/core";
import { answerBytes, type Call, type WireAnswer } from "../api/http.js";
import { absentCode, type ExactTag, type Noun, type RegistryApi, versionPath } from "../api/registry-api.js";
import { versionAnswer } from "../api/schemas.js";
import { type BeginPush, type PushState, pushState, type VersionContent, versionContent } from "../wire/content.js";
import type { RequestBody } from "../api/http.js";

/** How long a registry may take to look at all of a version: it reads each file of more than one part once more. Milliseconds. */
const commitMs = 3_600_000;
/** Redirects in a row that are followed: from the registry to where its parts are. */
const maxRedirects = 3;

/** One method for each call by which two of ours bring versions from one to the other. */
export class ContentCalls {
  readonly #api: RegistryApi;
  readonly #noun: Noun;
  readonly #tag: ExactTag;

  constructor(api: RegistryApi, noun: Noun, tag: ExactTag) {
    this.#api = api;
    this.#noun = noun;
    this.#tag = tag;
  }

  /** Says what is going to be sent. @throws BENTO_MODEL_EXISTS (BENTO_BENTO_EXISTS) */
  begin(push: BeginPush): Promise<PushState> {
    const call = this.#call("POST", `${this.#path}/content/begin`, `begin to take ${this.#name}`);
    return this.#api.retried(() => this.#api.http.json({ ...call, json: push }, pushState, answerBytes.many));
  }

  /** How far a push is; `undefined` for one that the registry does not know, or has forgotten. */
  state(push: string): Promise<PushState | undefined> {
    const call = { ...this.#call("GET", "/api/v1/content", `tell how far ${this.#name} is`), query: { push } };
    return this.#api.retried(() => this.#api.http.found(call, pushState, answerBytes.many));
  }

  /** Sends a part, once. */
  async sendPart(sha256: string, push: string, body: RequestBody, signal: AbortSignal): Promise<void> {
    const call = this.#call("PUT", `/api/v1/content/${sha256}`, `take a part of ${this.#name}`);
    await this.#api.http.done({ ...call, query: { push }, body, headers: { "content-type": "application/octet-stream" }, signal });
  }

  /** Makes what was sent the version. @throws BENTO_CONFLICT when somebody was faster with another one */
  async commit(push: string): Promise<void> {
    const call = this.#call("POST", `${this.#path}/content/commit`, `publish ${this.#name}`);
    await this.#api.retried(() => this.#api.http.json({ ...call, json: { push }, answerMs: commitMs, idleMs: commitMs }, versionAnswer));
  }

  /** Gives a push up. */
  async giveUp(push: string): Promise<void> {
    const call = { ...this.#call("DELETE", "/api/v1/content", `forget a push of ${this.#name}`), query: { push } };
    await this.#api.http.done({ ...call, accept: [200, 204, 404] });
  }

  /** All that the version is. @throws BENTO_MODEL_NOT_FOUND (BENTO_BENTO_NOT_FOUND) */
  content(): Promise<VersionContent> {
    const call = { ...this.#call("GET", `${this.#path}/content`, `tell the content of ${this.#name}`), absent: absentCode(this.#noun) };
    return this.#api.retried(() => this.#api.http.json(call, versionContent, answerBytes.many));
  }

  /** Asks for a part from a byte on, once. Where the registry says that it lies elsewhere, it comes from there, and the token stays here. */
  async part(sha256: string, start: number, signal: AbortSignal): Promise<WireAnswer> {
    const headers: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
    const what = `give a part of ${this.#name}`;
    const call = { ...this.#call("GET", `/api/v1/content/${sha256}`, what), headers, accept: [200, 206, 302, 303, 307, 308], signal };
    let answer = await this.#api.http.send(call);
    for (let hops = 0; answer.status >= 300; hops += 1) {
      const { location } = answer.headers;
      answer.discard();
      if (location === undefined || hops === maxRedirects) throw this.#failed(`it answers with redirects that lead nowhere`);
      const { path: _, ...elsewhere } = call;
      answer = await this.#api.http.elsewhere(location, elsewhere);
    }
    return answer;
  }

  get #path(): string {
    return versionPath(this.#noun, this.#tag);
  }

  get #name(): string {
    return JSON.stringify(String(this.#tag));
  }

  #call(method: Call["method"], path: string, what: string): Call {
    return { method, path, what, signal: this.#api.signal };
  }

  #failed(why: string): BentoError {
    return new BentoError(
      "BENTO_REGISTRY_FAILED",
      `${JSON.stringify(this.#api.http.endpoint)} cannot give a part of ${this.#name}: ${why}.`,
    );
  }
}

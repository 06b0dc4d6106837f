import type { BentoErrorCode, Tag } from "@bento/core";
import { z } from "zod";
import { type Attempt, type RetryOptions, withRetry } from "../transfer/with-retry.js";
import { answerBytes, type Call, isTransient, type RegistryHttp, type RequestBody, type WireAnswer } from "./http.js";
import {
  codeAnswer,
  type Organization,
  organizationAnswer,
  type Repository,
  repositoryAnswer,
  tokenAnswer,
  type User,
  userAnswer,
  type Version,
  versionAnswer,
  type Versions,
  versionsAnswer,
} from "./schemas.js";

export type { Organization, Repository, User, Version, Versions } from "./schemas.js";

/** What a registry keeps. */
export type Noun = "model" | "bento";

/** A tag that is known to have a version. */
export type ExactTag = Tag & { readonly version: string };

/** What a registry is told of a version before its content comes. */
export interface VersionRecord {
  readonly description: string;
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  readonly manifest: Readonly<Record<string, unknown>>;
  /** In UTC, as `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly build_at: string;
}

/** Which of many are asked for. What is left out is not asked. */
export interface ListQuery {
  readonly start?: number | undefined;
  readonly count?: number | undefined;
  readonly search?: string | undefined;
  /** In the registry's own language: `label:key=value`. */
  readonly q?: string | undefined;
}

/** A part that was sent. */
export interface SentPart {
  readonly part_number: number;
  readonly etag: string;
}

/** How long a server may take to look at what was uploaded. Milliseconds. */
const uploadedMs = 600_000;

/** One method for each call of the API that registries have in common. */
export class RegistryApi {
  readonly http: RegistryHttp;
  readonly signal: AbortSignal;
  readonly #retry: RetryOptions;

  constructor(http: RegistryHttp, { retry, signal }: { readonly retry: RetryOptions; readonly signal: AbortSignal }) {
    this.http = http;
    this.signal = signal;
    this.#retry = retry;
  }

  /** The same, until another signal says to stop. */
  until(signal: AbortSignal): RegistryApi {
    return new RegistryApi(this.http, { retry: this.#retry, signal });
  }

  /** Whose token it is. */
  user(): Promise<User> {
    return this.retried(() => this.http.json(this.#call("GET", "/api/v1/auth/current", "tell whose token it is"), userAnswer));
  }

  organization(): Promise<Organization> {
    return this.retried(() => this.http.json(this.#call("GET", "/api/v1/current_org", "tell the organization"), organizationAnswer));
  }

  /** A code for a login in the browser. */
  async loginCode(): Promise<string> {
    const call = this.#call("GET", "/api/v1/auth/code", "begin a login in the browser");
    return (await this.retried(() => this.http.json(call, codeAnswer))).code;
  }

  /** The token that somebody gave for a code; `undefined` while nobody has. */
  async loginToken(code: string): Promise<string | undefined> {
    const call = { ...this.#call("GET", "/api/v1/auth/token", "tell the token of a login"), query: { code }, idleMs: 10_000 };
    return (await this.http.found(call, tokenAnswer))?.token;
  }

  repository(noun: Noun, name: string): Promise<Repository | undefined> {
    return this.retried(() => this.http.found(this.#call("GET", repositoryPath(noun, name), `look for ${quoted(name)}`), repositoryAnswer));
  }

  createRepository(noun: Noun, name: string): Promise<Repository> {
    const call = this.#call("POST", `/api/v1/${noun}_repositories`, `make room for ${quoted(name)}`);
    return this.retried(() => this.http.json({ ...call, json: { name, description: "" } }, repositoryAnswer));
  }

  version(noun: Noun, tag: ExactTag): Promise<Version | undefined> {
    return this.retried(() => this.http.found(this.#call("GET", versionPath(noun, tag), `look for ${quoted(tag)}`), versionAnswer));
  }

  createVersion(noun: Noun, tag: ExactTag, record: VersionRecord): Promise<Version> {
    const call = this.#call("POST", `${repositoryPath(noun, tag.name)}/${noun}s`, `register ${quoted(tag)}`);
    const { description, manifest, build_at, labels } = record;
    const json = { description, version: tag.version, manifest, build_at, labels };
    return this.retried(() => this.http.json({ ...call, json }, versionAnswer));
  }

  /** Only bentos can be updated. */
  updateBento(tag: ExactTag, { description, manifest, labels }: VersionRecord): Promise<Version> {
    const call = this.#call("PATCH", versionPath("bento", tag), `update ${quoted(tag)}`);
    return this.retried(() => this.http.json({ ...call, json: { description, manifest, labels } }, versionAnswer));
  }

  /** Removes a version, where the registry is one of ours. */
  async deleteVersion(noun: Noun, tag: ExactTag): Promise<void> {
    const call = this.#call("DELETE", versionPath(noun, tag), `delete ${quoted(tag)}`);
    await this.http.done({ ...call, absent: absentCode(noun), accept: [200, 204] });
  }

  /** Removes all versions of a name, where the registry is one of ours. */
  async deleteRepository(noun: Noun, name: string): Promise<void> {
    const call = this.#call("DELETE", repositoryPath(noun, name), `delete ${quoted(name)}`);
    await this.http.done({ ...call, absent: absentCode(noun), accept: [200, 204] });
  }

  /** Versions of one name, newest first. @throws BENTO_MODEL_NOT_FOUND (BENTO_BENTO_NOT_FOUND) for an unknown name */
  versions(noun: Noun, name: string, { start, count, search, q }: ListQuery): Promise<Versions> {
    const call = this.#call("GET", `${repositoryPath(noun, name)}/${noun}s`, `list the versions of ${quoted(name)}`);
    const asked = { ...call, query: { start, count, search, q }, absent: absentCode(noun) };
    return this.retried(() => this.http.json(asked, versionsAnswer, answerBytes.many));
  }

  /** Versions of all names. */
  all(noun: Noun, { start, count, search, q }: ListQuery): Promise<Versions> {
    const call = this.#call("GET", `/api/v1/${noun}s`, `list its ${noun}s`);
    return this.retried(() => this.http.json({ ...call, query: { start, count, search, q } }, versionsAnswer, answerBytes.many));
  }

  startUpload(noun: Noun, tag: ExactTag): Promise<Version> {
    return this.#step(noun, tag, "start_upload");
  }

  /**
   * Sends an archive through the registry, once.
   * @returns the status of the version that it answers with; nothing where it says nothing
   */
  async upload(noun: Noun, tag: ExactTag, body: RequestBody): Promise<string | undefined> {
    const call = this.#call("PUT", `${versionPath(noun, tag)}/upload`, `take ${quoted(tag)}`);
    const headers = { "content-type": "application/octet-stream" };
    const text = await this.http.text({ ...call, body, headers, answerMs: uploadedMs });
    return statusIn(text);
  }

  /** An archive as the registry gives it; the body is the caller's. */
  download(noun: Noun, tag: ExactTag, asked: Pick<Call, "headers" | "accept"> = {}): Promise<WireAnswer> {
    const call = this.#call("GET", `${versionPath(noun, tag)}/download`, `give ${quoted(tag)}`);
    return this.retried(() => this.http.send({ ...call, ...asked, absent: absentCode(noun) }));
  }

  presignUpload(noun: Noun, tag: ExactTag): Promise<Version> {
    return this.#step(noun, tag, "presign_upload_url");
  }

  presignDownload(noun: Noun, tag: ExactTag): Promise<Version> {
    return this.#step(noun, tag, "presign_download_url");
  }

  startMultipart(noun: Noun, tag: ExactTag): Promise<Version> {
    return this.#step(noun, tag, "start_multipart_upload");
  }

  presignPart(noun: Noun, tag: ExactTag, part: { readonly upload_id: string; readonly part_number: number }): Promise<Version> {
    return this.#step(noun, tag, "presign_multipart_upload_url", part);
  }

  /** Puts the parts together, once: whether it was done cannot be seen when the answer is lost. */
  async completeMultipart(
    noun: Noun,
    tag: ExactTag,
    { parts, upload_id }: { readonly parts: readonly SentPart[]; readonly upload_id: string },
  ) {
    const call = this.#stepCall(noun, tag, "complete_multipart_upload");
    await this.http.json({ ...call, json: { parts, upload_id }, answerMs: uploadedMs }, versionAnswer);
  }

  finishUpload(noun: Noun, tag: ExactTag, end: { readonly status: "success" | "failed"; readonly reason: string }): Promise<Version> {
    return this.#step(noun, tag, "finish_upload", end);
  }

  /**
   * Does again what may succeed the next time, with a pause that grows. What was tried often enough inside of it is not
   * begun anew.
   */
  async retried<T>(work: (attempt: Attempt) => Promise<T>, own: RetryOptions = {}): Promise<T> {
    const options: RetryOptions = { isTransient, ...this.#retry, signal: this.signal, ...own };
    const isPassing = options.isTransient ?? isTransient;
    // Who never had an answer has most likely asked at the wrong place, and wants to know soon.
    const retries = this.http.peer === undefined ? Math.min(options.retries ?? firstRetries, firstRetries) : options.retries;
    try {
      return await withRetry(work, { ...options, retries, isTransient: (error) => !isGivenUp(error) && isPassing(error) });
    } catch (error) {
      if (error instanceof Error) givenUp.add(error);
      throw error;
    }
  }

  #step(noun: Noun, tag: ExactTag, step: string, json?: unknown): Promise<Version> {
    const call = { ...this.#stepCall(noun, tag, step), json };
    return this.retried(() => this.http.json(call, versionAnswer));
  }

  #stepCall(noun: Noun, tag: ExactTag, step: string): Call {
    const verb = step.includes("download") ? "give" : "take";
    const call = this.#call("PATCH", `${versionPath(noun, tag)}/${step}`, `${verb} ${quoted(tag)} (${step})`);
    return { ...call, absent: absentCode(noun), answerMs: uploadedMs };
  }

  #call(method: Call["method"], path: string, what: string): Call {
    return { method, path, what, signal: this.signal };
  }
}

/** Tries again before the registry has answered anything. */
const firstRetries = 2;

/** Failures that were waited over in vain. */
const givenUp = new WeakSet<Error>();

function isGivenUp(error: unknown): boolean {
  return error instanceof Error && givenUp.has(error);
}

/** `/api/v1/model_repositories/digits`. A tag's parts need no escaping. */
function repositoryPath(noun: Noun, name: string): string {
  return `/api/v1/${noun}_repositories/${encodeURIComponent(name)}`;
}

/** `/api/v1/model_repositories/digits/models/v1`. */
export function versionPath(noun: Noun, { name, version }: { readonly name: string; readonly version: string }): string {
  return `${repositoryPath(noun, name)}/${noun}s/${encodeURIComponent(version)}`;
}

/** The code of an item that is nowhere. */
export function absentCode(noun: Noun): BentoErrorCode {
  return noun === "model" ? "BENTO_MODEL_NOT_FOUND" : "BENTO_BENTO_NOT_FOUND";
}

/** An upload need not be answered with anything. */
function statusIn(text: string): string | undefined {
  try {
    const parsed = z.object({ upload_status: z.string() }).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.upload_status : undefined;
  } catch {
    return undefined;
  }
}

function quoted(what: Tag | string): string {
  return JSON.stringify(String(what));
}

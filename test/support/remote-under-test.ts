import type { Remote } from "@bento/store";

/** A remote with an empty place in it, for one test. */
export interface RemoteUnderTest {
  readonly remote: Remote;
  /** Where in the remote the test may do as it likes, ending in `/`. Default: the root. */
  readonly at?: string | undefined;
  /** What the server keeps that the remote does not show, such as parts of uploads that nobody finished: must be none after each write. */
  readonly leftovers?: (() => Promise<readonly unknown[]>) | undefined;
}

/** What opens a remote with an empty place in it. */
export type OpenRemoteUnderTest = () => Promise<RemoteUnderTest>;

/** Nothing waits for a server here: what takes longer hangs. Milliseconds. */
export const promptMs = 1500;

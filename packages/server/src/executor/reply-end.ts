import { isStream } from "../http/reply.js";
import { watchStream } from "../http/watched-stream.js";
import type { ExecutorReply } from "./executor.js";

/** An answer, and when it is over. */
export interface EndingReply {
  readonly reply: Promise<ExecutorReply>;
  /** Resolves when the last of it is read, nobody reads it any more, or there is none. */
  readonly end: Promise<void>;
}

/** The same answer, watched for its end. */
export function watchReply(answer: Promise<ExecutorReply>): EndingReply {
  let settle!: () => void;
  const end = new Promise<void>((resolve) => (settle = resolve));
  const reply = answer.then((whole) => {
    if (isStream(whole.body)) return { ...whole, body: watchStream(whole.body, { onEnd: settle }) };
    settle();
    return whole;
  });
  reply.catch(settle);
  return { reply, end };
}

import { MessageChannel } from "node:worker_threads";

const { port1: nowhere, port2: unread } = new MessageChannel();
unread.close();
nowhere.close();

/**
 * Gives a buffer's memory back at once: a thread that computes makes little garbage, and so has it collected too late.
 * A message takes its buffers with it, also one that nobody will read.
 * @param {ArrayBuffer} buffer empty afterwards
 */
export function discard(buffer) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a rule for windows; this is a thread
  nowhere.postMessage(undefined, [buffer]);
}

import { availableParallelism } from "node:os";

/**
 * How many blocks are in work at the same time: one more than there are processors, so that none waits for the next,
 * but no more than fit into `maxMemory`, and always one.
 * @param bytesEach what one of them takes at most
 */
export function blocksAtOnce(maxMemory: number, bytesEach: number): number {
  return Math.max(1, Math.min(availableParallelism() + 1, Math.floor(maxMemory / bytesEach)));
}

import type { BatchPolicy } from "@bento/core";

/** Runs whatever is there: for what another process has gathered already. */
export const eagerPolicy: BatchPolicy = ({ maxBatchSize }) => ({ type: "run", items: maxBatchSize });

import { readdirSync, readFileSync } from "node:fs";

/** The processes that a process has started and that are still there. */
export function childrenOf(pid: number): readonly number[] {
  const text = readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
  return text.join(" ").split(" ").filter(Boolean).map(Number);
}

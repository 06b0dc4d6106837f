import { readdir } from "node:fs/promises";
import type { Candidate } from "./complete.js";

/** The schemes of places elsewhere: bare, or as the beginning of a URL. */
export async function schemeWords(source: "schemes" | "urls"): Promise<readonly Candidate[]> {
  const { remoteSchemes } = await import("@bento/store");
  return remoteSchemes().map((scheme) => ({ word: source === "urls" ? `${scheme}://` : scheme, description: "" }));
}

/** What lies in the current folder. */
export async function fileWords(): Promise<readonly Candidate[]> {
  return (await readdir(".")).map((word) => ({ word, description: "" }));
}

import type { Argument, Option } from "commander";

/** What the shell, a store or a service knows of a place of the command line. `places` are files, and the beginnings of URLs. */
export type Source =
  | "model-tags"
  | "model-names"
  | "bento-tags"
  | "bento-names"
  | "endpoints"
  | "arguments"
  | "files"
  | "folders"
  | "places"
  | "schemes"
  | "urls"
  | "free";

/** What may stand there: from a source, or one of these words, which need not be all. */
export type Hint = Source | readonly string[];

const hints = new WeakMap<Argument | Option, Hint>();

/** Says what completes an argument or the value of an option. */
export function completedBy<Place extends Argument | Option>(hint: Hint, place: Place): Place {
  hints.set(place, hint);
  return place;
}

/** What completes it; nothing that is known, unless somebody said. */
export function hintOf(place: Argument | Option): Hint {
  return hints.get(place) ?? "free";
}

import type { Argument, Option } from "commander";

/** What may stand in a place of the command line, where that is not a fixed list of words. */
export type Hint = "model-tags" | "model-names" | "bento-tags" | "bento-names" | "files" | "folders" | "free";

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

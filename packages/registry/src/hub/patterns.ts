/** One place of a pattern: a star, or what one character may be. */
type Place = "*" | ((character: string) => boolean);

/**
 * Which files are wanted: those that one of `include` fits, if it is given, and none of `exclude`.
 *
 * Patterns are those of Python's `fnmatch`, in which `*` goes across folders too; a folder with a slash at its end
 * stands for all below it.
 * @source huggingface_hub utils/_paths.py `filter_repo_objects`
 */
export function fileFilter(include: readonly string[] | undefined, exclude: readonly string[] | undefined): (path: string) => boolean {
  const wanted = include?.map(parsed);
  const unwanted = exclude?.map(parsed) ?? [];
  return (path) => {
    const characters = Array.from(path.replaceAll("\\", "/"));
    const fits = (pattern: readonly Place[]): boolean => fitsPattern(characters, pattern);
    return (wanted === undefined || wanted.some(fits)) && !unwanted.some(fits);
  };
}

/** Goes back to the last star alone, so that no pattern takes longer than its length times that of the path. */
function fitsPattern(characters: readonly string[], pattern: readonly Place[]): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let afterStar = 0;
  while (at < characters.length) {
    const wanted = pattern[place];
    if (wanted === "*") {
      star = place++;
      afterStar = at;
    } else if (wanted?.(characters[at] as string) === true) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++afterStar;
    } else return false;
  }
  while (pattern[place] === "*") place++;
  return place === pattern.length;
}

function parsed(pattern: string): readonly Place[] {
  const text = pattern.replaceAll("\\", "/");
  const characters = Array.from(text.endsWith("/") ? `${text}*` : text);
  const places: Place[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const end = character === "[" ? endOfSet(characters, at) : -1;
    if (character === "*") places.push("*");
    else if (character === "?") places.push(() => true);
    else if (end < 0) places.push((other) => other === character);
    else {
      places.push(oneOf(characters.slice(at + 1, end)));
      at = end;
    }
  }
  return places;
}

/** Where the bracket closes; a set may begin with one that does not. Negative where nothing closes it. */
function endOfSet(characters: readonly string[], start: number): number {
  let from = start + 1;
  if (characters[from] === "!") from++;
  return characters.indexOf("]", from + 1);
}

function oneOf(set: readonly string[]): (character: string) => boolean {
  const isNegated = set[0] === "!";
  const members = isNegated ? set.slice(1) : set;
  return (character) => {
    for (let at = 0; at < members.length; at++) {
      const [from, dash, to] = members.slice(at, at + 3) as [string, string?, string?];
      const isRange = dash === "-" && to !== undefined;
      if (isRange ? from <= character && character <= to : from === character) return !isNegated;
      if (isRange) at += 2;
    }
    return isNegated;
  };
}

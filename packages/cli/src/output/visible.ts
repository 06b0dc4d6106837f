// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const unseen = /[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;
/** Those that JSON has as they are. */
const unseenInJson = /[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Text with its control characters written out, and those that turn the direction of writing: what an archive or a model
 * brought along must neither steer a terminal nor look like something else.
 */
export function visible(text: string): string {
  return text.replaceAll(unseen, (character) => JSON.stringify(character).slice(1, -1).replace(character, escaped));
}

/** JSON of the same value, in which all of them are written out. */
export function visibleJson(json: string): string {
  return json.replaceAll(unseenInJson, escaped);
}

/** JSON leaves some of them as they are. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

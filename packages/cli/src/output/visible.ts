/**
 * Text with its control characters written out: what an archive or a model brought along must not steer a terminal.
 */
export function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, (character) =>
    JSON.stringify(character).slice(1, -1).replace(character, escaped),
  );
}

/** JSON leaves some of them as they are. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

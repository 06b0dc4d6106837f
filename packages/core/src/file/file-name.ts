/** What file systems allow for one name: bytes of UTF-8. */
const maxNameBytes = 255;

// Control characters, and those that turn the direction of text: "gpj.exe" must not look like "exe.jpg".
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unwanted = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const loneSurrogate = /\p{Surrogate}/gu;

/**
 * The name alone of whatever a caller or a path says a file is called, safe to show, to send and to join to a folder.
 *
 * Folders of Unix and Windows and drive letters are cut off, control characters removed, lone surrogates replaced, and
 * the name held to 255 bytes with its extension kept. `undefined` where nothing is left, or only `.` or `..`.
 */
export function baseName(name: string): string | undefined {
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  // Drives go last: only without what hides them do they stand at the beginning.
  const visible = last.replace(unwanted, "").replace(loneSurrogate, "\ufffd");
  const clean = visible.replace(/^(?:\s*[a-z]:)+/i, "").trim();
  return clean === "" || clean === "." || clean === ".." ? undefined : shortened(clean);
}

function shortened(name: string): string {
  // No UTF-16 unit becomes more than three bytes.
  if (name.length * 3 <= maxNameBytes || utf8Bytes(name) <= maxNameBytes) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : "";
  let room = maxNameBytes - utf8Bytes(extension);
  let stem = "";
  for (const character of name) {
    room -= utf8Bytes(character);
    if (room < 0) break;
    stem += character;
  }
  return stem.trimEnd() + extension;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

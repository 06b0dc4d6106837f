const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}";
const mediaType = new RegExp(`^(${token}/${token})[ \\t]*(;[\\x20-\\x7e\\t]{0,1024})?$`);

/** Other names for one type: what clients send and what people write differ, and both are right. */
const otherNames: Readonly<Record<string, string>> = {
  "application/x-gzip": "application/gzip",
  "application/x-pdf": "application/pdf",
  "application/x-zip-compressed": "application/zip",
  "audio/mp3": "audio/mpeg",
  "audio/vnd.wave": "audio/wav",
  "audio/wave": "audio/wav",
  "audio/x-aiff": "audio/aiff",
  "audio/x-flac": "audio/flac",
  "audio/x-m4a": "audio/mp4",
  "audio/x-wav": "audio/wav",
  "image/heif": "image/heic",
  "image/jpg": "image/jpeg",
  "image/pjpeg": "image/jpeg",
  "image/vnd.microsoft.icon": "image/x-icon",
  "image/x-ms-bmp": "image/bmp",
  "text/xml": "application/xml",
  "video/avi": "video/x-msvideo",
  "video/x-m4v": "video/mp4",
};

/** A media type as it may go into a header: type in lower case, parameters as they are, `""` for what is none. */
export function cleanMediaType(text: string): string {
  const [, essence, parameters = ""] = mediaType.exec(text.trim()) ?? [];
  return essence === undefined ? "" : essence.toLowerCase() + parameters;
}

/** A media type without parameters, in lower case: `image/png` of `Image/PNG; q=1`. `""` for what is none. */
export function essenceOf(text: string): string {
  return mediaType.exec(text.trim())?.[1]?.toLowerCase() ?? "";
}

/**
 * Whether a media type is one that a pattern means: `image/*`, `image/png`, `application/*+json`, `*\/*`.
 *
 * Case and parameters do not matter, and other names of the same type are the same: `audio/mp3` is `audio/mpeg`.
 */
export function matchMediaType(pattern: string, type: string): boolean {
  const wanted = essenceOf(pattern);
  const given = essenceOf(type);
  if (wanted === "" || given === "") return false;
  if (matches(wanted, given)) return true;
  return matches(otherNames[wanted] ?? wanted, otherNames[given] ?? given);
}

function matches(pattern: string, type: string): boolean {
  const [wantedType = "", wantedSubtype = ""] = pattern.split("/");
  const [givenType = "", givenSubtype = ""] = type.split("/");
  return matchesPart(wantedType, givenType) && matchesPart(wantedSubtype, givenSubtype);
}

/** A `*` stands for anything, at the beginning, at the end or as the whole. */
function matchesPart(pattern: string, part: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === part;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  return part.length >= before.length + after.length && part.startsWith(before) && part.endsWith(after);
}

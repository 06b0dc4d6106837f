/**
 * The name that an answer's `content-disposition` gives a file; `undefined` where it gives none.
 * @source RFC 6266, section 4.1; `filename*` comes first
 */
export function fileNameOf(disposition: string | null): string | undefined {
  const encoded = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition ?? "")?.[1];
  if (encoded !== undefined) {
    try {
      return decodeURIComponent(encoded);
    } catch {
      // Then the plain one, if there is any.
    }
  }
  const [, quoted, bare] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition ?? "") ?? [];
  return quoted?.replaceAll(/\\(.)/g, "$1") ?? bare;
}

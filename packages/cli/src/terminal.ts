/** Where a command writes: data to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person looks at `out` in colour. */
  readonly outHasColor: boolean;
  readonly errHasColor: boolean;
}

/** The terminal of this process. NO_COLOR is honoured. */
export function processTerminal(): Terminal {
  const wantsColor = (process.env["NO_COLOR"] ?? "") === "";
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outHasColor: wantsColor && process.stdout.isTTY,
    errHasColor: wantsColor && process.stderr.isTTY,
  };
}

const codes = { bold: 1, red: 31, yellow: 33, dim: 2 };

/** The text in a style, where there is colour. */
export function styled(text: string, style: keyof typeof codes, hasColor: boolean): string {
  return hasColor ? `\u001B[${codes[style]}m${text}\u001B[0m` : text;
}

/** The text of a body, as it comes in. */
export async function* bodyTexts(response: Response): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  for await (const bytes of bodyPieces(response)) {
    const text = decoder.decode(bytes, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

/** A body by the piece. Not every browser can iterate a stream, hence the reader. */
export async function* bodyPieces(response: Response): AsyncGenerator<Uint8Array, void, void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    // Rejects when the connection is gone already, which is what cancelling is for.
    await reader.cancel().catch(() => undefined);
  }
}

/** A body as text, of which nobody reads on once it has so many characters. */
export async function startOfBody(response: Response, mostCharacters: number): Promise<string> {
  let text = "";
  for await (const piece of bodyTexts(response)) {
    text += piece;
    if (text.length > mostCharacters) break;
  }
  return text;
}

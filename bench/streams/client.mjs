// Calls of the streams that read bytes and nothing else.
import { once } from "node:events";
import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/**
 * Opens a stream.
 * @param {string} url
 * @param {string} path
 * @param {object} input
 * @param {Record<string, string>} [headers]
 */
export async function open(url, path, input, headers = {}) {
  const body = JSON.stringify(input);
  const call = request(url + path, {
    agent,
    method: "POST",
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers },
  });
  call.end(body);
  const [response] = await once(call, "response");
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`);
  return response;
}

/** Reads a stream to its end. @returns {Promise<number>} bytes */
export async function readAll(response) {
  let bytes = 0;
  for await (const piece of response) bytes += piece.length;
  if (!response.complete) throw new Error("The stream broke off.");
  return bytes;
}

/** What an FTP server answers when it has opened a port for data: EPSV (229) and PASV (227). @source RFC 2428 3, RFC 959 4.1.2 */
const extended = /^(229 .*\(\|\|\|)(\d+)(?=\|\))/m;
const plain = /^(227 .*\()\d+,\d+,\d+,\d+,(\d+),(\d+)(?=\))/m;

/** Puts the ports of listeners in the place of those that an FTP server names, all of them on 127.0.0.1. */
export async function throughListeners(answer: Buffer, lead: (port: number) => Promise<number>): Promise<Buffer> {
  const text = answer.toString("latin1");
  const [, before, port] = extended.exec(text) ?? [];
  if (port !== undefined) return Buffer.from(text.replace(extended, `${before}${await lead(Number(port))}`), "latin1");
  const [, start, high, low] = plain.exec(text) ?? [];
  if (high === undefined || low === undefined) return answer;
  const led = await lead(Number(high) * 256 + Number(low));
  return Buffer.from(text.replace(plain, `${start}127,0,0,1,${led >> 8},${led & 255}`), "latin1");
}

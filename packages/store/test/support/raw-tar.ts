/** A member of a tar, header fields as they are to stand there. */
export interface RawTarMember {
  readonly name: string | Uint8Array;
  /** Type flag; default `0`, a file. */
  readonly type?: string;
  readonly content?: Uint8Array | string;
  readonly link?: string;
  readonly mode?: number;
  /** The size field, if it is to lie. */
  readonly size?: number | string | Uint8Array;
  readonly prefix?: string;
  /** Records of a pax header before the member. */
  readonly pax?: Readonly<Record<string, string>>;
}

const blockBytes = 512;

/** A tar made of exactly these members, whatever they say. Its bytes are deterministic. */
export function rawTar(members: readonly RawTarMember[], { end = true }: { readonly end?: boolean } = {}): Uint8Array {
  const parts = members.flatMap((member) => [...tarMember(member)]);
  return Buffer.concat(end ? [...parts, Buffer.alloc(2 * blockBytes)] : parts);
}

/** The blocks of one member. */
export function* tarMember(member: RawTarMember): Generator<Uint8Array, void> {
  const name = typeof member.name === "string" ? Buffer.from(member.name) : member.name;
  const needsPax = name.length > 100 && member.type !== "x" && member.type !== "L";
  const records = { ...(needsPax ? { path: Buffer.from(name).toString("utf8") } : {}), ...member.pax };
  if (Object.keys(records).length > 0) yield* tarMember({ name: "pax", type: "x", content: paxRecords(records) });
  const content = Buffer.from(member.content ?? "");
  yield tarHeader({ ...member, name: name.subarray(0, 100) }, content.length);
  yield content;
  yield Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
}

/** The 512 bytes of a header, with the right checksum. */
export function tarHeader({ name, type = "0", link = "", mode = 0o644, size, prefix = "" }: RawTarMember, length: number): Uint8Array {
  const header = Buffer.alloc(blockBytes);
  Buffer.from(name).copy(header, 0);
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100, "latin1");
  header.write("0000000\0", 108, "latin1");
  header.write("0000000\0", 116, "latin1");
  if (size instanceof Uint8Array) header.set(size, 124);
  else header.write(typeof size === "string" ? size : `${(size ?? length).toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136, "latin1");
  header.write(type, 156, "latin1");
  header.write(link, 157, 100, "utf8");
  header.write("ustar\u000000", 257, "latin1");
  header.write(prefix, 345, 155, "utf8");
  header.write("        ", 148, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** Records of a pax header: each starts with its own length. */
function paxRecords(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

/** A field's value as it is on the wire: a varint or fixed number, or the bytes of a text or another message. */
export type WireValue = bigint | Buffer;

/** A message of Protocol Buffers without its schema: its values by the numbers of their fields, in their order. */
export class WireMessage {
  private readonly fields = new Map<number, WireValue[]>();

  constructor(bytes: Buffer) {
    for (let at = 0; at < bytes.length;) {
      const tag = varintAt(bytes, at);
      const read = valueAt(bytes, tag.end, Number(tag.value & 7n));
      const field = Number(tag.value >> 3n);
      this.fields.set(field, [...(this.fields.get(field) ?? []), read.value]);
      at = read.end;
    }
  }

  has(field: number): boolean {
    return this.fields.has(field);
  }

  number(field: number): bigint {
    const [value] = this.fields.get(field) ?? [];
    return typeof value === 'bigint' ? value : 0n;
  }

  bytes(field: number): Buffer {
    const [value] = this.fields.get(field) ?? [];
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  }

  text(field: number): string {
    return this.bytes(field).toString('utf8');
  }

  messages(field: number): WireMessage[] {
    return (this.fields.get(field) ?? []).flatMap((value) => (Buffer.isBuffer(value) ? new WireMessage(value) : []));
  }
}

interface Read<Value> {
  readonly value: Value;
  readonly end: number;
}

function valueAt(bytes: Buffer, at: number, wireType: number): Read<WireValue> {
  switch (wireType) {
    case 0:
      return varintAt(bytes, at);
    case 1:
      return { value: bytes.readBigUInt64LE(at), end: at + 8 };
    case 2: {
      const length = varintAt(bytes, at);
      const end = length.end + Number(length.value);
      if (end > bytes.length) throw new Error('a field ends after its message');
      return { value: bytes.subarray(length.end, end), end };
    }
    case 5:
      return { value: BigInt(bytes.readUInt32LE(at)), end: at + 4 };
    default:
      throw new Error(`expected a wire type of Protocol Buffers, found ${wireType}`);
  }
}

function varintAt(bytes: Buffer, start: number): Read<bigint> {
  let value = 0n;
  for (let at = start, shift = 0n; ; at++, shift += 7n) {
    const byte = bytes.readUInt8(at);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at + 1 };
  }
}

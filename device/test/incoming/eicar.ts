/** The harmless file that every scanner takes for malware (EICAR), put together here so that no file of the tree is one. */
export const eicar = (): Buffer =>
  Buffer.from(
    [
      String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}`,
      `$${['EICAR', 'STANDARD', 'ANTIVIRUS', 'TEST', 'FILE'].join('-')}!`,
      '$H+H*',
    ].join(''),
  );

/** A WAV file of these samples, one byte each; `before` stands before them in a chunk of its own. */
export const wavOf = (
  samples: Uint8Array,
  {
    rate = 8_000,
    kind = 1,
    before = new Uint8Array(),
  }: { readonly rate?: number; readonly kind?: number; readonly before?: Uint8Array } = {},
): Buffer => {
  const chunk = (tag: string, content: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    return Buffer.concat([Buffer.from(tag), length, content, Buffer.alloc(content.length % 2)]);
  };
  const format = Buffer.alloc(16);
  format.writeUInt16LE(kind, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate, 8);
  format.writeUInt16LE(1, 12);
  format.writeUInt16LE(8, 14);
  const chunks = [chunk('fmt ', format), ...(before.length > 0 ? [chunk('LIST', before)] : []), chunk('data', samples)];
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), ...chunks]));
};

/** A form with files, as a browser sends it (RFC 7578). */
export interface Part {
  readonly name: string;
  readonly value: string | Uint8Array;
  /** media type of a file */
  readonly media?: string;
}

export function multipartOf(parts: readonly Part[]): { readonly type: string; readonly body: Uint8Array } {
  const boundary = boundaryFor(parts);
  const pieces = parts.flatMap(({ name, value, media }) => {
    const file = media === undefined ? '' : `; filename="file"\r\ncontent-type: ${media}`;
    return [
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ];
  });
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

/** One that stands in no part. */
function boundaryFor(parts: readonly Part[]): string {
  for (let number = 0; ; number += 1) {
    const boundary = `hearthward-form-${number}`;
    if (!parts.some(({ value }) => Buffer.from(value).includes(boundary))) return boundary;
  }
}

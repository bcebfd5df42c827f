import { FetchFailed } from './ranges.ts';

/** Takes so many bytes at a time from a stream that comes in pieces of any size. */
export class Reading {
  readonly #source: AsyncGenerator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(source: AsyncGenerator<Uint8Array>) {
    this.#source = source;
  }

  /** Exactly `length` bytes, in memory. */
  async take(length: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.stream(length)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async skip(length: number): Promise<void> {
    for await (const _ of this.stream(length));
  }

  /** Exactly `length` bytes, as they come; FetchFailed where the source ends before. */
  async *stream(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      if (this.#piece.length === 0) {
        const { done, value } = await this.#source.next();
        if (done === true) throw new FetchFailed('cut-off', `${left} bytes are missing`);
        this.#piece = value;
      }
      const part = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** The rest is not wanted. */
  async end(): Promise<void> {
    await this.#source.return(undefined);
  }
}

/** The one function of the `qrcode` package that the label uses; the package ships no types. */
declare module 'qrcode' {
  export interface Modules {
    readonly size: number;
    readonly get: (row: number, column: number) => number;
  }
  export function create(
    text: string,
    options?: { errorCorrectionLevel?: 'L' | 'M' | 'Q' | 'H' },
  ): { modules: Modules };
}

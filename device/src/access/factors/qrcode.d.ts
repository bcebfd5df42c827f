/** The encoder of the `qrcode` package, apart from its renderers; the package ships no types. */
declare module 'qrcode/lib/core/qrcode.js' {
  export interface QrCode {
    readonly modules: { readonly size: number; readonly get: (row: number, column: number) => number };
  }
  const encoder: {
    readonly create: (text: string, options: { readonly errorCorrectionLevel: 'L' | 'M' | 'Q' | 'H' }) => QrCode;
  };
  export default encoder;
}

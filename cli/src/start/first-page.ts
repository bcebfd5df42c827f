import { get } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { badInput } from '../exit.ts';

/**
 * Whether the device still asks for the password on its label. An interruption can come after the last page of the
 * set-up and before this folder knows of it. Nothing secret is sent.
 */
export const asksForLabel = async (panel: string, fingerprint: string): Promise<boolean> => {
  const first = await page(panel, '/', fingerprint);
  const { body } = first.location === undefined ? first : await page(panel, first.location, fingerprint);
  return /<input\b[^>]*\bname="[^"]*label/i.test(body);
};

const page = (
  panel: string,
  path: string,
  fingerprint: string,
): Promise<{ readonly location: string | undefined; readonly body: string }> =>
  new Promise((resolve, reject) => {
    // The label, not a public authority, vouches for a device in the home.
    const request = get(new URL(path, panel), { rejectUnauthorized: false, timeout: 10_000 }, (answer) => {
      const shown = (answer.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256.replaceAll(':', '');
      if (shown?.toLowerCase() !== fingerprint) {
        const text = `${panel} shows another certificate than the one on the hub’s label: end what listens there`;
        request.destroy(badInput(text));
        return;
      }
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        resolve({ location: answer.headers.location, body: Buffer.concat(parts).toString('utf8') });
      });
    });
    request.on('timeout', () => request.destroy(badInput(`${panel} does not answer: start again`)));
    request.on('error', reject);
  });

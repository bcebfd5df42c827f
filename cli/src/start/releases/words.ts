import type { Release } from '@hearthward/protocol';
import type { Declaration } from '@hearthward/product';

/** What the manufacturer of the demonstration says of its releases. */
export type Words = Omit<Release, 'v' | 'unpackedBytes' | 'pack' | 'deltas' | 'sbom' | 'provenance'> & {
  readonly entry: string;
};

const common = ({
  product,
}: Declaration): Pick<
  Words,
  'product' | 'models' | 'securityVersion' | 'downtimeSeconds' | 'keepsWorking' | 'entry'
> => ({
  product: product.id,
  models: [product.model.designation],
  securityVersion: 1,
  downtimeSeconds: 20,
  keepsWorking: [
    {
      en: 'What is switched on stays on, and what is set stays set.',
      ms: 'Apa yang dihidupkan kekal hidup, dan apa yang ditetapkan kekal sama.',
    },
  ],
  entry: 'hub.js',
});

/** What the hub leaves its factory with. Number 2, so that there is an older one that nobody may go back to. */
export const firstWords = (declaration: Declaration): Words => ({
  ...common(declaration),
  version: declaration.product.softwareVersion,
  number: 2,
  kind: 'feature',
  summary: { en: 'The first software of this hub.', ms: 'Perisian pertama hab ini.' },
  risksRemoved: [],
});

/** Before the hub was sold. */
export const olderWords = (declaration: Declaration): Words => ({
  ...common(declaration),
  version: '0.0.9',
  number: 1,
  kind: 'feature',
  summary: { en: 'A trial from before this hub was sold.', ms: 'Percubaan sebelum hab ini dijual.' },
  risksRemoved: [],
});

/** After release `number`: it mends something. */
export const laterWords = (declaration: Declaration, number: number): Words => ({
  ...common(declaration),
  version: `${declaration.product.softwareVersion.split('.').slice(0, 2).join('.')}.${number + 1}`,
  number: number + 1,
  kind: 'security',
  summary: { en: 'Mends the page of the hub.', ms: 'Membaiki halaman hab.' },
  risksRemoved: [
    {
      id: `DEMO-${number + 1}`,
      severity: 'high',
      risk: {
        en: 'Made up for this demonstration: somebody in your home network could have read the room temperature.',
        ms: 'Direka untuk demonstrasi ini: seseorang dalam rangkaian rumah anda boleh membaca suhu bilik.',
      },
    },
  ],
});

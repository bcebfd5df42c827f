import type { X509Certificate } from 'node:crypto';
import {
  ALGORITHMS,
  type AlgorithmStatus,
  type AlgorithmUse,
  preferred,
  type SealingId,
  SEALING,
  signatureOf,
  SIGNATURES,
  type SignatureId,
  statusOf,
  type Wanted,
} from '@hearthward/protocol';
import type { Clock } from '../clock.ts';
import { audit } from '../operators/audit.ts';
import type { Store } from '../store/open.ts';

/**
 * Which algorithms the manufacturer's fleet shall use next, and from when the old ones are refused: an operator's choice
 * within the registry, told to devices with `csrattrs` whenever they enrol or renew.
 */
export interface AlgorithmPolicy {
  /** what devices are told (RFC 7030, 4.5) */
  readonly wanted: () => Promise<Wanted>;
  readonly statusOf: (algorithm: SignatureId) => Promise<AlgorithmStatus>;
  /** whether a device may still speak with this certificate's key; how it renews is not asked here */
  readonly speaks: (certificate: X509Certificate) => Promise<boolean>;
  /** what the store holds: one line for each choice that was made */
  readonly choices: () => Promise<readonly Choice[]>;
  /** the whole registry as it stands today, and how many devices have a key of each signature algorithm */
  readonly all: () => Promise<readonly AlgorithmState[]>;
  /** from now on devices are told to use this one */
  readonly prefer: (algorithm: string, actor: string) => Promise<Changed>;
  /** from this moment (milliseconds since the epoch) no key of this algorithm is accepted */
  readonly refuse: (algorithm: string, from: number, actor: string) => Promise<Changed>;
}
export interface Choice {
  readonly algorithm: string;
  readonly preferred: boolean;
  readonly refusedFrom: number | undefined;
}
export interface AlgorithmState {
  readonly use: AlgorithmUse;
  readonly algorithm: string;
  /** in the registry and by the operators' choice */
  readonly status: AlgorithmStatus;
  /** what devices are told to use next */
  readonly wanted: boolean;
  /** ISO dates of the registry, or of an operator's choice where that is earlier */
  readonly deprecatedFrom?: string;
  readonly refusedFrom?: string;
  readonly source: string;
  /** devices in use whose certificate has a key of it; absent where that is not known of the fleet */
  readonly devices?: number;
}
export type Changed =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: 'algorithm-unknown' | 'algorithm-refused' | 'nothing-left';
      readonly because: string;
    };

export function openAlgorithms(store: Store, clock: Clock): AlgorithmPolicy {
  const rows = () => store.db.selectFrom('algorithms').selectAll().orderBy('algorithm').execute();

  const statusIn = async (algorithm: SignatureId): Promise<AlgorithmStatus> => {
    const now = clock.now();
    const row = (await rows()).find((each) => each.algorithm === algorithm);
    if (row?.refused_from !== null && row?.refused_from !== undefined && now >= row.refused_from) return 'refused';
    return statusOf('signature', algorithm, now);
  };

  const wantedNow = async (): Promise<Wanted> => {
    const chosen = (await rows()).filter(({ is_preferred }) => is_preferred === 1).map(({ algorithm }) => algorithm);
    return {
      signature: chosen.find(isSignature) ?? preferred('signature', clock.now()),
      // nothing is said of sealing until an operator has chosen: the device's own registry knows as much
      ...only(chosen.find(isSealing)),
    };
  };

  return {
    wanted: wantedNow,
    statusOf: statusIn,
    // EN 303 645 5.5-3, G045 CR-1-1: what was broken is not spoken to, whatever its certificate says
    async speaks({ publicKey }) {
      const algorithm = signatureOf(publicKey.asymmetricKeyType, publicKey.asymmetricKeyDetails?.namedCurve);
      return algorithm !== undefined && (await statusIn(algorithm)) !== 'refused';
    },
    async choices() {
      return (await rows()).map((row) => ({
        algorithm: row.algorithm,
        preferred: row.is_preferred === 1,
        refusedFrom: row.refused_from ?? undefined,
      }));
    },
    async all() {
      const now = clock.now();
      const chosen = await rows();
      const wanted = await wantedNow();
      const inUse = await store.db
        .selectFrom('certificates')
        .select((eb) => ['algorithm', eb.fn.countAll<number>().as('devices')])
        .where('kind', '=', 'operational')
        .where('status', '=', 'live')
        .groupBy('algorithm')
        .execute();
      const states = (Object.keys(ALGORITHMS) as AlgorithmUse[]).flatMap((use) =>
        Object.entries<Dated>(ALGORITHMS[use]).map(async ([algorithm, dated]): Promise<AlgorithmState> => {
          const refusedFrom = earlier(
            dated.refusedFrom,
            chosen.find((row) => row.algorithm === algorithm)?.refused_from,
          );
          return {
            use,
            algorithm,
            status: isSignature(algorithm) ? await statusIn(algorithm) : statusOf(use, algorithm, now),
            wanted:
              use === 'signature' ? wanted.signature === algorithm : use === 'sealing' && wanted.sealing === algorithm,
            ...(dated.deprecatedFrom ? { deprecatedFrom: dated.deprecatedFrom } : {}),
            ...(refusedFrom ? { refusedFrom } : {}),
            source: dated.source,
            ...(use === 'signature'
              ? { devices: Number(inUse.find((row) => row.algorithm === algorithm)?.devices ?? 0) }
              : {}),
          };
        }),
      );
      return Promise.all(states);
    },
    async prefer(algorithm, actor) {
      const use = useOf(algorithm);
      if (!use) return refusal('algorithm-unknown', `the registry has no algorithm ${algorithm}`);
      const now = clock.now();
      const status = isSignature(algorithm) ? await statusIn(algorithm) : statusOf(use, algorithm, now);
      if (status === 'refused') return refusal('algorithm-refused', `${algorithm} is refused by now`);
      const same = isSignature(algorithm) ? Object.keys(SIGNATURES) : Object.keys(SEALING);
      await store.transaction(async (tx) => {
        await tx.updateTable('algorithms').set({ is_preferred: 0 }).where('algorithm', 'in', same).execute();
        await tx
          .insertInto('algorithms')
          .values({ algorithm, is_preferred: 1, refused_from: null })
          .onConflict((conflict) => conflict.column('algorithm').doUpdateSet({ is_preferred: 1 }))
          .execute();
        await audit(tx, now, { actor, action: 'algorithm-preferred', subject: algorithm });
      });
      return { ok: true };
    },
    async refuse(algorithm, from, actor) {
      if (!isSignature(algorithm)) return refusal('algorithm-unknown', `${algorithm} is no signature algorithm`);
      const { signature } = await wantedNow();
      if (signature === algorithm) return refusal('nothing-left', 'choose what devices shall use instead first');
      await store.transaction(async (tx) => {
        await tx
          .insertInto('algorithms')
          .values({ algorithm, is_preferred: 0, refused_from: from })
          .onConflict((conflict) => conflict.column('algorithm').doUpdateSet({ refused_from: from }))
          .execute();
        await audit(tx, clock.now(), { actor, action: 'algorithm-refused', subject: algorithm, detail: { from } });
      });
      return { ok: true };
    },
  };
}

interface Dated {
  readonly source: string;
  readonly deprecatedFrom?: string;
  readonly refusedFrom?: string;
}
const earlier = (date: string | undefined, chosen: number | null | undefined): string | undefined => {
  const own = chosen === null || chosen === undefined ? undefined : new Date(Number(chosen)).toISOString();
  return [date, own].filter((each) => each !== undefined).sort()[0];
};

const isSignature = (id: string): id is SignatureId => Object.hasOwn(SIGNATURES, id);
const isSealing = (id: string): id is SealingId => Object.hasOwn(SEALING, id);
const useOf = (id: string) => (isSignature(id) ? 'signature' : isSealing(id) ? 'sealing' : undefined);
const only = (sealing: SealingId | undefined) => (sealing ? { sealing } : {});

const refusal = (code: Extract<Changed, { ok: false }>['code'], because: string): Changed => ({
  ok: false,
  code,
  because,
});

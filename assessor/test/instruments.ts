import assert from 'node:assert/strict';
import type { Data, Probe } from '../src/model.ts';
import { loadTarget } from '../src/load-target.ts';
import { createBudget, type Budget } from '../src/observe/budget.ts';
import { createHash } from 'node:crypto';
import type { Hand } from '../src/observe/wire/hand.ts';
import { createInstruments } from '../src/observe/probe.ts';
import { createRedactor, type Redactor } from '../src/observe/redaction/redact.ts';

export interface Bench {
  readonly probe: Probe;
  readonly kept: Map<string, string>;
  readonly recorded: { readonly kind: string; readonly data: Data }[];
  readonly budget: Budget;
  readonly redactor: Redactor;
  readonly close: () => void;
}

/** The real probes on a target file, evidence kept in memory. */
export async function benchOf(targetFile: string): Promise<Bench> {
  const read = await loadTarget(targetFile, '2026-11-21');
  assert.ok(read.ok, JSON.stringify(read));
  const kept = new Map<string, string>();
  const recorded: { kind: string; data: Data }[] = [];
  const budget = createBudget(read.loaded.target.limits);
  const redactor = createRedactor();
  const instruments = createInstruments({
    ...read.loaded,
    budget,
    redactor,
    clock: { now: () => Date.parse('2026-11-21T00:00:00Z'), wait: async () => undefined },
    keep: (bytes) => {
      const safe = redactor.bytes(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      const digest = createHash('sha256').update(safe).digest('hex');
      kept.set(digest, Buffer.from(safe).toString('utf8'));
      return digest;
    },
  });
  const probe = instruments.probeFor((kind, _subject, data) => {
    recorded.push({ kind, data });
  });
  return { probe, kept, recorded, budget, redactor, close: instruments.close };
}

/** Shared parts of the probes for one endpoint on loopback, impatient. */
export function createHandFor(scheme: 'http' | 'https' | 'mqtt' | 'mqtts', port: number, trust: string): Hand {
  const endpoint = { id: 'it', scheme, host: '127.0.0.1', address: '127.0.0.1', port, trust };
  return {
    endpoint: (service) => (service === 'it' ? endpoint : undefined),
    clientIdentity: undefined,
    budget: createBudget(),
    redactor: createRedactor(),
    keep: () => '',
    waits: { connect: 2000, answer: 700 },
  };
}

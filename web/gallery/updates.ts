import type { Language } from '@hearthward/standards';
import { updatesPage, type OfferedUpdate, type UpdatesView } from '../src/index.ts';
import { at, inside } from './frames.ts';

/** The page of updates in what it can have to say. */
export function updatePages(language: Language): Record<string, () => string> {
  const base: Omit<UpdatesView, keyof ReturnType<typeof inside>> = {
    version: '1.4.0',
    model: 'HB-2',
    supportUntil: '2031-12-31',
    check: { at: at(3_600_000), failing: false },
    choice: { automatic: { security: true, feature: false }, notices: { security: true, feature: true } },
  };
  const page = (changes: Partial<UpdatesView>): string => updatesPage({ ...inside(language), ...base, ...changes });
  const never: UpdatesView = { ...inside(language), ...base, language };
  return {
    '/updates': () => page({}),
    '/updates-never': () => {
      const { check: _, ...rest } = never;
      return updatesPage(rest);
    },
    '/updates-security': () => page({ offer: SECURITY }),
    '/updates-feature': () => page({ offer: { ...FEATURE, beginsAt: at(-7_200_000) } }),
    '/updates-downloading': () => page({ offer: { ...SECURITY, phase: 'downloading', progress: 0.426 } }),
    '/updates-ready': () => page({ offer: { ...SECURITY, phase: 'ready', beginsAt: at(-600_000) } }),
    '/updates-trying': () => page({ offer: { ...SECURITY, phase: 'trying', open: false } }),
    '/updates-back': () =>
      page({ last: { at: at(600_000), version: '1.5.0', outcome: 'rolled-back', because: 'unhealthy' } }),
    '/updates-refused': () =>
      page({
        check: { at: at(86_400_000), failing: true },
        last: { at: at(60_000), version: '1.5.0', outcome: 'refused', because: 'not-genuine' },
      }),
  };
}

const FEATURE: OfferedUpdate = {
  version: '1.5.0',
  number: 15,
  kind: 'feature',
  summary: 'The hub can follow the sunrise.',
  risksRemoved: [],
  downtimeSeconds: 0,
  keepsWorking: [],
  phase: 'offered',
  open: true,
};

const SECURITY: OfferedUpdate = {
  ...FEATURE,
  version: '1.4.1',
  number: 14,
  kind: 'security',
  summary: 'Closes a way in from the same network.',
  risksRemoved: [
    {
      id: 'CVE-2026-10001',
      severity: 'high',
      risk: 'Somebody on your network could have read the names of your rooms without signing in.',
    },
    { id: 'CVE-2026-10002', severity: 'low', risk: 'A visitor could have kept the panel busy.' },
  ],
  downtimeSeconds: 40,
  keepsWorking: ['heating', 'door lock'],
};

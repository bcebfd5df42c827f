import type { Declaration } from '@hearthward/product';

/** What the manufacturer's people do: IXIT 3, 4, 5, 8, 19. */
export const processes: Pick<
  Declaration,
  'vulnerabilityTypes' | 'confirmations' | 'vulnerabilityMonitoring' | 'updateProcedures' | 'secureDevelopment'
> = {
  vulnerabilityTypes: [
    {
      id: 'software',
      description: 'in software that runs on the hub',
      action: 'confirm, mend, publish an advisory',
      targetDays: 90,
    },
    {
      id: 'service',
      description: 'in a service of the manufacturer',
      action: 'confirm, mend, tell those concerned',
      targetDays: 30,
    },
    {
      id: 'hardware',
      description: 'in the hardware of the hub',
      action: 'confirm, advise how to reduce the risk, replace where needed',
      targetDays: 180,
    },
  ],
  confirmations: [
    { id: 'vulnerability-actions', confirmed: false },
    { id: 'vulnerability-monitoring', confirmed: false },
    { id: 'update-procedures', confirmed: false },
    { id: 'secure-management', confirmed: true },
    { id: 'secure-development', confirmed: false },
  ],
  vulnerabilityMonitoring: [],
  updateProcedures: [
    {
      id: 'releases',
      description:
        'a repair is built reproducibly, checked against known vulnerabilities, signed by two people, offered to a small share of the hubs first, and halted by itself where they fail; what only mends goes out apart from what is new',
      targetDays: { critical: 7, other: 90 },
      responsible: 'the release managers, with the operator on duty',
    },
  ],
  secureDevelopment: [
    {
      id: 'source',
      process:
        'version control with review, strict types, static analysis, tests named after the attack refused, pinned dependencies, and for every security case a faulty twin that it must catch',
      evidence: 'the checks of the source repository',
    },
  ],
};

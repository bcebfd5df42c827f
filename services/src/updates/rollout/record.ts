import type { AuditEntry } from '../../operators/audit.ts';
import type { Rollout, RolloutEffect, RolloutEvent } from './decide.ts';
import type { KeptRollout } from './rows.ts';

/** What stands in the audit trail of a rollout: every stage, wait, halt and word of a person, with who or what decided it. */

export const entryOf = (
  { product, version }: Pick<KeptRollout, 'product' | 'version'>,
  actor: string,
  action: AuditEntry['action'],
  detail: AuditEntry['detail'] = {},
): AuditEntry => ({ actor, action, subject: `${product} ${version}`, detail });

/** A line of the record for each effect; a start is on record by itself. */
export const recordOf = (
  kept: KeptRollout,
  state: Rollout,
  event: RolloutEvent,
  effect: RolloutEffect,
  who: string,
): AuditEntry | undefined => {
  const { why } = state;
  if (effect.kind === 'offer') {
    if (effect.state === 'halted' || event.kind === 'start') return undefined;
    const action =
      event.kind === 'approve' ? 'rollout-approved' : event.kind === 'resume' ? 'rollout-resumed' : 'rollout-stage';
    return entryOf(kept, who, action, { below: effect.below });
  }
  switch (effect.what) {
    case 'halted': {
      const halted = why && 'model' in why && why.model !== undefined ? { batch: why.model } : {};
      return entryOf(kept, who, 'rollout-halted', { because: why?.because ?? 'person', ...halted });
    }
    case 'still-failing':
      return entryOf(kept, who, 'rollout-still-failing');
    case 'approval-needed':
      return entryOf(kept, who, 'rollout-waits', { because: why?.because ?? 'planned' });
    case 'complete':
      return entryOf(kept, who, 'rollout-complete');
  }
};

import { openRequests } from '../../operators/requests/requests.ts';
import type { Privacy } from '../privacy.ts';
import type { AccountParts } from './desk.ts';
import { handingOut } from './handing-out.ts';

/** What people see at the services: their own page, and beside it their requests to the manufacturer's people. */
export function openPeople({
  privacy,
  registry,
  ...world
}: Pick<AccountParts, 'store' | 'clock' | 'declarations' | 'roots'> & {
  readonly registry: AccountParts['registry'] & Parameters<typeof openRequests>[0]['registry'];
  readonly privacy: Pick<Privacy, 'vault' | 'consents' | 'data' | 'erasing' | 'followers'>;
}) {
  const { vault, consents, data: kept, followers } = privacy;
  const { erasures, news } = privacy.erasing;
  const requests = openRequests({ ...world, vault, registry, erasures });
  const parts = { ...world, vault, registry, consents, kept };
  const account: AccountParts = { ...parts, erasures, news, followers, requests };
  return { account, console: { requests, exportOf: handingOut(parts) } };
}

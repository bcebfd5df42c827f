import { TROUBLE } from '../http/answers.ts';
import { refuse } from '../visit.ts';
import { changed, type Duty } from './duty.ts';

/** Somebody wants to know now whether the device is what it should be; the page that comes says it, and the log. */
// G045 PL-1-4: verified by hand, besides at the start and from time to time
export const checkIntegrity: Duty = async (desk, declared, request, reply) => {
  const { integrity } = desk.context;
  if (!integrity) return refuse(desk, request.visit, reply, TROUBLE.conflict);
  const verdict = await integrity.check();
  desk.record('integrity-checked', { verdict });
  return changed(declared, reply, `integrity-${verdict}`);
};

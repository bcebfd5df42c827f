import type { AuthenticationMechanism } from '@hearthward/product';
import type { Probe } from '../../../model.ts';
import { inputsOf, sessionWorks } from '../answers.ts';
import { madeUp, signOut } from '../signing-in.ts';

/** Brings an identifier of its own to the login, as an attacker would plant it in a browser. */
export async function observeFixation(probe: Probe, mechanism: AuthenticationMechanism): Promise<void> {
  const { login, session } = mechanism;
  const account = probe.target.accounts?.[mechanism.id];
  const service = mechanism.services[0];
  if (login?.kind !== 'form' || session?.name === undefined || account?.password === undefined || service === undefined)
    return;
  const page = await probe.http.request(service, { method: 'GET', path: login.page });
  if (!page.ok) return;
  const cookies: Record<string, string> = {};
  for (const line of page.answer.setCookie) {
    const [pair = ''] = line.split(';');
    cookies[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
  }
  const planted = cookies[session.name] ?? madeUp(43);
  cookies[session.name] = planted;
  const fields = new URLSearchParams();
  for (const input of inputsOf(page.answer.body)) {
    if ((input['type'] ?? '').toLowerCase() === 'hidden' && input['name'])
      fields.set(input['name'], input['value'] ?? '');
  }
  if (login.fields.user !== undefined && account.user !== undefined) fields.set(login.fields.user, account.user);
  fields.set(login.fields.password, account.password);
  const url = probe.target.services[service]?.url;
  const posted = await probe.http.request(service, {
    method: 'POST',
    path: login.path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(url === undefined ? {} : { origin: new URL(url).origin }),
    },
    cookies,
    body: fields.toString(),
  });
  if (!posted.ok) return;
  probe.login.forget(mechanism.id);
  const line = posted.answer.setCookie.find((each) => each.startsWith(`${session.name}=`));
  const given = line?.split(';')[0]?.slice((session.name?.length ?? 0) + 1);
  const old = await sessionWorks(probe, mechanism, { cookies, headers: {} });
  const fresh = { cookies: { ...cookies, [session.name]: given ?? planted }, headers: {} };
  const now = await sessionWorks(probe, mechanism, fresh);
  probe.record(
    'fixed',
    mechanism.id,
    {
      entered: now?.answer.success === true,
      kept: given === undefined || given === planted,
      works: old?.answer.success === true,
    },
    [posted.answer.blob],
  );
  await signOut(probe, mechanism, fresh);
}

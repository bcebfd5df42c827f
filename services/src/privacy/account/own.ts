import { Readable } from 'node:stream';
import type { Declaration } from '@hearthward/product';
import { Subject } from '@hearthward/protocol';
import {
  type AccountConsent,
  accountConsentsPage,
  type AccountDataView,
  accountDataPage,
  accountEndedPage,
  accountEndPage,
  type AccountItem,
  accountLookedPage,
  paths,
} from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { DAY, iso } from '../../clock.ts';
import { CSV, HTML, JSON_TYPE } from '../../front/headers.ts';
import { withdrawalTold } from '../consents.ts';
import { csvExport, type Exported, jsonExport } from './export.ts';
import { devicesOf, type LinkedDevice, type LinkedItem, sealedToName, valuesOf } from './holdings.ts';
import { lookedAt, looksAt } from './looked.ts';
import { ACCOUNT, type Desk, leave, refuse, statusOf } from './desk.ts';

/** What is kept, what was decided, who looked; the caller has made sure of a session and of its form. */
export async function ownRoutes(app: FastifyInstance, desk: Desk): Promise<void> {
  const { store, clock, vault, consents, kept } = desk;
  const accountOf = (request: FastifyRequest): string => request.person?.account ?? '';
  const note = (request: FastifyRequest, action: 'personal-data-listed' | 'personal-data-exported') =>
    lookedAt(store.db, clock.now(), { account: accountOf(request), action });

  app.get(ACCOUNT + paths.account.data, async (request, reply) => {
    await note(request, 'personal-data-listed');
    return showData(request, reply, undefined);
  });
  // boundary account-values: a person with a session -> ItemForm, at most 4096 bytes, else 400 or 404;
  // services/test/privacy/account.test.ts
  app.post(ACCOUNT + paths.account.values, async (request, reply) => {
    const form = request.body;
    if (!Value.Check(ItemForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    if (!vault.subjectsOf(accountOf(request)).includes(form.subject))
      return refuse(request, reply, 404, 'error.not-found');
    await lookedAt(store.db, clock.now(), {
      account: accountOf(request),
      action: 'personal-data-shown',
      detail: { item: form.item },
    });
    return showData(request, reply, form);
  });

  async function showData(
    request: FastifyRequest,
    reply: FastifyReply,
    shown: { readonly subject: string; readonly item: string } | undefined,
  ): Promise<FastifyReply> {
    const devices: AccountDataView['devices'][number][] = [];
    for (const device of await devicesOf(desk, accountOf(request))) {
      const { deviceId, serial, product, isBlocked, partedAt } = device;
      const items: AccountItem[] = [];
      for (const item of isBlocked ? [] : device.items) items.push(await itemOf(device, item, shown));
      devices.push({ deviceId, serial, product, blocked: isBlocked, items, ...(partedAt ? { partedAt } : {}) });
    }
    return reply.type(HTML).send(accountDataPage({ ...desk.frame(request, paths.account.data), devices }));
  }

  async function itemOf(
    device: LinkedDevice,
    linked: LinkedItem,
    shown: { readonly subject: string; readonly item: string } | undefined,
  ): Promise<AccountItem> {
    const { item, subjects } = linked;
    const held = await kept.held(subjects, { productId: device.declaration.product.id, item: item.id });
    const party = sealedToName(device.declaration, item);
    const isShown = shown !== undefined && shown.item === item.id && subjects.includes(shown.subject);
    return {
      subject: subjects[0] ?? '',
      item: item.id,
      name: item.name,
      purpose: item.purpose,
      days: item.retentionDays,
      ...(party === undefined ? {} : { sealedTo: party }),
      count: held?.count ?? 0,
      ...(held
        ? {
            from: dayText(held.firstDay),
            to: dayText(held.lastDay),
            ...(item.retentionDays > 0 ? { until: dayText(held.lastDay + item.retentionDays) } : {}),
          }
        : {}),
      ...(isShown ? { latest: await latestOf(device, linked) } : {}),
    };
  }

  async function latestOf(device: LinkedDevice, item: LinkedItem): Promise<NonNullable<AccountItem['latest']>> {
    let newest: { at: number; field: LinkedItem['fields'][number]; value: string | number | boolean }[] = [];
    for await (const { at, values } of valuesOf(kept, device, item, clock.now())) {
      // days come newest first; within one, rows lie in no order
      const oldest = newest.at(-1);
      if (oldest && newest.length >= SHOWN && at < oldest.at - DAY) break;
      if (oldest && newest.length >= SHOWN && at <= oldest.at) continue;
      newest = [...newest, ...values.map(([field, value]) => ({ at, field, value }))]
        .sort((a, b) => b.at - a.at)
        .slice(0, SHOWN);
    }
    return newest.map(({ at, field, value }) => ({
      field: field.name,
      ...(field.unit === undefined ? {} : { unit: field.unit }),
      at: iso(at),
      value: String(value),
    }));
  }

  const exporting: string[] = [];
  const sendExport = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { type, file, make }: { type: string; file: string; make: (all: Exported) => AsyncIterable<string> },
  ): Promise<FastifyReply> => {
    const account = accountOf(request);
    const own = exporting.filter((each) => each === account).length;
    if (own >= EXPORTS_OF_ONE || exporting.length >= EXPORTS_MOST)
      return refuse(request, reply.header('retry-after', '10'), 429, 'error.too-many');
    exporting.push(account);
    let released = false;
    const release = (): void => {
      if (!released) exporting.splice(exporting.indexOf(account), 1);
      released = true;
    };
    try {
      await note(request, 'personal-data-exported');
      const devices = (await devicesOf(desk, account)).filter(({ isBlocked }) => !isBlocked);
      const records = await consents.recordsOf(devices.flatMap(({ subjects }) => subjects));
      const stream = Readable.from(releasing(make({ kept, devices, consents: records, now: clock.now() }), release));
      // whoever goes away before the first byte
      stream.once('close', release);
      return reply.type(type).header('content-disposition', `attachment; filename="${file}"`).send(stream);
    } catch (error) {
      release();
      throw error;
    }
  };
  // EN 303 645 5.11-1, 6-5: everything, in formats that other programs read (GDPR Art. 15(3), 20)
  app.get(ACCOUNT + paths.account.exportJson, (request, reply) =>
    sendExport(request, reply, { type: JSON_TYPE, file: 'my-data.json', make: jsonExport }),
  );
  app.get(ACCOUNT + paths.account.exportCsv, (request, reply) =>
    sendExport(request, reply, { type: CSV, file: 'my-data.csv', make: csvExport }),
  );

  const showConsents = async (request: FastifyRequest, reply: FastifyReply, notice?: 'happened.consent-withdrawn') => {
    const devices = await devicesOf(desk, accountOf(request));
    const records = await consents.recordsOf(devices.flatMap(({ subjects }) => subjects));
    const lastOf = new Map(records.map((record) => [`${record.subject} ${record.item}`, record]));
    const view = devices.map(({ deviceId, serial, product, subjects, declaration }) => ({
      deviceId,
      serial,
      product,
      consents: [...lastOf.values()]
        .filter(({ subject }) => subjects.includes(subject))
        .map((record): AccountConsent => ({ ...record, ...nameOf(declaration, record.item), at: iso(record.at) })),
    }));
    return reply.type(HTML).send(
      accountConsentsPage({
        ...desk.frame(request, paths.account.consents),
        devices: view,
        ...(notice ? { notice: { kind: 'good', key: notice } } : {}),
      }),
    );
  };
  app.get(ACCOUNT + paths.account.consents, (request, reply) => showConsents(request, reply));
  // EN 303 645 6-3, TS 103 645 4.10-3, G044 7-c: one press, here as on the device; it holds for the next message
  // boundary account-consent: a person with a session -> ItemForm, at most 4096 bytes, else 400 or 404;
  // services/test/privacy/account.test.ts
  app.post(ACCOUNT + paths.account.withdraw, async (request, reply) => {
    const form = request.body;
    const account = accountOf(request);
    if (!Value.Check(ItemForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    const { subject, item } = form;
    const origin = vault.subjectsOf(account).includes(subject) ? vault.originOf(subject) : undefined;
    if (!origin) return refuse(request, reply, 404, 'error.not-found');
    const isWithdrawn = await consents.withdraw(subject, item, clock.now(), withdrawalTold(desk));
    if (isWithdrawn) await lookedAt(store.db, clock.now(), { account, action: 'consent-withdrawn', detail: { item } });
    return showConsents(request, reply, 'happened.consent-withdrawn');
  });

  app.get(ACCOUNT + paths.account.looked, async (request, reply) => {
    const account = accountOf(request);
    const entries = await looksAt(store.db, account, await devicesOf(desk, account));
    return reply.type(HTML).send(accountLookedPage({ ...desk.frame(request, paths.account.looked), entries }));
  });

  app.get(ACCOUNT + paths.account.end, (request, reply) =>
    reply.type(HTML).send(accountEndPage({ ...desk.frame(request, paths.account.end), failed: false })),
  );
  // boundary account-end: a person with a session -> AgainForm, at most 4096 bytes, else 400, 401 or 429;
  // services/test/privacy/account.test.ts
  app.post(ACCOUNT + paths.account.end, async (request, reply) => {
    const form = request.body;
    const account = accountOf(request);
    if (!Value.Check(AgainForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    const checked = await desk.check(form.code, request.ip);
    if (!checked.ok || checked.account !== account) {
      const outcome = checked.ok ? {} : checked;
      const view = { ...desk.frame(request, paths.account.end), ...outcome, failed: true };
      return statusOf(reply, outcome).type(HTML).send(accountEndPage(view));
    }
    await vault.unlink(account);
    await desk.followers.forget(account);
    await desk.sessions.endAll(account);
    await lookedAt(store.db, clock.now(), { account, action: 'account-ended' });
    request.person = null;
    return leave(reply)
      .type(HTML)
      .send(accountEndedPage(desk.frame(request, paths.account.login)));
  });
}

const ItemForm = Type.Object({ subject: Subject, item: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }) });
export const AgainForm = Type.Object({ code: Type.String({ maxLength: 100 }) });

/** latest values of an item on a page */
const SHOWN = 20;
/** at once, of all people; and of one, who asks for both forms side by side */
const EXPORTS_MOST = 4;
const EXPORTS_OF_ONE = 2;

async function* releasing(chunks: AsyncIterable<string>, release: () => void): AsyncGenerator<string> {
  try {
    yield* chunks;
  } finally {
    release();
  }
}

const dayText = (day: number): string => iso(day * DAY).slice(0, 10);

function nameOf({ personalData }: Declaration, item: string): Pick<AccountConsent, 'name' | 'purpose'> {
  const declared = personalData.find(({ id }) => id === item);
  return { name: declared?.name ?? { en: item }, purpose: declared?.purpose ?? { en: '' } };
}

import type { Declaration } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { devicePage, type DeviceRow, type DeviceView, errorPage, fleetPage, paths } from '@hearthward/web';
import { MANAGEMENT_COMMANDS, ManagementCommand } from '@hearthward/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { DAY, iso } from '../clock.ts';
import { csvRow } from '../front/csv.ts';
import { CSV, HTML } from '../front/headers.ts';
import { type Device, DEVICE_STATES, type DeviceStateName, type FleetFilter } from '../registry/devices.ts';
import { countOf, eventsOf, lastOf, recordObserved } from '../telemetry/events.ts';
import { seriesOf } from '../telemetry/queries.ts';
import { lookedAt, logOf } from '../telemetry/reports/reports.ts';
import { logIn } from './device-log.ts';
import { audit } from './audit.ts';
import { PersonalForm, readPersonal, sealedIn } from './personal.ts';
import { BASE, type ConsoleParts, frameOf } from './console.ts';
import { Reason } from './form.ts';
import { EXPORT_STEP, PER_PAGE, pageIn } from './paging.ts';

/** Fleet and device pages; the caller has made sure of a session. */
export async function fleetRoutes(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  const { registry, custody, store, clock, declarations, management } = parts;
  const rowOf = (device: Device): DeviceRow => ({
    deviceId: device.deviceId,
    serial: device.serial,
    model: declarationOf(device)?.product.model.designation ?? device.productId,
    state: device.state,
    ...(device.lastSeen === undefined ? {} : { lastSeen: iso(device.lastSeen) }),
    ...(device.enrolledAt === undefined ? {} : { enrolledAt: iso(device.enrolledAt) }),
    ...(device.doubtedAt === undefined ? {} : { doubtedAt: iso(device.doubtedAt) }),
  });
  const declarationOf = (device: Device) => declarations.find(({ product }) => product.id === device.productId);

  app.get(BASE + paths.console.fleet, async (request, reply) => {
    const filter = filterIn(request.query);
    const total = await registry.count(filter);
    const pages = Math.max(1, Math.ceil(total / PER_PAGE));
    const page = Math.min(pageIn(request.query), pages);
    const devices = await registry.list(filter, (page - 1) * PER_PAGE, PER_PAGE);
    const counts = await registry.counts();
    const frame = frameOf(request, BASE + paths.console.fleet);
    return reply
      .type(HTML)
      .send(fleetPage({ ...frame, counts, filter, devices: devices.map(rowOf), total, page, pages }));
  });

  app.get(BASE + paths.console.fleetExport, async (request, reply) => {
    const filter = filterIn(request.query);
    const lines = ['device,serial,model,state,enrolled,last seen\r\n'];
    for (let offset = 0; ; offset += EXPORT_STEP) {
      const devices = await registry.list(filter, offset, EXPORT_STEP);
      lines.push(...devices.map((device) => csvLine(rowOf(device))));
      if (devices.length < EXPORT_STEP) break;
    }
    await audit(store.db, clock.now(), {
      actor: request.operator?.operator ?? '',
      action: 'fleet-exported',
      subject: 'fleet',
      detail: { devices: lines.length - 1 },
    });
    return reply.type(CSV).header('content-disposition', 'attachment; filename="fleet.csv"').send(lines.join(''));
  });

  const showDevice = async (
    request: FastifyRequest<{ Params: { deviceId: string } }>,
    reply: FastifyReply,
    { notice, unreasoned, reason }: Pick<DeviceView, 'notice' | 'unreasoned'> & { readonly reason?: string } = {},
  ) => {
    const device = await registry.find(request.params.deviceId);
    const declaration = device && declarationOf(device);
    const path = `${BASE}${paths.console.device}/${encodeURIComponent(request.params.deviceId)}`;
    const frame = frameOf(request, path);
    if (!device || !declaration)
      return reply
        .code(404)
        .type(HTML)
        .send(errorPage({ ...frame, status: 404, key: 'error.not-found' }));
    const certificate = await registry.liveCertificate(device.deviceId);
    const events = await eventsOf(store.db, device.deviceId, EVENTS_SHOWN);
    const since = clock.now() - SERIES_DAYS * DAY;
    const measured = await seriesOf(store.db, device.deviceId, declaration, since, POINTS_SHOWN);
    const named = (all: typeof measured) =>
      all.map((one) => ({ ...one, field: nameOf(declaration, one.field, frame.language) }));
    const wanted = { deviceId: device.deviceId, declaration, since, most: POINTS_SHOWN };
    const operator = request.operator?.operator ?? '';
    const personal = reason === undefined ? undefined : await readPersonal(parts, wanted, { operator, reason });
    const view = {
      ...frame,
      ...(notice ? { notice } : {}),
      ...(unreasoned ? { unreasoned } : {}),
      commands: MANAGEMENT_COMMANDS,
      device: rowOf(device),
      events: events.map(({ at, kind, detail }) => ({ at: iso(at), kind, detail: readable(detail) })),
      series: named(measured),
      ...(reason === undefined || !personal
        ? {}
        : { personal: { reason, series: named(personal), sealed: sealedIn(declaration, frame.language) } }),
      ...logIn(await logOf(store.db, device.deviceId)),
      ...(await checkedOf(device)),
      custody: await custodyOf(device),
      certificates: (await registry.certificates(device.deviceId)).map((each) => ({
        kind: each.kind,
        state: each.status === 'live' && each.not_after < clock.now() ? ('ended' as const) : each.status,
        serial: each.serial,
        notBefore: iso(each.not_before),
        notAfter: iso(each.not_after),
      })),
      ...(certificate
        ? {
            certificate: {
              serial: certificate.serial,
              notBefore: iso(certificate.not_before),
              notAfter: iso(certificate.not_after),
            },
          }
        : {}),
    };
    return reply.type(HTML).send(devicePage(view));
  };

  const withoutReason = (
    request: FastifyRequest<{ Params: { deviceId: string } }>,
    reply: FastifyReply,
    unreasoned: 'personal' | 'manage',
  ) => showDevice(request, reply.code(422), { notice: { kind: 'bad', key: 'refused.no-reason' }, unreasoned });

  app.get<{ Params: { deviceId: string } }>(`${BASE}${paths.console.device}/:deviceId`, (request, reply) =>
    showDevice(request, reply),
  );

  // boundary console-command: an operator who has signed in -> CommandForm, at most 4096 bytes, else 400;
  // services/test/console.test.ts
  app.post<{ Params: { deviceId: string } }>(
    `${BASE}${paths.console.device}/:deviceId/${paths.console.commands}`,
    async (request, reply) => {
      const { deviceId } = request.params;
      const form = request.body;
      if (!Value.Check(CommandForm, form)) return withoutReason(request, reply, 'manage');
      const { command, reason } = form;
      const operator = request.operator?.operator ?? '';
      const given = await management.command({ operator, deviceId, command, reason });
      if (given.ok) return showDevice(request, reply, { notice: { kind: 'good', key: 'happened.asked' } });
      return showDevice(request, reply.code(409), { notice: { kind: 'bad', key: `refused.${given.code}` } });
    },
  );

  // boundary console-personal: an operator who has signed in -> PersonalForm, at most 4096 bytes, else 422;
  // services/test/privacy/console.test.ts
  app.post<{ Params: { deviceId: string } }>(
    `${BASE}${paths.console.device}/:deviceId/${paths.console.personal}`,
    async (request, reply) => {
      const form = request.body;
      if (Value.Check(PersonalForm, form)) return showDevice(request, reply, { reason: form.reason.trim() });
      return withoutReason(request, reply, 'personal');
    },
  );

  for (const act of ['release', 'revoke'] as const)
    // boundary console-custody: an operator who has signed in -> TokenForm, at most 4096 bytes, else 400 or 403;
    // services/test/console.test.ts
    app.post<{ Params: { deviceId: string } }>(
      `${BASE}${paths.console.device}/:deviceId/${act}`,
      async (request, reply) => {
        const { deviceId } = request.params;
        const path = `${BASE}${paths.console.device}/${encodeURIComponent(deviceId)}`;
        const confirmed = (request.body as { confirm?: unknown }).confirm === 'yes';
        // G045 AU-1-10: what a person decides of an identity holds at once, and is on record with that person's name
        const done = confirmed && (await custody[act](deviceId, request.operator?.operator ?? ''));
        if (done) return reply.redirect(path, 303);
        const [status, key] = confirmed ? ([404, 'error.not-found'] as const) : ([400, 'error.bad-request'] as const);
        return reply
          .code(status)
          .type(HTML)
          .send(errorPage({ ...frameOf(request, path), status, key }));
      },
    );

  // boundary console-log: an operator who has signed in -> TokenForm, at most 4096 bytes, else 400 or 403;
  // services/test/reports/arrival.test.ts
  app.post<{ Params: { deviceId: string } }>(
    `${BASE}${paths.console.device}/:deviceId/${paths.console.looked}`,
    async (request, reply) => {
      const { deviceId } = request.params;
      const path = `${BASE}${paths.console.device}/${encodeURIComponent(deviceId)}`;
      const confirmed = (request.body as { confirm?: unknown }).confirm === 'yes';
      const done = confirmed && (await lookAt(deviceId, request.operator?.operator ?? ''));
      if (done) return reply.redirect(path, 303);
      const [status, key] = confirmed ? ([404, 'error.not-found'] as const) : ([400, 'error.bad-request'] as const);
      return reply
        .code(status)
        .type(HTML)
        .send(errorPage({ ...frameOf(request, path), status, key }));
    },
  );

  /** What a person has looked at is on record with that person's name. */
  const lookAt = (deviceId: string, actor: string): Promise<boolean> =>
    store.transaction(async (tx) => {
      if (!(await lookedAt(tx, deviceId))) return false;
      await audit(tx, clock.now(), { actor, action: 'log-looked-at', subject: deviceId });
      await recordObserved(tx, deviceId, clock.now(), 'log-looked-at', { by: actor });
      return true;
    });

  /** What its owner was told when the services last checked it. */
  async function checkedOf({ deviceId }: Device): Promise<Pick<DeviceView, 'checked'>> {
    const last = await lastOf(store.db, deviceId, 'setup-checked');
    if (!last) return {};
    // no boundary: a row of our own store
    const { verdict, found } = JSON.parse(last.detail) as { readonly verdict: string; readonly found?: string };
    return {
      checked: { at: iso(Number(last.at)), verdict: verdict === 'well' ? 'well' : 'attention', found: found ?? '' },
    };
  }

  async function custodyOf({ deviceId, held, revokedAt }: Device): Promise<DeviceView['custody']> {
    const copies = await countOf(store.db, deviceId, 'identity-in-two-places');
    if (revokedAt !== undefined) return { state: 'out', since: iso(revokedAt), copies };
    return held ? { state: 'held', since: iso(held.at), because: held.because, copies } : { state: 'trusted', copies };
  }
}

const CommandForm = Type.Object({
  command: ManagementCommand,
  reason: Reason,
});

/** What a field is called on every page; its id where it is no longer declared. */
function nameOf(declaration: Declaration, field: string, language: Language): string {
  const name = declaration.telemetryData.find(({ id }) => id === field)?.name;
  return name === undefined ? field : (name[language] ?? name.en);
}

const EVENTS_SHOWN = 100;
const SERIES_DAYS = 7;
/** a chart has no more columns */
const POINTS_SHOWN = 600;

/** Hostile query: what is no filter is no filter. */
function filterIn(query: unknown): FleetFilter {
  const { state, search, log } = query as { state?: unknown; search?: unknown; log?: unknown };
  const wanted = DEVICE_STATES.find((known): known is DeviceStateName => known === state);
  const text = typeof search === 'string' ? search.trim().slice(0, 64) : '';
  return {
    ...(wanted ? { state: wanted } : {}),
    ...(text ? { search: text } : {}),
    ...(log === 'doubted' ? { doubted: true } : {}),
  };
}

const csvLine = ({ deviceId, serial, model, state, enrolledAt, lastSeen }: DeviceRow) =>
  csvRow([deviceId, serial, model, state, enrolledAt ?? '', lastSeen ?? '']);

const readable = (detail: string) =>
  // no boundary: a row of our own store: what device-message has let in
  Object.entries(JSON.parse(detail) as Record<string, string | number>)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');

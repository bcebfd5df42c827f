import { Duplex } from 'node:stream';
import { SEALING, SIGNATURES, SignedSetupStatement, type SealingId, type SignatureId } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { asFault, DeviceFault, isFaultCode, plainFault } from '../driver/faults.ts';
import { Seal } from '../logging/chain/seal.ts';
import { readFrames, writeFrame } from './frames.ts';
import { DATA_KEY_BYTES } from './keystore.ts';
import type { ReleaseId, RenewableId } from './register.ts';
import type { ReleasedKey, Signer, SignerStatus } from './signer.ts';
import { wiping } from './wiping.ts';

/**
 * The signer's interface over one stream. The stream is a pair of sockets that both processes inherit from `boot`:
 * it has no name in the file system and no port, so nobody else can open it, and the signer needs no network at all.
 * The bytes of an enrolment travel in it too: core carries ciphertext, the initial identity's key stays in the signer.
 */
const Request = Type.Object({
  id: Type.Integer(),
  call: Type.Union([
    Type.Literal('release'),
    Type.Literal('enrol'),
    Type.Literal('forget'),
    Type.Literal('renew'),
    Type.Literal('settle'),
    Type.Literal('seal-log'),
    Type.Literal('attest'),
    Type.Literal('status'),
    Type.Literal('test'),
    Type.Literal('possession'),
    Type.Literal('zeroise'),
    Type.Literal('carry'),
    Type.Literal('carry-end'),
  ]),
  /** of an enrolment: time before which nothing is current */
  floor: Type.Optional(Type.Integer({ minimum: 0 })),
  /** of a log that is to be sealed */
  statement: Type.Optional(Type.String({ maxLength: 4_096 })),
  key: Type.Optional(
    Type.Union([Type.Literal('keystore'), Type.Literal('data'), Type.Literal('panel'), Type.Literal('channel')]),
  ),
});
const Answer = Type.Object({
  id: Type.Integer(),
  kind: Type.Union([Type.Literal('done'), Type.Literal('failed'), Type.Literal('carry'), Type.Literal('carry-end')]),
  value: Type.Optional(Type.Unknown()),
});

/** In the signer's process: answers what comes over the stream. */
export const serveSigner = (signer: Signer, stream: Duplex): void => {
  const carriers = new Map<number, Carrier>();

  const call = async (request: Static<typeof Request>): Promise<{ value?: unknown; key?: Buffer }> => {
    switch (request.call) {
      case 'release': {
        if (!request.key) throw new DeviceFault('signer-refused', 'A release names its key', 'Restart the device.');
        if (request.key === 'keystore')
          throw new DeviceFault('signer-refused', 'That key is released to nobody', 'Restart the device.');
        return released(await signer.release(request.key));
      }
      case 'renew':
        if (request.key !== 'keystore' && request.key !== 'data' && request.key !== 'panel')
          throw new DeviceFault('signer-refused', 'A renewal names its key', 'Restart the device.');
        return released(await signer.renew(request.key));
      case 'settle':
        return { value: await signer.settle() };
      case 'enrol': {
        const carrier = new Carrier(
          (bytes) => writeFrame(stream, { id: request.id, kind: 'carry' }, bytes),
          () => writeFrame(stream, { id: request.id, kind: 'carry-end' }),
        );
        carriers.set(request.id, carrier);
        try {
          return { value: await signer.enrol(carrier, request.floor) };
        } finally {
          carriers.delete(request.id);
          carrier.destroy();
        }
      }
      case 'forget':
        return { value: await signer.forget() };
      case 'seal-log':
        return { value: await signer.sealLog(request.statement ?? '') };
      case 'attest':
        return { value: await signer.attest(request.statement ?? '') };
      case 'status':
        return { value: await signer.status() };
      case 'test':
        return { value: await signer.test() };
      case 'possession':
        return { value: await signer.possession() };
      case 'zeroise':
        return { value: await signer.zeroise() };
      case 'carry':
      case 'carry-end':
        return {};
    }
  };

  /** Hostile input: core may be in other hands. What cannot even be answered ends the line, and with it both processes. */
  const refuse = (header: unknown): void => {
    const id = (header as { readonly id?: unknown } | null)?.id;
    const fault = new DeviceFault('signer-refused', 'The signer does not know this request', 'Restart the device.');
    if (Number.isInteger(id)) writeFrame(stream, { id, kind: 'failed', value: plainFault(fault) });
    else stream.destroy();
  };

  readFrames(stream, ({ header, body }) => {
    if (!Value.Check(Request, header)) {
      refuse(header);
      return;
    }
    if (header.call === 'carry') carriers.get(header.id)?.receive(body);
    else if (header.call === 'carry-end') carriers.get(header.id)?.receive(null);
    else {
      call(header)
        .then(({ value, key }) => {
          wiping(key ?? Buffer.alloc(0), (body) => writeFrame(stream, { id: header.id, kind: 'done', value }, body));
        })
        .catch((thrown: unknown) => writeFrame(stream, { id: header.id, kind: 'failed', value: plainFault(thrown) }));
    }
  });
};

interface Pending {
  readonly resolve: (answer: { value: unknown; body: Buffer }) => void;
  readonly reject: (fault: DeviceFault) => void;
  readonly carrier?: Duplex;
}

/** In core's process: the signer at the other end of the stream. */
export const connectSigner = (stream: Duplex): Signer => {
  const pending = new Map<number, Pending>();
  let next = 0;

  const ask = (call: string, more: object = {}, carrier?: Duplex): Promise<{ value: unknown; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const id = next++;
      pending.set(id, { resolve, reject, ...(carrier ? { carrier } : {}) });
      writeFrame(stream, { id, call, ...more });
      carrier?.on('data', (bytes: Buffer) => writeFrame(stream, { id, call: 'carry' }, bytes));
      carrier?.once('close', () => writeFrame(stream, { id, call: 'carry-end' }));
      carrier?.once('error', (cause) => {
        pending.delete(id);
        reject(unreachable(cause));
      });
    });

  readFrames(stream, ({ header, body }) => {
    if (!Value.Check(Answer, header)) {
      stream.destroy();
      return;
    }
    const waiting = pending.get(header.id);
    if (header.kind === 'carry') waiting?.carrier?.write(body);
    else if (header.kind === 'carry-end') waiting?.carrier?.end();
    else {
      pending.delete(header.id);
      waiting?.carrier?.destroy();
      if (header.kind === 'done' && waiting) waiting.resolve({ value: header.value, body });
      else body.fill(0);
      if (header.kind === 'failed') waiting?.reject(faultOf(header.value));
    }
  });
  stream.once('close', () => {
    for (const { reject } of pending.values()) reject(gone());
    pending.clear();
  });

  return {
    release: async (key) => releasedIn(key, await ask('release', { key })),
    renew: async (key) => releasedIn(key, await ask('renew', { key })),
    settle: async () => void (await ask('settle')),
    enrol: async (carrier, floor) => statusIn(await ask('enrol', floor === undefined ? {} : { floor }, carrier)),
    forget: async () => void (await ask('forget')),
    sealLog: async (statement) => Value.Parse(Seal, (await ask('seal-log', { statement })).value),
    attest: async (statement) => Value.Parse(SignedSetupStatement, (await ask('attest', { statement })).value),
    status: async () => statusIn(await ask('status')),
    test: async () => (await ask('test')).value === true,
    possession: async () => Value.Parse(Type.String(), (await ask('possession')).value),
    zeroise: async () => void (await ask('zeroise')),
    close: () => stream.destroy(),
  };
};

/** A key and, of the data key, the one that it replaces: side by side in the body, so that neither becomes a string. */
const released = ({ key, earlier, certificates }: ReleasedKey): { value: unknown; key: Buffer } => {
  const replaced = earlier ?? Buffer.alloc(0);
  const body = wiping(key, () => wiping(replaced, () => Buffer.concat([key, replaced])));
  return { value: certificates, key: body };
};
const releasedIn = (id: ReleaseId | RenewableId, { value, body }: { value: unknown; body: Buffer }): ReleasedKey => {
  const certificates = Value.Parse(Type.Array(Type.String()), value);
  if (id !== 'data' || body.length === DATA_KEY_BYTES) return { key: body, certificates };
  return { key: body.subarray(0, DATA_KEY_BYTES), earlier: body.subarray(DATA_KEY_BYTES), certificates };
};

const Status = Type.Object({
  enrolled: Type.Boolean(),
  from: Type.Optional(Type.String()),
  until: Type.Optional(Type.String()),
  fingerprint: Type.Optional(Type.String()),
  algorithm: Type.Optional(Type.Enum(Object.keys(SIGNATURES) as SignatureId[])),
  anchors: Type.Array(Type.String()),
  changed: Type.Optional(Type.Object({ learnt: Type.Integer(), retired: Type.Integer(), refused: Type.Integer() })),
  sealing: Type.Optional(Type.Enum(Object.keys(SEALING) as SealingId[])),
});
const statusIn = ({ value }: { value: unknown }): SignerStatus => Value.Parse(Status, value);

/** The far end's bytes as a stream: what is written goes out in frames, what frames bring is read. */
class Carrier extends Duplex {
  readonly #send: (bytes: Buffer) => void;
  readonly #end: () => void;

  constructor(send: (bytes: Buffer) => void, end: () => void) {
    super({ allowHalfOpen: false });
    this.#send = send;
    this.#end = end;
  }

  receive(bytes: Buffer | null): void {
    if (!this.destroyed) this.push(bytes);
  }

  override _read(): void {
    // Frames arrive on their own; an enrolment is a few kilobytes, so nothing is held back.
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.#send(bytes);
    done();
  }

  override _final(done: () => void): void {
    this.#end();
    done();
  }
}

const faultOf = (value: unknown): DeviceFault => {
  const { code, message, cure } = value as { code?: unknown; message?: unknown; cure?: unknown };
  return isFaultCode(code) ? new DeviceFault(code, String(message), String(cure)) : asFault(value);
};

const gone = (): DeviceFault => new DeviceFault('process-failed', 'The signer has ended', 'Restart the device.');

export const unreachable = (cause: unknown): DeviceFault =>
  new DeviceFault(
    'services-unreachable',
    'The manufacturer’s services cannot be reached',
    'Check the network; the device tries again by itself.',
    cause,
  );

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Metadata, MetadataKind, type Root } from '@tufjs/models';
import { HostileRepository, signed } from '@hearthward/testbed/updates';
import { fileName, readMetadata, type Kind } from '../../../src/updates/tuf/metadata.ts';
import { trustRoot, updateTimestamp } from '../../../src/updates/tuf/trusted.ts';
import { believed, codeOf, follow, NOW } from './walk.ts';

const KINDS: readonly Kind[] = ['root', 'timestamp', 'snapshot', 'targets'];
const repository = new HostileRepository(NOW);
repository.delegate('targets', { name: 'app', paths: ['app/*'] });
repository.addTarget('targets', 'a', Buffer.from('a'), { deep: { er: 1 } });
repository.publish('app', 'root', 'targets', 'snapshot', 'timestamp');

describe('hostile bytes are read or refused, and nothing else', () => {
  it('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...KINDS), (bytes, kind) => {
        assert.equal(codeOf(readMetadata(kind, kind, bytes)), `${kind} malformed`);
      }),
    );
  });

  it('one role in the place of another, though its signer may sign both', () => {
    const mixed = new HostileRepository(NOW);
    const [signer] = mixed.signers.get('timestamp') ?? [];
    mixed.addKey('snapshot', signer);
    mixed.publish('root', 'snapshot');
    const set = believed(trustRoot(mixed.last('root')));
    assert.equal(codeOf(updateTimestamp(set, mixed.last('snapshot'), NOW)), 'timestamp wrong-type');
    for (const kind of KINDS) {
      for (const other of KINDS.filter((each) => each !== kind)) {
        assert.equal(codeOf(readMetadata(kind, kind, repository.last(other))), `${kind} wrong-type`);
      }
    }
  });

  it('one value anywhere in it changed: malformed, or no longer signed, but never believed', () => {
    for (const kind of KINDS) {
      const envelope = JSON.parse(repository.last(kind).toString());
      for (const path of pathsIn(envelope.signed)) {
        for (const other of [null, -1, 1.5, 2 ** 53, '', 'x', [], {}, [[]], true]) {
          const changed = structuredClone(envelope);
          put(changed.signed, path, other);
          if (JSON.stringify(changed) === JSON.stringify(envelope)) continue;
          const bytes = Buffer.from(JSON.stringify(changed));
          const outcome = readMetadata(kind, kind, bytes);
          if (!outcome.ok) continue;
          const published = new Map(repository.published);
          repository.published.set(kind, [...(published.get(kind) ?? []).slice(0, -1), bytes]);
          const code = codeOf(follow(repository));
          repository.published.set(kind, published.get(kind) ?? []);
          assert.match(code, / (?:unsigned|rollback|mix-and-match)$/, `${kind} ${path.join('.')}`);
        }
      }
    }
  });

  it('what is signed as one thing and read as another', () => {
    const { signatures, signed: value } = JSON.parse(repository.last('targets').toString());
    const text = JSON.stringify({ signatures, signed: value });
    for (const hostile of [
      text.replace('"a":{', '"__proto__":{"x":{}},"a":{'),
      text.replace('"deep"', String.raw`"\ud800"`),
      text.replace('"er":1', String.raw`"er":"\udfff"`),
      text.replace('"er":1', `"er":${'['.repeat(5_000)}${']'.repeat(5_000)}`),
      `\ufeff${text}`,
      `${text}x`,
      text.slice(0, -1),
    ]) {
      assert.notEqual(hostile, text);
      assert.equal(codeOf(readMetadata('targets', 'targets', Buffer.from(hostile))), 'targets malformed');
    }
    assert.equal(codeOf(readMetadata('targets', 'targets', Buffer.from(`${text} `))), 'believed');
  });

  it('numbers and times that cannot be', () => {
    const { version: _version, ...without } = repository.timestamp;
    for (const [value, code] of [
      [without, 'malformed'],
      [{ ...repository.timestamp, version: 0 }, 'malformed'],
      [{ ...repository.timestamp, version: 2 ** 53 }, 'malformed'],
      [{ ...repository.timestamp, expires: '2026-13-01T00:00:00Z' }, 'malformed'],
      [{ ...repository.timestamp, expires: '2026-12-01' }, 'malformed'],
      [{ ...repository.timestamp, expires: '2026-12-01T00:00:00+01:00' }, 'malformed'],
      [{ ...repository.timestamp, spec_version: '2.0.0' }, 'wrong-edition'],
      [{ ...repository.timestamp, spec_version: '1' }, 'wrong-edition'],
      [{ ...repository.timestamp, meta: {} }, 'malformed'],
    ] as const) {
      assert.equal(codeOf(readMetadata('timestamp', 'timestamp', signed(value, []))), `timestamp ${code}`);
    }
  });
});

describe('another implementation agrees', () => {
  it('on what a repository has signed, and on what it has not', () => {
    const read = (kind: Kind) => {
      const value = JSON.parse(repository.last(kind).toString());
      // the library has one overload for each kind
      return Metadata.fromJSON(kind as MetadataKind.Root, value);
    };
    const root: Metadata<Root> = read('root');
    for (const kind of KINDS) assert.doesNotThrow(() => root.verifyDelegate(kind, read(kind)));
    const forged = new HostileRepository(NOW);
    const other = Metadata.fromJSON(MetadataKind.Root, JSON.parse(forged.last('root').toString()));
    for (const kind of KINDS) assert.throws(() => other.verifyDelegate(kind, read(kind)));
  });
});

describe('a role has one file in one folder, whatever it is called', () => {
  it('no name leaves the folder, and no two names share a file', () => {
    const name = fc.string({ unit: fc.constantFrom('.', '/', '\\', '%', '2', 'F', "'", '*', '?', '#', 'a', ' ', 'ä') });
    fc.assert(
      fc.property(name, name, (one, two) => {
        assert.match(fileName(one), /^[\w.~%-]*\.json$/);
        assert.equal(decodeURIComponent(fileName(one)), `${one}.json`);
        assert.equal(fileName(one) === fileName(two), one === two);
      }),
    );
    assert.equal(fileName('../delegated'), '..%2Fdelegated.json');
    assert.equal(fileName("!'()*"), '%21%27%28%29%2A.json');
  });
});

type Path = readonly (string | number)[];
const pathsIn = (value: unknown, at: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [at];
  const keys: Path = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [...(at.length > 0 ? [at] : []), ...keys.flatMap((key) => pathsIn((value as never)[key], [...at, key]))];
};
const put = (value: unknown, [first, ...rest]: Path, other: unknown): void => {
  const inside = value as Record<string | number, unknown>;
  if (rest.length === 0) inside[first ?? ''] = other;
  else put(inside[first ?? ''], rest, other);
};

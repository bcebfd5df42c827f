import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  aliasOf,
  HostileRepository,
  newSigner,
  signed,
  signerOf,
  TOP_LEVEL,
  type Signer,
  type TopLevel,
} from '@hearthward/testbed/updates';
import { trustRoot } from '../../../src/updates/tuf/trusted.ts';
import { believed, codeOf, follow, NOW } from './walk.ts';

const ALL = ['root', 'targets', 'snapshot', 'timestamp'] as const;
const ONLINE = ['targets', 'snapshot', 'timestamp'] as const;

describe('refuses what too few keys have signed', () => {
  for (const role of TOP_LEVEL) {
    it(`${role} by all but one of the keys that its threshold asks for`, () => {
      for (const threshold of [1, 2, 3]) {
        const repository = new HostileRepository(NOW);
        const before = believed(follow(repository));
        repository.root.roles[role].threshold = threshold;
        while (repository.root.roles[role].keyids.length < threshold + 1) repository.addKey(role);
        repository.publish(...ALL);
        const set = believed(follow(repository, before));
        const signers = repository.signers.get(role) ?? [];
        repository.signers.set(role, signers.slice(0, threshold));
        repository.publish(...ALL);
        believed(follow(repository, set));
        repository.signers.set(role, signers.slice(0, threshold - 1));
        repository.publish(...ALL);
        assert.equal(codeOf(follow(repository, set)), `${role} unsigned`);
      }
    });
  }

  it('a role that has fewer keys than its threshold, for ever', () => {
    const repository = new HostileRepository(NOW);
    repository.root.roles.snapshot.threshold = 6;
    for (let more = 0; more < 4; more += 1) repository.addKey('snapshot');
    repository.publish(...ALL);
    assert.equal(codeOf(follow(repository)), 'snapshot unsigned');
  });

  it('a root that names itself and that the root before it has not signed, and the other way round', () => {
    for (const missing of ['old', 'new']) {
      const repository = new HostileRepository(NOW);
      const old = repository.signers.get('root') ?? [];
      repository.rotateKeys('root');
      if (missing === 'new') repository.signers.set('root', old);
      repository.publish('root');
      assert.equal(codeOf(follow(repository)), 'root unsigned');
    }
  });

  it('a first root that has not signed itself', () => {
    const repository = new HostileRepository(NOW);
    assert.equal(codeOf(trustRoot(signed(repository.root, [newSigner()]))), 'root unsigned');
  });
});

/** Root after root, each as KEYS/THRESHOLD:SIGNERS; the last of them is followed, or not. */
const CHAINS: readonly (readonly [string, string, 'followed' | 'refused'])[] = [
  ['one key for another', 'b/1:b c/1:bc c/1:c', 'followed'],
  ['signatures that nobody asked for', 'b/1:dbe c/1:dbce c/1:dce', 'followed'],
  ['another three of five each time', 'abcde/3:ace abcde/3:aeb abcde/3:abd', 'followed'],
  ['one of five', 'abcde/3:ace abdef/3:aeb', 'followed'],
  ['one of five, first signed by both', 'abcde/3:ace abdef/3:acef abdef/3:aef', 'followed'],
  ['all of five, first signed by both', 'abcde/3:ace fghij/3:acefgh fghij/3:fgh', 'followed'],
  ['a higher threshold', 'bcd/1:b bcd/2:bc', 'followed'],
  ['a key more and a higher threshold', 'b/1:b bc/2:bc', 'followed'],
  ['a lower threshold', 'bcd/2:bc bcd/1:bc bcd/1:b', 'followed'],
  ['not by the old key', 'b/1:b c/1:cde', 'refused'],
  ['not by the new key', 'b/1:b c/1:bde', 'refused'],
  ['by two of the three new ones', 'abcde/3:ace abdef/3:ace', 'refused'],
  ['by two of the three old ones', 'abcde/3:ace abdef/3:aef', 'refused'],
  ['below the threshold that it raises', 'bcd/1:b bcd/2:c', 'refused'],
  ['below the threshold that it lowers', 'bcd/2:bc bcd/1:b', 'refused'],
];
const SIGNERS = new Map('abcdefghij'.split('').map((letter) => [letter, newSigner()]));
const signersOf = (letters: string) => letters.split('').map((letter) => SIGNERS.get(letter) ?? newSigner());

const setKeys = (repository: HostileRepository, role: TopLevel, written: string) => {
  const [, keys = '', threshold, by = ''] = written.match(/^(\w+)\/(\d):(\w+)$/) ?? [];
  repository.root.roles[role] = { keyids: [], threshold: Number(threshold) };
  for (const signer of signersOf(keys)) repository.addKey(role, signer);
  repository.signers.set(role, signersOf(by));
};

describe('root keys change from one version to the next', () => {
  for (const [name, versions, outcome] of CHAINS) {
    it(`${name}: ${outcome}`, () => {
      const repository = new HostileRepository(NOW);
      repository.forget('root');
      for (const each of versions.split(' ')) {
        setKeys(repository, 'root', each);
        repository.publish('root');
      }
      assert.equal(codeOf(follow(repository)), outcome === 'followed' ? 'believed' : 'root unsigned');
    });
  }

  it('the keys of the other roles are those of the newest root', () => {
    for (const role of ONLINE) {
      const repository = new HostileRepository(NOW);
      for (const [keys, outcome] of [
        ['c/1:c', 'believed'],
        ['b/1:dbe', 'believed'],
        ['c/1:bde', `${role} unsigned`],
        ['abdef/3:ace', `${role} unsigned`],
        ['abdef/3:ae', `${role} unsigned`],
        ['abcde/3:ace', 'believed'],
        ['abcde/3:aeb', 'believed'],
        ['abcde/3:abd', 'believed'],
        ['abcde/3:bcd', 'believed'],
        ['abcde/3:cde', 'believed'],
      ] as const) {
        setKeys(repository, role, keys);
        repository.publish(...ALL);
        assert.equal(codeOf(follow(repository)), outcome);
      }
    }
  });

  it('a chain of a hundred, each signed by its own key and the one before', () => {
    const repository = new HostileRepository(NOW);
    for (let left = 100; left > 0; left -= 1) {
      const before = repository.signers.get('root') ?? [];
      repository.rotateKeys('root');
      const own = repository.signers.get('root') ?? [];
      repository.signers.set('root', [...own, ...before]);
      repository.publish('root');
      repository.signers.set('root', own);
    }
    assert.equal(believed(follow(repository)).root.signed.version, 101);
  });
});

describe('a key signs once, as what it is', () => {
  it('under two ids it counts once, in each role', () => {
    for (const role of TOP_LEVEL) {
      const repository = new HostileRepository(NOW);
      const [first] = repository.signers.get(role) ?? [];
      assert.ok(first);
      repository.addKey(role, aliasOf(first, { also: 'under another id' }));
      repository.publish(...ALL);
      believed(follow(repository));
      repository.root.roles[role].threshold = 2;
      repository.publish(...ALL);
      assert.equal(codeOf(follow(repository)), `${role} unsigned`);
    }
  });

  it('listed twice, or signing twice, it makes the metadata malformed', () => {
    const twice = new HostileRepository(NOW);
    const [id] = twice.root.roles.snapshot.keyids;
    twice.root.roles.snapshot.keyids.push(id ?? '');
    twice.publish('root');
    assert.equal(codeOf(follow(twice)), 'root malformed');

    const repository = new HostileRepository(NOW);
    repository.replaceLast('snapshot', (bytes) => {
      const envelope = JSON.parse(bytes.toString());
      return Buffer.from(JSON.stringify({ ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] }));
    });
    assert.equal(codeOf(follow(repository)), 'snapshot malformed');
  });

  it('under an id that is not its own digest it counts for nothing', () => {
    const repository = new HostileRepository(NOW);
    const { key, sign } = newSigner();
    repository.root.roles.timestamp.keyids = [];
    repository.addKey('timestamp', { id: 'a'.repeat(64), key, sign });
    repository.publish(...ALL);
    assert.equal(codeOf(follow(repository)), 'timestamp unsigned');
  });

  for (const scheme of ['ed25519', 'ecdsa-sha2-nistp256', 'rsassa-pss-sha256'] as const) {
    it(`${scheme}: its signature is believed, another's is not`, () => {
      const repository = new HostileRepository(NOW);
      const signer = repository.addKey('root', scheme);
      repository.root.roles.root.threshold = 2;
      repository.publish('root');
      believed(follow(repository));
      repository.publish('root');
      repository.replaceLast('root', (bytes) => {
        const envelope = JSON.parse(bytes.toString());
        for (const each of envelope.signatures)
          if (each.keyid === signer.id) each.sig = signer.sign(Buffer.from('other'));
        return Buffer.from(JSON.stringify(envelope));
      });
      assert.equal(codeOf(follow(repository)), 'root unsigned');
    });
  }

  it('the bare point of a curve is read as well as PEM, and the older name of its type', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const hex = `04${Buffer.from(x, 'base64url').toString('hex')}${Buffer.from(y, 'base64url').toString('hex')}`;
    const key = { keytype: 'ecdsa-sha2-nistp256', scheme: 'ecdsa-sha2-nistp256', keyval: { public: hex } };
    const repository = new HostileRepository(NOW);
    repository.rotateKeys('timestamp');
    repository.root.roles.timestamp.keyids = [];
    repository.addKey(
      'timestamp',
      signerOf(key, (bytes) => signBytes('sha256', bytes, privateKey).toString('hex')),
    );
    repository.publish(...ALL);
    believed(follow(repository));
  });

  it('too short, of another curve, or another thing than its scheme says, it counts for nothing', () => {
    const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING };
    const weak: readonly Signer[] = [
      signerOf({ keytype: 'rsa', scheme: 'rsassa-pss-sha256', keyval: { public: pem(rsa.publicKey) } }, (bytes) =>
        signBytes('sha256', bytes, { key: rsa.privateKey, ...pss }).toString('hex'),
      ),
      ...[
        ['ecdsa', 'ecdsa-sha2-nistp256', curve] as const,
        ['ecdsa', 'ecdsa-sha2-nistp384', p384] as const,
        ['ecdsa', 'ecdsa-sha2-nistp256', rsa] as const,
        ['ed25519', 'ed25519', curve] as const,
        ['rsa', 'ed25519', rsa] as const,
      ].map(([keytype, scheme, pair]) =>
        signerOf({ keytype, scheme, keyval: { public: pem(pair.publicKey) } }, (bytes) =>
          signBytes('sha256', bytes, pair.privateKey).toString('hex'),
        ),
      ),
    ];
    for (const signer of weak) {
      const repository = new HostileRepository(NOW);
      repository.root.roles.timestamp.keyids = [];
      repository.signers.set('timestamp', []);
      repository.addKey('timestamp', signer);
      repository.publish(...ALL);
      assert.equal(codeOf(follow(repository)), 'timestamp unsigned', `${signer.key.keytype} ${signer.key.scheme}`);
    }
  });
});

import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { learnAnchors, type LearnAnchors } from '../../src/channel/anchors.ts';
import { openSoftwareSigner } from '../../src/processes/signer.ts';
import { makeAuthority } from '../stand-in/authority.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { startServices } from '../stand-in/services.ts';
import { connect } from 'node:net';

const NOW = new Date();
const read = (...pems: string[]) => pems.map((pem) => new X509Certificate(pem));
const root = () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...makeAuthority('Test Root', pair), publicKey: pair.publicKey };
};
const [first, second, third, stranger] = [root(), root(), root(), root()];

test('learns a new root that an old one vouches for, and keeps both while both are shown', () => {
  const offered = read(second.certificate, first.certificate, first.vouchFor(second.publicKey));
  const learnt = learnAnchors(read(first.certificate), offered, NOW);
  assert.deepEqual([learnt.learnt, learnt.retired, learnt.refused], [1, 0, 0]);
  assert.deepEqual(new Set(learnt.anchors), new Set([first.certificate, second.certificate]));
});

test('follows over roots that were rolled over while it was away', () => {
  const links = [first.vouchFor(second.publicKey), second.vouchFor(third.publicKey)];
  const offered = read(third.certificate, second.certificate, ...links);
  assert.equal(learnAnchors(read(first.certificate), offered, NOW).learnt, 2);
});

test('refuses a root that nobody vouches for, and one that only vouches for itself', () => {
  for (const offered of [
    read(stranger.certificate, first.certificate),
    read(stranger.certificate, stranger.vouchFor(first.publicKey), first.certificate),
    read(stranger.certificate, stranger.vouchFor(stranger.publicKey), first.certificate),
    read(stranger.certificate, first.vouchFor(second.publicKey), first.certificate),
  ]) {
    const { anchors, learnt, refused } = learnAnchors(read(first.certificate), offered, NOW);
    assert.deepEqual([anchors, learnt, refused > 0], [[first.certificate], 0, true]);
  }
});

test('is never left without a root: not by an empty answer, not by one of strangers, not by a clock far ahead', () => {
  const held = read(first.certificate);
  const far = new Date(NOW.getTime() + 40 * 365 * 86_400_000);
  for (const [offered, now] of [
    [[], NOW],
    [read(stranger.certificate), NOW],
    [read(second.certificate, first.vouchFor(second.publicKey)), far],
  ] as const)
    assert.deepEqual(learnAnchors(held, offered, now).anchors, [first.certificate]);
});

test('what is learnt at an enrolment is durable and outlives the reset; a false root in the same answer is counted', async () => {
  const { changed, enrolled, anchors } = await enrolledWith({});
  assert.deepEqual(changed, { learnt: 1, retired: 0, refused: 1 });
  assert.deepEqual([enrolled, anchors.length], [false, 2]);
  assert.ok(anchors.includes(second.certificate) && !anchors.includes(stranger.certificate));
});

test('which roots are believed is one part: in place of it, one that takes whatever it is shown', async () => {
  const takesAll: LearnAnchors = (_held, offered) => {
    const anchors = offered.map((each) => each.toString());
    return { anchors, learnt: anchors.length, retired: 0, refused: 0 };
  };
  assert.ok((await enrolledWith({ anchors: takesAll })).anchors.includes(stranger.certificate));
});

/** A device enrols with services that show a root which is vouched for, and one which is not; then it is reset. */
const enrolledWith = async (parts: { readonly anchors?: LearnAnchors }) => {
  const folder = await temporaryFolder();
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authority = makeAuthority('Test Root', pair);
  const cacerts = [
    authority.certificate,
    second.certificate,
    authority.vouchFor(second.publicKey),
    stranger.certificate,
  ];
  const services = await startServices({ authority, cacerts });
  try {
    await manufactured(folder.path, { authority, services: services.urls });
    const signer = openSoftwareSigner(folder.path, undefined, parts);
    const { port, hostname } = new URL(services.urls.enrolment);
    const status = await signer.enrol(connect(Number(port), hostname));
    await signer.forget();
    signer.close();
    const again = openSoftwareSigner(folder.path);
    const { anchors, enrolled } = await again.status();
    again.close();
    return { changed: status.changed, enrolled, anchors };
  } finally {
    await services.close();
    await folder.remove();
  }
};

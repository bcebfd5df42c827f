import type { Declaration } from '@hearthward/product';

/**
 * The board of the hub and its interfaces: IXIT 15. The reference hub is software that runs on any host: the board is a
 * model of one, which the software asks as it would ask a real one. Whoever builds a hub declares their own.
 */
export const hardware: Pick<Declaration, 'interfaces' | 'board'> = {
  board: {
    description: {
      en: 'Modelled in software (examples/hub/board.ts): mains adapter, Ethernet, a button, pads of a serial line and of test access under the closed case.',
      ms: 'Dimodelkan dalam perisian (examples/hub/board.ts): penyesuai kuasa, Ethernet, butang, pad talian bersiri dan pad akses ujian di bawah bekas yang tertutup.',
    },
    simulated: true,
  },
  interfaces: [
    {
      id: 'lan',
      description: { en: 'Ethernet to the home network', ms: 'Ethernet ke rangkaian rumah' },
      kind: 'network',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised', 'quarantine'],
      serves: 'owner',
      purpose: 'panel for the people at home, connections to the manufacturer’s services',
      protection: 'only the declared listener accepts connections; TLS on every connection',
      location: 'outside',
      form: 'RJ-45 socket, 8P8C, 16 mm × 13.5 mm, at the back',
    },
    {
      id: 'power',
      description: { en: 'Socket of the power supply', ms: 'Soket bekalan kuasa' },
      kind: 'physical',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised', 'quarantine'],
      purpose: 'power; it carries no data',
      protection: 'two contacts, neither of which is a line of data',
      location: 'outside',
      form: 'barrel socket, 5.5 mm × 2.1 mm, at the back',
    },
    {
      id: 'button',
      description: { en: 'Button on the case', ms: 'Butang pada bekas' },
      kind: 'physical',
      debug: false,
      accessible: true,
      enabled: ['factory-default', 'initialised', 'quarantine'],
      purpose:
        'a short press lets the people at home sign in although others guess, and choose a new password with the one on the label; held for ten seconds, it erases what people have put in',
      protection: 'it takes somebody at the device; nothing that comes over a network does what it does',
      location: 'outside',
      form: 'push button, 6 mm across, at the back',
    },
    {
      id: 'serial-pads',
      description: { en: 'Pads of the serial line', ms: 'Pad talian bersiri' },
      kind: 'physical',
      debug: true,
      accessible: false,
      enabled: [],
      purpose: 'the factory loads the first image through them',
      protection: 'under the closed case; no console and no login is on the line',
      location: 'inside',
      form: 'three pads of 1.2 mm, 2.54 mm apart',
      switchedOffBy: 'the image has no console on a serial line and starts no login there',
      port: { kind: 'serial' },
    },
    {
      id: 'test-access',
      description: { en: 'Pads of the processor’s test access (SWD)', ms: 'Pad akses ujian pemproses (SWD)' },
      kind: 'physical',
      debug: true,
      accessible: false,
      enabled: [],
      purpose: 'the factory tests the soldered board through them',
      protection: 'under the closed case; the processor answers nobody once its fuse is blown',
      location: 'inside',
      form: 'five pads of 1.0 mm, 1.27 mm apart',
      switchedOffBy: 'a fuse that the factory blows after its test',
      port: { kind: 'test-access' },
    },
  ],
};

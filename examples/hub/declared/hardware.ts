import type { Declaration } from '@hearthward/product';

/**
 * The board of the hub, its interfaces (IXIT 15) and what is tried of it at power-up. The reference hub is software that runs on any host: the board is a
 * model of one, which the software asks as it would ask a real one. Whoever builds a hub declares their own.
 */
export const hardware: Pick<
  Declaration,
  'interfaces' | 'board' | 'selfTests' | 'selfTestShown' | 'tamperInputs' | 'tamperShown'
> = {
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
  selfTests: [
    {
      id: 'storage',
      description: { en: 'Storage', ms: 'Storan' },
      part: 'storage',
      method:
        'a pattern that is new each time is written to a file of its own, made durable, and read back through a new opening',
      withinMillis: 5000,
      onFailure: 'told',
    },
    {
      id: 'memory',
      description: { en: 'Memory', ms: 'Ingatan' },
      part: 'memory',
      method:
        'one MiB holds a pattern that differs at every address, and then its complement; errors that the hardware counts are read where it counts them',
      withinMillis: 5000,
      onFailure: 'told',
    },
    {
      id: 'clock',
      description: { en: 'Clock', ms: 'Jam' },
      part: 'clock',
      method:
        'it advances with the even counter of the processor, and shows no time before the newest that the hub was vouched for',
      withinMillis: 2000,
      onFailure: 'told',
    },
    {
      id: 'random',
      description: { en: 'Random generator', ms: 'Penjana rawak' },
      part: 'random',
      method:
        'the kernel has seeded it; 1,024 bytes pass the repetition count and adaptive proportion tests of NIST SP 800-90B for seven bits of entropy a byte',
      withinMillis: 1000,
      onFailure: 'told',
    },
    {
      id: 'keystore',
      description: { en: 'Keys', ms: 'Kunci' },
      part: 'keystore',
      method: 'what the identity signs is verified by its certificate; what the data key sealed opens',
      withinMillis: 5000,
      onFailure: 'told',
    },
    {
      id: 'temperature',
      description: { en: 'Temperature sensor', ms: 'Penderia suhu' },
      part: 'sensor',
      of: 'temperature',
      method: 'its reading is a number within its range',
      withinMillis: 1000,
      onFailure: 'told',
    },
    {
      id: 'humidity',
      description: { en: 'Humidity sensor', ms: 'Penderia kelembapan' },
      part: 'sensor',
      of: 'humidity',
      method: 'its reading is a number within its range',
      withinMillis: 1000,
      onFailure: 'told',
    },
    {
      id: 'heater',
      description: { en: 'Heater switch', ms: 'Suis pemanas' },
      part: 'actuator',
      of: 'heater',
      method: 'the relay is switched and its contact read back',
      withinMillis: 1000,
      onFailure: 'limited',
      safeState: 'the heater is off and stays off; nothing is changed from the panel until the hub starts again',
    },
  ],
  selfTestShown: {
    function: 'read-safety',
    passed: 'Everything that was tried at the last start is in order.',
    failed: 'A part that was tried at the last start is not in order.',
  },
  tamperInputs: [
    {
      id: 'lid',
      description: { en: 'Lid of the case', ms: 'Penutup bekas' },
      guards: 'the board with the pads of the serial line and of test access; a switch that the closed lid holds down',
      watched: ['running', 'off'],
      latch: 'a flip-flop that a coin cell feeds',
      onTamper: 'quarantine',
    },
    {
      id: 'shield',
      description: { en: 'Shield over processor and memory', ms: 'Pelindung pemproses dan ingatan' },
      guards: 'processor, memory and flash; a contact that the soldered shield closes',
      watched: ['running', 'off'],
      latch: 'a flip-flop that a coin cell feeds',
      onTamper: 'zeroise',
      zeroises: 'stored',
      broughtBack:
        'it is set up anew with the password on its label; an owner then connects it again on the page Safety, and until then it only tells its manufacturer',
    },
  ],
  tamperShown: {
    function: 'read-safety',
    untouched: 'Nobody has opened the device.',
    tampered: 'Somebody opened the device.',
    zeroised: 'It has destroyed its accounts, settings and records.',
  },
};

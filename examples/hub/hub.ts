import { ownUsers, runDevice, type Plain, type ProductDevice, type ProductFunctions } from '@hearthward/device';
import { modelBoard } from './board.ts';
import { commandOf, FIRST_TARGET, foundIn, HEATER_OFF, thermostat } from './control.ts';
import declaration from './declaration.ts';

/** The hub's functions; everything else that a device must do, the runtime does. */

interface Settings {
  readonly lamp: boolean;
  /** °C */
  readonly target: number;
  /** a WAV file, base64; the built-in sound where absent */
  readonly chime?: string;
}
const FIRST_SETTINGS: Settings = { lamp: false, target: FIRST_TARGET };

const WORDS = {
  en: {
    temperature: 'Temperature',
    humidity: 'Humidity',
    heating: 'Heating',
    lamp: 'Lamp',
    on: 'On',
    off: 'Off',
    switchOn: 'Switch on',
    switchOff: 'Switch off',
    target: 'Target temperature',
    set: 'Set',
    chime: 'Door chime',
    builtIn: 'Built in',
    own: 'Your own sound',
    chooseSound: 'WAV file, five seconds at most',
    use: 'Use this sound',
  },
  ms: {
    temperature: 'Suhu',
    humidity: 'Kelembapan',
    heating: 'Pemanasan',
    lamp: 'Lampu',
    on: 'Hidup',
    off: 'Mati',
    switchOn: 'Hidupkan',
    switchOff: 'Matikan',
    target: 'Suhu sasaran',
    set: 'Tetapkan',
    chime: 'Loceng pintu',
    builtIn: 'Bunyi asal',
    own: 'Bunyi anda sendiri',
    chooseSound: 'Fail WAV, paling lama lima saat',
    use: 'Guna bunyi ini',
  },
} as const;

const functionsOf = ({ clock, settings: store, control }: ProductDevice): ProductFunctions => {
  const startedAt = clock.now();
  let settings = readSettings(store.read());
  // what the owner set is what holds, whatever an image that was given up commanded meanwhile
  control?.send(commandOf(settings.target));

  /** undefined for a moment after the start */
  const sense = () => foundIn(control?.latest()?.reading);
  const change = (next: Settings) => {
    store.write({ ...next });
    settings = next;
    control?.send(commandOf(next.target));
    return { ok: true } as const;
  };

  return {
    telemetry: {
      temperature: () => sense()?.temperature,
      humidity: () => sense()?.humidity,
      'target-temperature': () => settings.target,
      lamp: () => settings.lamp,
      uptime: () => Math.floor((clock.now() - startedAt) / 1000),
    },
    functions: {
      status: () => {
        const room = sense();
        return {
          ok: true,
          value: {
            temperature: room?.temperature === undefined ? null : rounded(room.temperature),
            humidity: room?.humidity === undefined ? null : Math.round(room.humidity),
            heating: room?.heating ?? null,
            lamp: settings.lamp ? 'on' : 'off',
            target: settings.target,
            chime: settings.chime === undefined ? 'built-in' : 'own',
          },
        };
      },
      'set-lamp': ({ lamp }) => change({ ...settings, lamp: lamp === 'on' }),
      'set-target': ({ target }) =>
        typeof target === 'number'
          ? change({ ...settings, target })
          : { ok: false, because: 'the target is not a temperature' },
      'set-chime': ({ chime }) => change({ ...settings, chime: String(chime) }),
    },
    // a sound of their own, and the warmth that they liked, are the household's; the hub itself works on
    forget: (items) => {
      if (!items.includes('room-climate')) return;
      const { chime: _own, ...rest } = settings;
      change({ ...rest, target: FIRST_TARGET });
    },
    safe: () => control?.send(HEATER_OFF),
    home: (language) => {
      const words = WORDS[language];
      const room = sense();
      const { lamp, target } = settings;
      return [
        {
          title: words.temperature,
          value: room?.temperature === undefined ? UNKNOWN : `${rounded(room.temperature).toFixed(1)} °C`,
          action: {
            path: '/functions/set-target',
            label: words.set,
            fields: [
              { name: 'target', label: words.target, type: 'number', value: String(target), minimum: 5, maximum: 30 },
            ],
          },
        },
        { title: words.humidity, value: room?.humidity === undefined ? UNKNOWN : `${Math.round(room.humidity)} %` },
        {
          title: words.heating,
          value: room ? (room.heating ? words.on : words.off) : UNKNOWN,
          state: room?.heating ? 'on' : 'off',
        },
        {
          title: words.lamp,
          value: lamp ? words.on : words.off,
          state: lamp ? 'on' : 'off',
          action: {
            path: '/functions/set-lamp',
            label: lamp ? words.switchOff : words.switchOn,
            fields: [{ name: 'lamp', label: words.lamp, type: 'hidden', value: lamp ? 'off' : 'on' }],
          },
        },
        {
          title: words.chime,
          value: settings.chime === undefined ? words.builtIn : words.own,
          action: {
            path: '/functions/set-chime',
            label: words.use,
            fields: [{ name: 'chime', label: words.chooseSound, type: 'file', maximum: 48_000, media: ['audio/wav'] }],
          },
        },
      ];
    },
  };
};

/** The hub's functions, the thermostat that they command, and the board under them. */
export const hub = Object.assign(functionsOf, { control: thermostat, board: modelBoard });

const UNKNOWN = '–';

const readSettings = (stored: Plain | undefined): Settings => {
  const { lamp, target, chime } = (stored ?? {}) as { readonly [Key in keyof Settings]?: unknown };
  if (typeof lamp !== 'boolean' || typeof target !== 'number') return FIRST_SETTINGS;
  return { lamp, target, ...(typeof chime === 'string' ? { chime } : {}) };
};

const rounded = (celsius: number): number => Math.round(celsius * 10) / 10;

/** Room for several times the image; a hub that has worked for a while after an update is taken to be well. */
const slots = { slotBytes: 128 * 1024 * 1024, trialMillis: 15_000 };

if (import.meta.main)
  await runDevice({ declaration, product: hub, moduleUrl: import.meta.url, slots, users: ownUsers() });

import { runDevice, type Plain, type ProductFactory } from '@hearthward/device';
import { climateAfter, FIRST_CLIMATE, type RoomClimate } from './climate.ts';
import declaration from './declaration.ts';

/** The hub's functions; everything else that a device must do, the runtime does. */

interface Settings {
  readonly lamp: boolean;
  /** °C */
  readonly target: number;
}
const FIRST_SETTINGS: Settings = { lamp: false, target: 20 };

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
  },
} as const;

export const hub: ProductFactory = ({ clock, settings: store }) => {
  const startedAt = clock.now();
  let settings = readSettings(store.read());
  let room: RoomClimate = FIRST_CLIMATE;
  let sensedAt = startedAt;

  const sense = (): RoomClimate => {
    const now = clock.now();
    room = climateAfter(room, Math.max(0, now - sensedAt) / 1000, settings.target);
    sensedAt = now;
    return room;
  };
  const change = (next: Settings) => {
    sense();
    store.write({ ...next });
    settings = next;
    return { ok: true } as const;
  };

  return {
    telemetry: {
      temperature: () => sense().temperature,
      humidity: () => sense().humidity,
      'target-temperature': () => settings.target,
      lamp: () => settings.lamp,
      uptime: () => Math.floor((clock.now() - startedAt) / 1000),
    },
    functions: {
      status: () => {
        const { temperature, humidity, heating } = sense();
        return {
          ok: true,
          value: {
            temperature: rounded(temperature),
            humidity: Math.round(humidity),
            heating,
            lamp: settings.lamp ? 'on' : 'off',
            target: settings.target,
          },
        };
      },
      'set-lamp': ({ lamp }) => change({ ...settings, lamp: lamp === 'on' }),
      'set-target': ({ target }) =>
        typeof target === 'number'
          ? change({ ...settings, target })
          : { ok: false, because: 'the target is not a temperature' },
    },
    home: (language) => {
      const words = WORDS[language];
      const { temperature, humidity, heating } = sense();
      const { lamp, target } = settings;
      return [
        {
          title: words.temperature,
          value: `${rounded(temperature).toFixed(1)} °C`,
          action: {
            path: '/functions/set-target',
            label: words.set,
            fields: [
              { name: 'target', label: words.target, type: 'number', value: String(target), minimum: 5, maximum: 30 },
            ],
          },
        },
        { title: words.humidity, value: `${Math.round(humidity)} %` },
        { title: words.heating, value: heating ? words.on : words.off, state: heating ? 'on' : 'off' },
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
      ];
    },
  };
};

const readSettings = (stored: Plain | undefined): Settings => {
  const { lamp, target } = (stored ?? {}) as { readonly lamp?: unknown; readonly target?: unknown };
  return typeof lamp === 'boolean' && typeof target === 'number' ? { lamp, target } : FIRST_SETTINGS;
};

const rounded = (celsius: number): number => Math.round(celsius * 10) / 10;

/** Room for several times the image; a hub that has worked for a while after an update is taken to be well. */
const slots = { slotBytes: 128 * 1024 * 1024, trialMillis: 15_000 };

if (import.meta.main) await runDevice({ declaration, product: hub, moduleUrl: import.meta.url, slots });

import { readState, writeStates } from '../documents.ts';
import { changed, type Duty } from './duty.ts';

export const setName: Duty = async (desk, declared, _request, reply, input) => {
  const name = Object.values(input).find((value) => typeof value === 'string') ?? '';
  writeStates(desk.context.store, { settings: { ...readState(desk.context.store, 'settings'), name } });
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'name-saved');
};

// EN 303 645 6-3, G044 7-c: consent is withdrawn where it was given, and holds before the answer is out
export const setSharing: Duty = async (desk, declared, _request, reply, input) => {
  const { store } = desk.context;
  const settings = readState(store, 'settings');
  const given = Object.entries(input).map(([id, value]) => [id, value === 'on' || value === true] as const);
  writeStates(store, { settings: { ...settings, consents: { ...settings.consents, ...Object.fromEntries(given) } } });
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'choices-saved');
};

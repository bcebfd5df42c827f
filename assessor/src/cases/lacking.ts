import type { Target } from '../target.ts';

/** What a target file does not say, and where it would; with how it is had, where whoever wrote the file says that of it. */
export function lacking({ leftOut = {} }: Pick<Target, 'leftOut'>, place: string, what: string): string {
  const [, how] = Object.entries(leftOut).find(([at]) => place === at || place.startsWith(`${at}/`)) ?? [];
  return `the target file does not say ${what} (${place})${how === undefined ? '' : `: ${how}`}`;
}

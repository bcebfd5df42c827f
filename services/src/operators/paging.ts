/** Long lists of the console: so many rows stand on a page, and so many are read at once for a file. */
export const PER_PAGE = 50;
export const EXPORT_STEP = 1000;

/** Hostile: whatever stands in the address; the first page where that is none. */
export function pageIn(query: unknown): number {
  const page = Number((query as { page?: unknown }).page ?? 1);
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}

import type { Declaration } from '@hearthward/product';
import type { PublicPage } from '@hearthward/web';
import { ServicesFault } from '../faults.ts';

/** Which public page stands at which path: from the declarations alone (pure). */
export interface Place {
  readonly page: PublicPage;
  readonly declaration: Declaration;
}

type Declared = Exclude<keyof Declaration['userInformation'], 'securityTxt'>;
/** Sensing and telemetry are sections of the privacy notice. */
const PAGES: Readonly<Record<Declared, PublicPage>> = {
  support: 'support',
  disclosurePolicy: 'disclosure',
  privacy: 'privacy',
  sensing: 'privacy',
  telemetry: 'privacy',
  deletion: 'deletion',
  setup: 'setup',
  setupCheck: 'setup-check',
  passwordChange: 'password-change',
  replacement: 'replacement',
};

export const productPath = ({ product }: Declaration) => `/products/${product.id}`;
export const SECURITY_TXT = '/.well-known/security.txt';
/** Form of the notices, as their twins name it. */
export const NOTICE_SCHEMA = '/schemas/notice-1.json';

/**
 * Every declared path of ours; pages at an address elsewhere are not ours to serve.
 * @throws ServicesFault `declarations-collide` where two products claim one path, `declaration-invalid` where a path is
 *   that of people's own page, the console or well known
 */
export function placesOf(declarations: readonly Declaration[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const declaration of declarations) {
    for (const [path, page] of pathsOf(declaration)) {
      if (RESERVED.test(path))
        throw new ServicesFault('declaration-invalid', `${declaration.product.id} declares a page at ${path}`);
      const there = places.get(path);
      // One disclosure policy is the manufacturer's, for all products.
      const shared = page === 'disclosure' && there?.page === 'disclosure';
      if (there && there.declaration !== declaration && !shared)
        throw new ServicesFault(
          'declarations-collide',
          `${declaration.product.id} and ${there.declaration.product.id} both claim ${path}`,
        );
      if (!there) places.set(path, { page, declaration });
    }
  }
  for (const [path, { page }] of places) {
    if (page !== 'privacy' || !places.has(`${path}/history`)) continue;
    throw new ServicesFault('declarations-collide', `${path}/history is where the earlier notices of ${path} are`);
  }
  return places;
}

const RESERVED = /^\/($|account(\/|$)|check(\/|$)|console(\/|$)|crl(\/|$)|schemas(\/|$)|\.well-known\/)/;

function pathsOf(declaration: Declaration): readonly (readonly [string, PublicPage])[] {
  const information = declaration.userInformation;
  const declared = (Object.keys(PAGES) as Declared[]).flatMap((key) => {
    const path = pathIn(information[key]);
    return path === undefined ? [] : [[path, PAGES[key]] as const];
  });
  return [[productPath(declaration), 'product'], ...declared];
}

/** A page is an address elsewhere, or a path of ours, perhaps with the section of it. */
function pathIn(page: string | undefined): string | undefined {
  if (!page?.startsWith('/')) return undefined;
  const path = page.replace(/[?#].*$/, '');
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}

import type { Declaration } from '../schema/declaration.ts';
import type { Check, Finding } from './rule.ts';

/** How people can have it checked whether the product is securely set up. */

/** EN 303 645 5.12-3: a check that nobody could use, or whose answer could be anybody's, is none. */
export const setupCheckUnclear: Check = function* (declaration) {
  const { self, remote, tries = [] } = declaration.setupCheck ?? {};
  const kinds = new Map(declaration.externalFunctions.map(({ id, kind }) => [id, kind]));
  if (self && kinds.get(self.page) === 'change')
    yield { path: '/setupCheck/self/page', message: `"${self.page}" changes something; people read a page` };
  if (remote && kinds.get(remote.function) === 'read')
    yield {
      path: '/setupCheck/remote/function',
      message: `"${remote.function}" only reads; nobody would ask the manufacturer`,
    };
  const over = declaration.communicationMechanisms.find(({ id }) => id === remote?.mechanism);
  if (over && (over.direction !== 'outbound' || over.authentication !== 'mutual' || over.tls === undefined))
    yield {
      path: '/setupCheck/remote/mechanism',
      message: `over "${over.id}" the product and its manufacturer do not prove to each other who they are`,
    };
  for (const [index, row] of tries.entries()) yield* ofTry(declaration, row, `/setupCheck/tries/${index}`);
};

type Try = NonNullable<NonNullable<Declaration['setupCheck']>['tries']>[number];

function* ofTry({ externalFunctions, setupCheck }: Declaration, row: Try, path: string): Generator<Finding> {
  const declared = externalFunctions.find(({ id }) => id === row.function);
  const field =
    declared?.request.transport === 'http' ? declared.request.fields.find(({ name }) => name === row.field) : undefined;
  if (declared && !field) yield { path: `${path}/field`, message: `"${row.function}" has no field "${row.field}"` };
  for (const at of ['secure', 'insecure'] as const)
    if (field?.choices && !field.choices.includes(row[at]))
      yield { path: `${path}/${at}`, message: `"${row.field}" cannot be "${row[at]}"` };
  if (row.secure === row.insecure)
    yield { path: `${path}/insecure`, message: `"${row.insecure}" is the secure position as well` };
  for (const who of ['self', 'remote'] as const)
    if (row.finding[who] !== undefined && setupCheck?.[who]?.findings === undefined)
      yield { path: `${path}/finding/${who}`, message: 'it is declared nowhere where these findings are read' };
}

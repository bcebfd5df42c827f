/**
 * The product declaration: what a manufacturer says of a product, once.
 *
 * Guarantees: a declaration that this package has read holds its schema and passes its lint, and the facts that the
 * codes' conditions ask for are derived from it, three-valued. Refuses: a file that is not one, with the path in the
 * file and the cure. Leaves to `device` to enforce it, to `services` to publish it, to `assessor` to prove it.
 */
export * from './schema/declaration.ts';

import type { Declaration } from '@hearthward/product';
import type { PublicPage } from '@hearthward/web';

/** The machine-readable twin of a page: the same rows of the declaration, as JSON (pure). */
export function twinOf(page: PublicPage, declaration: Declaration): Readonly<Record<string, unknown>> {
  const { manufacturer, product, support, userInformation } = declaration;
  const head = {
    schema: 'hearthward/publication/1',
    page,
    manufacturer,
    product: { ...product, softwareVersion: undefined },
  };
  return { ...head, ...body() };

  function body(): Readonly<Record<string, unknown>> {
    switch (page) {
      case 'product':
        return {
          support,
          disclosure: declaration.disclosure,
          pages: userInformation,
          associatedServices: declaration.associatedServices,
        };
      case 'support':
        return { support, updateMechanisms: declaration.updateMechanisms };
      case 'disclosure':
        return { disclosure: declaration.disclosure };
      case 'privacy':
        return {
          personalData: declaration.personalData,
          externalSensors: declaration.externalSensors,
          telemetryData: declaration.telemetryData,
          associatedServices: declaration.associatedServices,
        };
      case 'deletion':
        return { deletionFunctions: declaration.deletionFunctions };
      case 'setup':
      case 'setup-check':
        return { userDecisions: declaration.userDecisions, userInterfaces: declaration.userInterfaces };
      case 'password-change':
        return {
          authenticationMechanisms: declaration.authenticationMechanisms
            .filter(({ subject, factor }) => subject === 'user' && factor === 'password')
            .map(({ id, description, rules }) => ({ id, description, rules })),
        };
      case 'replacement':
        return { replacementSupport: declaration.replacementSupport };
    }
  }
}

import type { PublicPage, PublicView } from './views.ts';
import { deletionPage } from './deletion.ts';
import { disclosurePage } from './disclosure.ts';
import { passwordChangeGuide, setupCheckGuide, setupGuide } from './guides.ts';
import { privacyNotice } from './notice/page.ts';
import { productPage, replacementPage, supportPage } from './product.ts';

/** A public page from the declaration alone: HTML, the same for everyone. */
export function publicPage(page: PublicPage, view: PublicView): string {
  switch (page) {
    case 'product':
      return productPage(view);
    case 'support':
      return supportPage(view);
    case 'disclosure':
      return disclosurePage(view);
    case 'privacy':
      return privacyNotice(view);
    case 'deletion':
      return deletionPage(view);
    case 'setup':
      return setupGuide(view);
    case 'setup-check':
      return setupCheckGuide(view);
    case 'password-change':
      return passwordChangeGuide(view);
    case 'replacement':
      return replacementPage(view);
  }
}

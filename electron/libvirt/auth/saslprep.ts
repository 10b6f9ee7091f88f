import { BadInputError } from '../../common/errors.ts';

const otherSpaces = /[^\P{Zs} ]|\u200b/gu;
const mappedToNothing = /[\u00ad\u1806\u2060\ufeff]|\p{Variation_Selector}|\u034f|\u200c|\u200d/gu;
const prohibited =
  /[\p{Cc}\p{Co}\p{Cs}\p{Cn}\u0340\u0341\u200e\u200f\u202a-\u202e\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd\u{e0001}\u{e0020}-\u{e007f}]/u;
const rightToLeft = /[\u05be-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;
const bothEnds =
  /^[\u05be-\u08ff\ufb1d-\ufdff\ufe70-\ufefc](?:.*[\u05be-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])?$/su;
const leftToRight = /(?![\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])\p{L}/u;

/**
 * User names and passwords in the one form that both ends compute with (RFC 4013, SASLprep). ASCII stays as it is.
 *
 * @param what names the value in the error: "user name"
 */
export function saslprep(text: string, what: string): string {
  const prepared = text.replace(otherSpaces, ' ').replace(mappedToNothing, '').normalize('NFKC');
  if (prohibited.test(prepared) || !isOneDirection(prepared)) {
    throw new BadInputError('bad-credentials', `The ${what} has a character that a login must not have.`, {
      remedy: 'Set one without control characters, and without letters of both writing directions.',
    });
  }
  return prepared;
}

/** RFC 3454 section 6: a text with right-to-left letters begins and ends with one and has no others. */
function isOneDirection(text: string): boolean {
  if (!rightToLeft.test(text)) return true;
  return !leftToRight.test(text) && bothEnds.test(text);
}

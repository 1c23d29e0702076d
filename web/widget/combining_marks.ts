/** Marks that combine with the character before them (Python: `dm3.base.without_piles`). Bubbles cut them by their style. */

// Signs that are not seen, such as joiners, begin no new character.
const PILE = /((\p{M}\p{Cf}*){6})[\p{M}\p{Cf}]+/gu;

/** `text` with at most six marks on a character: more reach over the lines above and below. */
export const withoutPiles = (text: string): string => text.replace(PILE, "$1");

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "Did you mean …?": finds the known word that was probably meant. Pure. */

#define SUGGEST_MAX_SIZE 64 /* a longer word is not a typing error */

struct suggestion {
	const char *word;  /* as typed */
	const char *found; /* the nearest of those tried, or NULL; borrowed */
	unsigned distance; /* of the two, for comparison only */
};

/*
 * Considers one of the known words; of two equally near words the first is kept. A word is near if
 * it begins with what was typed (or the other way round, with at least three letters), or differs
 * from it by a few slips: a letter too many, too few or wrong, or two in the wrong order. One slip
 * is allowed in words of two letters or more, two from five on, three from eight on. Case does not
 * matter.
 */
void suggest_try(struct suggestion *s, const char *candidate);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "Did you mean …?": the word that was meant, out of those that are known. Pure. */

#define NEAR_MAX_SIZE 64 /* longer words are no slip of a finger */

struct suggestion {
	const char *word;  /* as it was typed */
	const char *found; /* the nearest of those tried, or NULL; borrowed */
	unsigned distance; /* between the two, only to be compared */
};

/*
 * Tries one of the words that are known; of two as near, the first counts. Near is one that begins
 * with what was typed (or the other way round, three letters at least), and one that a few slips
 * away make of it: a letter too much, too few, another one, two in the wrong order. One slip in
 * words of two letters, two from five on, three from eight on, and never more. The case of letters
 * does not count.
 */
void suggest_try(struct suggestion *n, const char *candidate);

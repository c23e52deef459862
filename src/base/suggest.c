/* SPDX-License-Identifier: Apache-2.0 */
/* Edit distance. The word is the administrator's or the user's: its length is limited first. */
#include "base/suggest.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define MIN_PREFIX 3
#define MAX_SLIPS 3
#define LETTERS_A_SLIP 3

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Returns the optimal string alignment distance: Levenshtein's, with the swap of two neighbours as
 * one slip. rows[i % 3][j] is the distance of a's first i letters and b's first j.
 */
static unsigned distance(const char *a, size_t size_a, const char *b, size_t size_b)
{
	unsigned rows[3][SUGGEST_MAX_SIZE + 1];

	for (unsigned j = 0; j <= size_b; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= size_a; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= size_b; j++) {
			row[j] = smallest(row[j - 1] + 1, above[j] + 1,
			        above[j - 1] + !is_same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			        is_same(a[i - 2], b[j - 1]) &&
			        rows[(i - 2) % 3][j - 2] + 1 < row[j])
				row[j] = rows[(i - 2) % 3][j - 2] + 1;
		}
	}
	return rows[size_a % 3][size_b];
}

static bool is_prefix(const char *a, size_t size_a, const char *b, size_t size_b)
{
	size_t least = size_a < size_b ? size_a : size_b;

	return least >= MIN_PREFIX && strncasecmp(a, b, least) == 0;
}

void suggest_try(struct suggestion *s, const char *candidate)
{
	size_t size = strlen(s->word), other = strlen(candidate);
	unsigned limit = (unsigned)(size + 1) / LETTERS_A_SLIP, slips, found;

	if (size > SUGGEST_MAX_SIZE || other > SUGGEST_MAX_SIZE)
		return;
	slips = distance(s->word, size, candidate, other);
	if (limit > MAX_SLIPS)
		limit = MAX_SLIPS;
	found = slips <= limit ? 2 * slips : UINT_MAX;
	/* Farther than one slip, nearer than two. */
	if (found > 3 && is_prefix(s->word, size, candidate, other))
		found = 3;
	if (found == UINT_MAX || (s->found && found >= s->distance))
		return;
	s->found = candidate;
	s->distance = found;
}

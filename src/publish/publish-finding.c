/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish-finding.h"

#define MAX_SHOWN 5

size_t publish_finding_add_failures(
        struct finding *f, const struct published_section *s, const char *command)
{
	size_t n_shown = 0, n = published_failures(s);

	if (s->failure.code[0] && ++n_shown)
		finding_add_line(f, "%s", s->failure.text);
	for (size_t i = 0; i < s->n_targets && n_shown < MAX_SHOWN; i++)
		if (s->targets[i].failure.code[0] && ++n_shown)
			finding_add_line(f, "%s", s->targets[i].failure.text);
	if (n > n_shown)
		finding_add_line(f, "and %zu more, which %s lists", n - n_shown, command);
	return n;
}

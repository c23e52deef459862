/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish-tally.h"

#include "base/alloc.h"

void publish_tally_add(struct publish_tally *tally, const struct published_target *t)
{
	if (tally->count++ == 0)
		tally->first = t;
}

char *publish_tally_text(const struct publish_tally *tally)
{
	return xasprintf("%zu object%s (%s %s%s)", tally->count, tally->count == 1 ? "" : "s",
	        tally->first->kind, tally->first->name, tally->count == 1 ? "" : ", …");
}

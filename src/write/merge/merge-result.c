/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the result of a merge. Users control the details of findings. */
#include "write/merge/merge-result.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

void merge_result_add_finding(struct merge_result *r, enum merge_finding_kind kind,
        const char *host, const char *detail, size_t size)
{
	struct merge_finding *f;

	if (r->n_findings == MERGE_MAX_FINDINGS)
		return;
	f = array_append(&r->findings, &r->n_findings, sizeof(*f));
	f->kind = kind;
	snprintf(f->host, sizeof(f->host), "%s", host);
	size = size < sizeof(f->detail) ? size : sizeof(f->detail) - 1;
	memcpy(f->detail, detail, size);
	text_to_ascii(f->detail, size);
}

void merge_result_done(struct merge_result *r)
{
	secret_done(&r->text);
	free(r->present);
	free(r->removed);
	free(r->findings);
	*r = (struct merge_result){};
}

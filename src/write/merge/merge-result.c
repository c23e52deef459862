/* SPDX-License-Identifier: Apache-2.0 */
#include "write/merge/merge-result.h"

#include <stdio.h>

#include "base/alloc.h"

void merge_result_add_finding(struct merge_result *r, enum merge_finding_kind kind,
        const char *host, const char *detail, size_t size)
{
	struct merge_finding *f;

	if (r->n_findings == MERGE_MAX_FINDINGS)
		return;
	f = array_append(&r->findings, &r->n_findings, sizeof(*f));
	f->kind = kind;
	snprintf(f->host, sizeof(f->host), "%s", host);
	for (size_t i = 0; i < size && i < sizeof(f->detail) - 1; i++)
		f->detail[i] = (char)(detail[i] >= 0x20 && detail[i] < 0x7f ? detail[i] : '?');
}

void merge_result_done(struct merge_result *r)
{
	secret_done(&r->text);
	free(r->present);
	free(r->removed);
	free(r->findings);
	*r = (struct merge_result){};
}

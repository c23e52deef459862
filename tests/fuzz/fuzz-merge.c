/* SPDX-License-Identifier: Apache-2.0 */
/* Merges any text with three hosts: one desired, one desired with a port, one to remove. */
#include <stdlib.h>

#include "state/written.h"
#include "write/merge/json-scan.h"
#include "write/merge/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct secret auth = {.data = (char *)"QVdTOm5ldw==", .size = 12};
	const struct desired_entry entries[] = {
	        {.host = "e.t", .auth = &auth},
	        {.host = "p.t:5000", .auth = &auth},
	        {.host = "o.t", .hash = written_hash("b2xk", 4)},
	};
	_cleanup_(merge_result_done) struct merge_result r = {}, again = {};
	struct reason reason = {};
	int error = merge((const char *)data, size, entries, ARRAY_SIZE(entries), &r, &reason);

	if (error < 0) {
		if (!reason.text[0] || r.changed || r.text.data || r.present || r.findings)
			abort();
		return 0;
	}
	if (reason.text[0] || !r.present[0] || !r.present[1] || r.present[2])
		abort();
	/* A second merge must not change anything. */
	if (!r.changed)
		return r.text.data ? (abort(), 0) : 0;
	if (json_check(r.text.data, r.text.size, NULL) < 0 ||
	        merge(r.text.data, r.text.size, entries, ARRAY_SIZE(entries), &again, NULL) < 0 ||
	        again.changed)
		abort();
	return 0;
}

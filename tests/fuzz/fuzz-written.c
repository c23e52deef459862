/* SPDX-License-Identifier: Apache-2.0 */

/* Any written.json: what is accepted can be written and read again, and found. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/written.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(written_done) struct written record = {}, again = {};
	_secret_ struct secret first = {}, second = {};
	struct reason reason = {};

	if (written_parse((const char *)data, size, &record, &reason) < 0) {
		must(*reason.code && *reason.text && record.n_files == 0);
		return 0;
	}
	for (size_t i = 0; i < record.n_files; i++)
		must(written_find(&record, record.files[i].user, record.files[i].file));
	written_format(&record, &first);
	must(written_parse(first.data, first.size, &again, NULL) == 0);
	written_format(&again, &second);
	must(again.n_files == record.n_files && secret_equal(&first, &second));
	return 0;
}

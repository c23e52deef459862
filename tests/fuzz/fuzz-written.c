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
	_cleanup_(record_done) struct record record = {}, again = {};
	_secret_ struct secret first = {}, second = {};
	struct reason reason = {};

	if (record_parse((const char *)data, size, &record, &reason) < 0) {
		must(*reason.code && *reason.text && record.n_files == 0);
		return 0;
	}
	for (size_t i = 0; i < record.n_files; i++)
		must(record_find(&record, record.files[i].user, record.files[i].file));
	record_format(&record, &first);
	must(record_parse(first.data, first.size, &again, NULL) == 0);
	record_format(&again, &second);
	must(again.n_files == record.n_files && secret_equal(&first, &second));
	return 0;
}

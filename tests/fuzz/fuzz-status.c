/* SPDX-License-Identifier: Apache-2.0 */

/* Any users/UID.json: what is accepted can be judged, formatted, written and read again. */

#include <stdint.h>
#include <stdlib.h>

#include "status/status-json.h"
#include "status/status-judge.h"
#include "status/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(status_done) struct status status = {}, again = {};
	_secret_ struct secret json = {}, first = {}, second = {};
	struct reason reason = {};

	if (status_parse((const char *)data, size, &status, &reason) < 0) {
		must(*reason.code && *reason.text && status.n_files == 0);
		return 0;
	}
	status_judge(&status, 1795261200);
	status_format_json(&status, 1, &json);
	status_format_for(&status, "a", &first);
	must(status_parse(first.data, first.size, &again, NULL) == 0);
	status_format_for(&again, "a", &second);
	must(again.n_files == status.n_files && secret_equal(&first, &second));
	return 0;
}

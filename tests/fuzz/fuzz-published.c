/* SPDX-License-Identifier: Apache-2.0 */

/* Any published.json: what is accepted can be written and read again, and found. */

#include <stdint.h>
#include <stdlib.h>

#include "state/published.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(published_done) struct published published = {}, again = {};
	_secret_ struct secret first = {}, second = {};
	struct reason reason = {};

	if (published_parse((const char *)data, size, &published, &reason) < 0) {
		must(*reason.code && *reason.text && published.n_sections == 0);
		return 0;
	}
	for (size_t i = 0; i < published.n_sections; i++) {
		const struct published_section *s = &published.sections[i];

		must(published_find(&published, s->kind, s->name));
		must(!published_failures(s) == !published_first_failure(s));
	}
	published_format(&published, &first);
	must(published_parse(first.data, first.size, &again, NULL) == 0);
	published_format(&again, &second);
	must(again.n_sections == published.n_sections && secret_equal(&first, &second));
	return 0;
}

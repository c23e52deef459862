/* SPDX-License-Identifier: Apache-2.0 */

/* Any ini is either a configuration with a plan, or at least one printable error. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "config/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *text)
{
	_cleanup_(freep) char *printable = xstrdup(text);

	text_sanitize(printable);
	if (strcmp(printable, text) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(plan_done) struct plan plan = {};

	if (config_parse((const char *)data, size, "x", NULL, &config, &errors) < 0) {
		if (errors.count == 0 || config.n_identities > 0)
			abort();
		for (size_t i = 0; i < errors.count; i++)
			check_printable(errors.messages[i]);
		return 0;
	}
	plan_make(&config, NULL, 0, &plan);
	if ((plan.n_requests > 0) == config_is_empty(&config))
		abort();
	for (size_t i = 0; i < config.n_identities; i++)
		free(config_identity_text(&config.identities[i]));
	return 0;
}

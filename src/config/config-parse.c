/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Turns the text of the ini into a configuration, or into a list of its errors. The administrator
 * controls the text, or in user mode the user.
 */

#include "config/config-parse.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "config/config-build.h"
#include "config/config-identity.h"
#include "config/config-kubernetes.h"
#include "config/config-rancher.h"
#include "config/config-registry.h"
#include "config/config-schema.h"
#include "config/config-user.h"

#define DEFAULT_RENEW_AT 500
#define DEFAULT_TIMEOUT (60 * USEC_PER_SEC)
#define MIN_TIMEOUT USEC_PER_SEC
#define MAX_TIMEOUT (600 * USEC_PER_SEC)

/* "50%", as per mille. */
static int parse_percentage(const char *text, unsigned *ret)
{
	size_t digits = strspn(text, "0123456789");
	unsigned percent;

	if (digits < 1 || digits > 2 || strcmp(text + digits, "%") != 0)
		return -EINVAL;
	percent = (unsigned)atoi(text);
	if (percent < 1 || percent > 90)
		return -EINVAL;
	*ret = percent * 10;
	return 0;
}

static int parse_timeout(const char *text, uint64_t *ret)
{
	uint64_t usec;
	int r = timespan_parse(text, &usec);

	if (r < 0)
		return r;
	if (usec < MIN_TIMEOUT || usec > MAX_TIMEOUT)
		return -ERANGE;
	*ret = usec;
	return 0;
}

static void add_refresh(struct config_builder *b, const struct ini_section *section)
{
	const char *renew_at = config_value(section, "renew_at");
	const char *timeout = config_value(section, "timeout");
	const char *metrics_file = config_value(section, "metrics_file");
	char quoted[CONFIG_QUOTE_SIZE];

	if (b->refresh_line > 0) {
		config_errors_add_duplicate(b, section, b->refresh_line);
		return;
	}
	b->refresh_line = section->line;
	if (renew_at && parse_percentage(renew_at, &b->config.renew_at) < 0)
		config_errors_add(b->errors, ini_find(section, "renew_at")->line,
		        "invalid renew_at %s; expected 1%% to 90%% of a token's life",
		        config_quote(renew_at, quoted));
	if (timeout && parse_timeout(timeout, &b->config.timeout_usec) < 0)
		config_errors_add(b->errors, ini_find(section, "timeout")->line,
		        "invalid timeout %s; expected a time span from 1s to 10min",
		        config_quote(timeout, quoted));
	if (metrics_file)
		b->config.metrics_file = xstrdup(metrics_file);
}

static void build(struct config_builder *b, const struct ini *ini)
{
	/* In this order, because users and sinks refer to registries, and registries to identities.
	 */
	static void (*const add[])(struct config_builder *, const struct ini_section *) = {
	        [CONFIG_REFRESH] = add_refresh,
	        [CONFIG_AWS] = config_add_identity,
	        [CONFIG_REGISTRY] = config_add_registry,
	        [CONFIG_USER] = config_add_user,
	        [CONFIG_KUBERNETES] = config_add_kubernetes,
	        [CONFIG_RANCHER] = config_add_rancher,
	};

	_Static_assert(ARRAY_SIZE(add) == CONFIG_SECTIONS, "a row for each section");

	for (enum config_section type = 0; type <= CONFIG_SECTIONS; type++)
		for (size_t i = 0; i < ini->n_sections; i++)
			if (config_section_of(&ini->sections[i]) == type &&
			        config_check_section(&ini->sections[i], b->errors))
				add[type](b, &ini->sections[i]);
}

/* Sets what applies if the file is silent. */
static void set_defaults(struct config *c)
{
	struct config_identity *nameless =
	        array_append(&c->identities, &c->n_identities, sizeof(*nameless));

	nameless->name = xstrdup("");
	c->renew_at = DEFAULT_RENEW_AT;
	c->timeout_usec = DEFAULT_TIMEOUT;
}

int config_parse(const char *data, size_t size, const char *name, const char *only_user,
        struct config *ret, struct config_errors *ret_errors)
{
	struct config_error_list errors = {.name = name};
	struct config_builder b = {.errors = &errors, .only_user = only_user};
	_cleanup_(ini_done) struct ini ini = {};

	if (size > CONFIG_MAX_SIZE) {
		config_errors_add(
		        &errors, 1, "the file is larger than %d KiB", CONFIG_MAX_SIZE / 1024);
	} else {
		ini_read(data, size, &ini, &errors);
		set_defaults(&b.config);
		build(&b, &ini);
	}
	if (errors.errors.count > 0) {
		config_done(&b.config);
		*ret_errors = errors.errors;
		return -EINVAL;
	}
	*ret = b.config;
	return 0;
}

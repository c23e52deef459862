/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From the text of the ini to a configuration, or to a list of all that is wrong with it. The
 * administrator controls the text; in user mode it is the user's own.
 */

#include "common/config.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "common/config-build.h"
#include "common/config-rules.h"

#define MAX_IDENTITIES 256
#define DEFAULT_RENEW_AT 500
#define DEFAULT_TIMEOUT (60 * USEC_PER_SEC)
#define MIN_TIMEOUT USEC_PER_SEC
#define MAX_TIMEOUT (600 * USEC_PER_SEC)

const char *config_value(const struct ini_section *section, const char *key)
{
	const struct ini_key *found = ini_find(section, key);

	return found && *found->values[0].text ? found->values[0].text : NULL;
}

void config_report_twice(
        struct config_builder *b, const struct ini_section *section, unsigned first_line)
{
	char quoted[CONFIG_QUOTE_SIZE];

	config_report_add(b->report, section->line,
	        "the section [%s]%s%s stands twice, first in line %u; put both together",
	        section->kind, *section->name ? " " : "",
	        *section->name ? config_quote(section->name, quoted) : "", first_line);
}

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
		config_report_twice(b, section, b->refresh_line);
		return;
	}
	b->refresh_line = section->line;
	if (renew_at && parse_percentage(renew_at, &b->config.renew_at) < 0)
		config_report_add(b->report, ini_find(section, "renew_at")->line,
		        "bad value %s of 'renew_at'; expected 1%% to 90%% of a token's life",
		        config_quote(renew_at, quoted));
	if (timeout && parse_timeout(timeout, &b->config.timeout_usec) < 0)
		config_report_add(b->report, ini_find(section, "timeout")->line,
		        "bad value %s of 'timeout'; expected a time span from 1s to 10min",
		        config_quote(timeout, quoted));
	if (metrics_file)
		b->config.metrics_file = xstrdup(metrics_file);
}

bool config_name_is_valid(const char *name)
{
	size_t size = strlen(name);

	return size <= CONFIG_MAX_NAME &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
	               size;
}

/* The identity this section describes; NULL where there can be none. */
static struct config_identity *make_identity(
        struct config_builder *b, const struct ini_section *section)
{
	struct config *c = &b->config;
	struct config_identity *identity;
	char quoted[CONFIG_QUOTE_SIZE];

	if (!config_name_is_valid(section->name)) {
		config_report_add(b->report, section->line,
		        "bad name %s of an identity; expected up to %d letters, digits and ._-",
		        config_quote(section->name, quoted), CONFIG_MAX_NAME);
		return NULL;
	}
	for (size_t i = 0; i < c->n_identities; i++) {
		if (strcmp(c->identities[i].name, section->name) != 0)
			continue;
		if (c->identities[i].line == 0) /* [aws] is there without being mentioned */
			return &c->identities[i];
		config_report_twice(b, section, c->identities[i].line);
		return NULL;
	}
	if (c->n_identities == MAX_IDENTITIES) {
		config_report_add(
		        b->report, section->line, "more than %d sections [aws]", MAX_IDENTITIES);
		return NULL;
	}
	identity = array_append(&c->identities, &c->n_identities, sizeof(*identity));
	identity->name = xstrdup(section->name);
	return identity;
}

static void add_identity(struct config_builder *b, const struct ini_section *section)
{
	struct config_identity *identity = make_identity(b, section);

	if (!identity)
		return;
	identity->line = section->line;
	for (size_t i = 0; i < section->n_keys; i++) {
		const struct ini_key *key = &section->keys[i];
		struct config_setting *setting =
		        array_append(&identity->settings, &identity->n_settings, sizeof(*setting));

		setting->key = xstrdup(key->name);
		setting->value = xstrdup(key->values[0].text);
		setting->line = key->line;
	}
}

static void build(struct config_builder *b, const struct ini *ini)
{
	/* In this order: users and clusters refer to registries, registries to identities. */
	static void (*const add[])(struct config_builder *, const struct ini_section *) = {
	        [CONFIG_REFRESH] = add_refresh,
	        [CONFIG_AWS] = add_identity,
	        [CONFIG_REGISTRY] = config_add_registry,
	        [CONFIG_USER] = config_add_user,
	        [CONFIG_KUBERNETES] = config_add_kubernetes,
	        [CONFIG_RANCHER] = config_add_rancher,
	};

	for (enum config_section type = 0; type <= CONFIG_SECTIONS; type++)
		for (size_t i = 0; i < ini->n_sections; i++)
			if (config_section_of(&ini->sections[i]) == type &&
			        config_check_section(&ini->sections[i], b->report))
				add[type](b, &ini->sections[i]);
}

/* What holds where the file says nothing. */
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
	struct config_report report = {.name = name};
	struct config_builder b = {.report = &report, .only_user = only_user};
	_cleanup_(ini_done) struct ini ini = {};

	if (size > CONFIG_MAX_SIZE) {
		config_report_add(
		        &report, 1, "the file is larger than %d KiB", CONFIG_MAX_SIZE / 1024);
	} else {
		ini_read(data, size, &ini, &report);
		set_defaults(&b.config);
		build(&b, &ini);
	}
	if (report.errors.count > 0) {
		config_done(&b.config);
		*ret_errors = report.errors;
		return -EINVAL;
	}
	*ret = b.config;
	return 0;
}

bool config_is_empty(const struct config *c)
{
	return c->n_users == 0 && c->n_kubernetes == 0 && c->n_ranchers == 0;
}

const char *config_identity_get(const struct config_identity *identity, const char *key)
{
	for (size_t i = 0; i < identity->n_settings; i++)
		if (strcmp(identity->settings[i].key, key) == 0)
			return identity->settings[i].value;
	return NULL;
}

static int compare_settings(const void *a, const void *b)
{
	const struct config_setting *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

char *config_identity_text(const struct config_identity *identity)
{
	_cleanup_(freep) const struct config_setting **sorted =
	        xcalloc(identity->n_settings + 1, sizeof(*sorted));
	char *text = xstrdup("");

	for (size_t i = 0; i < identity->n_settings; i++)
		sorted[i] = &identity->settings[i];
	qsort(sorted, identity->n_settings, sizeof(*sorted), compare_settings);
	for (size_t i = 0; i < identity->n_settings; i++) {
		_cleanup_(freep) char *before = text;

		text = xasprintf("%s%s=%s\n", before, sorted[i]->key, sorted[i]->value);
	}
	return text;
}

static void identity_done(struct config_identity *identity)
{
	for (size_t i = 0; i < identity->n_settings; i++) {
		free(identity->settings[i].key);
		free(identity->settings[i].value);
	}
	free(identity->settings);
	free(identity->name);
}

void config_done(struct config *c)
{
	for (size_t i = 0; i < c->n_identities; i++)
		identity_done(&c->identities[i]);
	for (size_t i = 0; i < c->n_users; i++)
		config_user_done(&c->users[i]);
	for (size_t i = 0; i < c->n_kubernetes; i++)
		config_kubernetes_done(&c->kubernetes[i]);
	for (size_t i = 0; i < c->n_ranchers; i++)
		config_rancher_done(&c->ranchers[i]);
	free(c->identities);
	free(c->registries);
	free(c->users);
	free(c->kubernetes);
	free(c->ranchers);
	free(c->metrics_file);
	*c = (struct config){};
}

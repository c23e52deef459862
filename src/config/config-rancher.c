/* SPDX-License-Identifier: Apache-2.0 */

/* [rancher NAME]: a Rancher server whose registries get our tokens. */

#include "config/config-rancher.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config-cluster.h"
#include "config/config-registry.h"
#include "config/config-schema.h"

#define MAX_PROJECTS 1000

static struct config_rancher *make_rancher(
        struct config_builder *b, const struct ini_section *section)
{
	struct config *c = &b->config;
	struct config_rancher *rancher;

	if (!config_check_cluster_name(b, section))
		return NULL;
	for (size_t i = 0; i < c->n_ranchers; i++) {
		if (strcmp(c->ranchers[i].name, section->name) == 0) {
			config_errors_add_duplicate(b, section, c->ranchers[i].line);
			return NULL;
		}
	}
	if (c->n_ranchers == CONFIG_MAX_CLUSTERS) {
		config_errors_add(b->errors, section->line, "more than %d sections [rancher NAME]",
		        CONFIG_MAX_CLUSTERS);
		return NULL;
	}
	rancher = array_append(&c->ranchers, &c->n_ranchers, sizeof(*rancher));
	rancher->name = xstrdup(section->name);
	rancher->line = section->line;
	return rancher;
}

void config_add_rancher(struct config_builder *b, const struct ini_section *section)
{
	struct config_rancher *r = make_rancher(b, section);
	const char *create = config_value(section, "create");

	if (!r)
		return;
	config_read_entries(b, section, "the section [rancher NAME]", &r->entries, &r->n_entries);
	r->url = config_copy(section, "url");
	r->access_key_file = config_copy(section, "access_key_file");
	r->secret_key_file = config_copy(section, "secret_key_file");
	r->token_file = config_copy(section, "token_file");
	r->ca_bundle = config_copy(section, "ca_bundle");
	r->secret = config_copy(section, "secret");
	if (!r->secret)
		r->secret = xstrdup(CONFIG_DEFAULT_SECRET);
	r->create = create && config_is_yes(create);
	config_read_words(b, section,
	        &(struct config_words){.key = "projects",
	                .items = &r->projects,
	                .count = &r->n_projects,
	                .max = MAX_PROJECTS,
	                .expected = "projects, with blanks between two"});
}

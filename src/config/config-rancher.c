/* SPDX-License-Identifier: Apache-2.0 */

/* [rancher NAME]: a Rancher server whose registries get our tokens. */

#include "config/config-rancher.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config-key.h"
#include "config/config-sink.h"

#define MAX_PROJECTS 1000

void config_add_rancher(struct config_builder *b, const struct ini_section *section)
{
	struct config_sink *sink = config_add_sink(b, section, SINK_RANCHER);
	const char *create = config_value(section, "create");
	struct config_rancher *r;

	if (!sink)
		return;
	r = &sink->rancher;
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
	                .expected = "projects, separated by blanks"});
}

/* SPDX-License-Identifier: Apache-2.0 */

/* [registry HOST], and the lists of registries in other sections: a host and its identity. */

#include "config/config-registry.h"

#include <string.h>

#include "base/alloc.h"

#define MAX_REGISTRIES 1024
#define MAX_ENTRIES 10000

static struct config_registry *find_registry(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_registries; i++)
		if (strcmp(c->registries[i].host.name, name) == 0)
			return &c->registries[i];
	return NULL;
}

/* Lists the names that `aws =` accepts. */
static void list_identities(const struct config *c, char *buffer, size_t size)
{
	size_t used = 0;

	*buffer = '\0';
	for (size_t i = 1; i < c->n_identities && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s",
		        i > 1 ? ", " : ", or one of ", c->identities[i].name);
}

static size_t find_identity(struct config_builder *b, const struct ini_section *section)
{
	const char *name = config_value(section, "aws");
	char quoted[CONFIG_QUOTE_SIZE], known[512];

	if (!name)
		return 0;
	for (size_t i = 1; i < b->config.n_identities; i++)
		if (strcmp(b->config.identities[i].name, name) == 0)
			return i;
	list_identities(&b->config, known, sizeof(known));
	config_errors_add(b->errors, ini_find(section, "aws")->line,
	        "there is no identity %s; expected the NAME of a section [aws NAME]%s",
	        config_quote(name, quoted), known);
	return 0;
}

/* Reads the host of a [registry HOST]; sets at least the name, unless the name is wrong. */
static void read_host(
        struct config_builder *b, const struct ini_section *section, struct registry_host *ret)
{
	const char *region = config_value(section, "region");
	char quoted[CONFIG_QUOTE_SIZE];

	if (registry_host_parse(section->name, ret) == 0) {
		if (region && strcmp(region, ret->region) != 0)
			config_errors_add(b->errors, ini_find(section, "region")->line,
			        "the region of %s is %s; remove 'region', which is for names other "
			        "than ECR's",
			        ret->name, ret->region);
	} else if (host_normalize(section->name, ret->name) < 0 || strcmp(ret->name, "auto") == 0) {
		config_errors_add(b->errors, section->line,
		        "%s is not a host name; expected [registry HOST]",
		        config_quote(section->name, quoted));
	} else if (!ini_find(section, "region")) {
		config_errors_add(b->errors, section->line,
		        "%s is not one of ECR's own names; its section needs 'region = REGION'",
		        config_quote(section->name, quoted));
	} else if (region) {
		/* A malformed region has been reported. */
		registry_host_custom(section->name, region, ret);
	}
}

void config_add_registry(struct config_builder *b, const struct ini_section *section)
{
	struct registry_host host = {};
	struct config_registry *registry;
	size_t identity = find_identity(b, section);

	read_host(b, section, &host);
	if (!*host.name)
		return;
	registry = find_registry(&b->config, host.name);
	if (registry) {
		config_errors_add_duplicate(b, section, registry->line);
		return;
	}
	if (b->config.n_registries == MAX_REGISTRIES) {
		config_errors_add(b->errors, section->line, "more than %d sections [registry HOST]",
		        MAX_REGISTRIES);
		return;
	}
	registry = array_append(
	        &b->config.registries, &b->config.n_registries, sizeof(*b->config.registries));
	registry->host = host;
	registry->identity = identity;
	registry->line = section->line;
}

static void report_bad_host(struct config_builder *b, const char *word, unsigned line)
{
	char quoted[CONFIG_QUOTE_SIZE];

	if (strchr(word, ','))
		config_errors_add(b->errors, line,
		        "%s is not a registry; separate the hosts with blanks, not commas",
		        config_quote(word, quoted));
	else
		config_errors_add(b->errors, line,
		        "%s is not a registry; expected 'auto', "
		        "ACCOUNT.dkr.ecr.REGION.amazonaws.com, public.ecr.aws, or a HOST with a "
		        "section [registry HOST] that gives its region",
		        config_quote(word, quoted));
}

/* Reads a word of `registries`. Returns false after reporting what is wrong with it. */
static bool read_entry(
        struct config_builder *b, const char *word, unsigned line, struct config_entry *ret)
{
	const struct config_registry *registry;

	*ret = (struct config_entry){};
	ret->is_auto = strcmp(word, "auto") == 0;
	if (ret->is_auto)
		return true;
	if (host_normalize(word, ret->host.name) < 0) {
		report_bad_host(b, word, line);
		return false;
	}
	registry = find_registry(&b->config, ret->host.name);
	if (registry) {
		ret->host = registry->host;
		ret->identity = registry->identity;
	} else if (registry_host_parse(word, &ret->host) < 0) {
		report_bad_host(b, word, line);
		return false;
	}
	return true;
}

/* The entries of one section. */
struct entries {
	struct config_entry **items;
	size_t *count;
};

static void add_entry(struct config_builder *b, void *userdata, const char *word, unsigned line)
{
	struct entries *entries = userdata;
	struct config_entry entry, *slot;
	char quoted[CONFIG_QUOTE_SIZE];

	if (b->n_entries > MAX_ENTRIES || !read_entry(b, word, line, &entry))
		return;
	for (size_t i = 0; i < *entries->count; i++) {
		/* "auto" has no host name. */
		if (strcmp((*entries->items)[i].host.name, entry.host.name) == 0) {
			config_errors_add(b->errors, line, "%s is listed twice in 'registries'",
			        config_quote(word, quoted));
			return;
		}
	}
	if (++b->n_entries > MAX_ENTRIES) {
		config_errors_add(b->errors, line,
		        "more than %d registries in all sections together", MAX_ENTRIES);
		return;
	}
	slot = array_append(entries->items, entries->count, sizeof(*slot));
	*slot = entry;
}

void config_read_entries(struct config_builder *b, const struct ini_section *section,
        const char *owner, struct config_entry **entries, size_t *n_entries)
{
	const struct ini_key *registries = ini_find(section, "registries");
	struct entries list = {.items = entries, .count = n_entries};

	if (!config_has_words(registries))
		config_errors_add(b->errors, registries ? registries->line : section->line,
		        "%s has no registries; expected 'registries = auto' or hosts", owner);
	config_each_word(b, registries, add_entry, &list);
}

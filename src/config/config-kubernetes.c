/* SPDX-License-Identifier: Apache-2.0 */

/* [kubernetes NAME]: a cluster, and the namespaces of it that get our Secret. */

#include "config/config-kubernetes.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config-sink.h"

#define MAX_NAMESPACES 1000
#define MAX_SERVICE_ACCOUNTS 32
#define MAX_PAIRS 64
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* A namespace is an RFC 1123 label; fnmatch(3)'s characters make it a glob. */
static bool is_namespace_pattern(const char *word)
{
	word += *word == '!';
	return *word && strlen(word) <= 128 && strspn(word, LOWER DIGITS "-*?[]!^") == strlen(word);
}

static bool is_service_account(const char *word)
{
	return strlen(word) <= 253 && strspn(word, LOWER DIGITS "-.") == strlen(word);
}

/* The key of a label or annotation: "name" or "prefix/name" (Kubernetes, "Labels and Selectors").
 */
static bool is_pair_key(const char *key, size_t size)
{
	return size > 0 && size <= 317 && strspn(key, LOWER UPPER DIGITS "-_./") >= size;
}

static bool is_label_value(const char *value)
{
	return strlen(value) <= 63 && strspn(value, LOWER UPPER DIGITS "-_.") == strlen(value);
}

/* The pairs of one key. */
struct pairs {
	const char *key;
	struct config_pair **items;
	size_t *count;
	bool (*is_value)(const char *value);
};

static void add_pair(struct config_builder *b, void *userdata, const char *word, unsigned line)
{
	const struct pairs *pairs = userdata;
	const char *equals = strchr(word, '=');
	char quoted[CONFIG_QUOTE_SIZE];
	struct config_pair *pair;

	config_quote(word, quoted);
	if (!equals || !is_pair_key(word, (size_t)(equals - word)) ||
	        (pairs->is_value && !pairs->is_value(equals + 1))) {
		config_errors_add(b->errors, line,
		        "%s in '%s'; expected KEY=VALUE as Kubernetes allows them, without blanks "
		        "around the '='",
		        quoted, pairs->key);
		return;
	}
	for (size_t i = 0; i < *pairs->count; i++) {
		if (strncmp((*pairs->items)[i].key, word, (size_t)(equals - word)) == 0 &&
		        !(*pairs->items)[i].key[equals - word]) {
			config_errors_add(b->errors, line, "%s: this key is given twice in '%s'",
			        quoted, pairs->key);
			return;
		}
	}
	if (*pairs->count == MAX_PAIRS) {
		config_errors_add(b->errors, line, "more than %d %s", MAX_PAIRS, pairs->key);
		return;
	}
	pair = array_append(pairs->items, pairs->count, sizeof(*pair));
	pair->key = xstrndup(word, (size_t)(equals - word));
	pair->value = xstrdup(equals + 1);
}

/* An annotation may contain blanks, so each has a line of its own. */
static void read_annotations(
        struct config_builder *b, const struct ini_section *section, struct config_kubernetes *k)
{
	const struct ini_key *key = ini_find(section, "annotations");
	struct pairs pairs = {
	        .key = "annotations", .items = &k->annotations, .count = &k->n_annotations};

	for (size_t i = 0; key && i < key->n_values; i++)
		if (*key->values[i].text)
			add_pair(b, &pairs, key->values[i].text, key->values[i].line);
}

static void read_namespaces(
        struct config_builder *b, const struct ini_section *section, struct config_kubernetes *k)
{
	config_read_words(b, section,
	        &(struct config_words){.key = "namespaces",
	                .items = &k->namespaces,
	                .count = &k->n_namespaces,
	                .max = MAX_NAMESPACES,
	                .is_valid = is_namespace_pattern,
	                .expected = "names of namespaces, patterns such as team-*, and !name for "
	                            "excluded ones, separated by blanks"});
	k->namespace_selector = config_copy(section, "namespace_selector");
	if (!ini_find(section, "namespaces") && !k->namespace_selector)
		config_errors_add(b->errors, section->line,
		        "the section names no namespaces; expected 'namespaces = NAME "
		        "…', "
		        "'namespaces = *' or 'namespace_selector = LABEL=VALUE'");
}

void config_add_kubernetes(struct config_builder *b, const struct ini_section *section)
{
	struct config_sink *sink = config_add_sink(b, section, SINK_KUBERNETES);
	struct pairs labels = {.key = "labels", .is_value = is_label_value};
	struct config_kubernetes *k;

	if (!sink)
		return;
	k = &sink->kubernetes;
	k->kubeconfig = config_copy(section, "kubeconfig");
	k->context = config_copy(section, "context");
	k->secret = config_copy(section, "secret");
	if (!k->secret)
		k->secret = xstrdup(CONFIG_DEFAULT_SECRET);
	read_namespaces(b, section, k);
	config_read_words(b, section,
	        &(struct config_words){.key = "service_accounts",
	                .items = &k->service_accounts,
	                .count = &k->n_service_accounts,
	                .max = MAX_SERVICE_ACCOUNTS,
	                .is_valid = is_service_account,
	                .expected = "names of service accounts, separated by blanks"});
	labels.items = &k->labels;
	labels.count = &k->n_labels;
	config_each_word(b, ini_find(section, "labels"), add_pair, &labels);
	read_annotations(b, section, k);
}

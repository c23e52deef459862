/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-sink.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config-registry.h"

#define MAX_SINKS 128 /* of one kind */

static void add_word(struct config_builder *b, void *userdata, const char *word, unsigned line)
{
	const struct config_words *words = userdata;
	char quoted[CONFIG_QUOTE_SIZE];

	config_quote(word, quoted);
	if (words->is_valid && !words->is_valid(word)) {
		config_errors_add(b->errors, line, "%s in '%s'; expected %s", quoted, words->key,
		        words->expected);
		return;
	}
	for (size_t i = 0; i < *words->count; i++) {
		if (strcmp((*words->items)[i], word) == 0) {
			config_errors_add(
			        b->errors, line, "%s is listed twice in '%s'", quoted, words->key);
			return;
		}
	}
	if (*words->count == words->max)
		config_errors_add(
		        b->errors, line, "more than %zu words in '%s'", words->max, words->key);
	else
		*(char **)array_append(words->items, words->count, sizeof(char *)) = xstrdup(word);
}

void config_read_words(struct config_builder *b, const struct ini_section *section,
        const struct config_words *words)
{
	const struct ini_key *key = ini_find(section, words->key);

	if (key && !config_has_words(key))
		config_errors_add(b->errors, key->line, "'%s' is empty; expected %s", words->key,
		        words->expected);
	config_each_word(b, key, add_word, (void *)words);
}

static bool name_is_valid(struct config_builder *b, const struct ini_section *section)
{
	char quoted[CONFIG_QUOTE_SIZE];

	if (config_name_is_valid(section->name))
		return true;
	config_errors_add(b->errors, section->line,
	        "invalid name %s of a section [%s]; expected up to %d letters, digits and ._-",
	        config_quote(section->name, quoted), section->kind, CONFIG_MAX_NAME);
	return false;
}

struct config_sink *config_add_sink(
        struct config_builder *b, const struct ini_section *section, enum config_sink_kind kind)
{
	struct config *c = &b->config;
	_cleanup_(freep) char *owner = NULL;
	struct config_sink *sink;
	size_t n = 0;

	if (!name_is_valid(b, section))
		return NULL;
	for (size_t i = 0; i < c->n_sinks; i++) {
		if (c->sinks[i].kind != kind)
			continue;
		n++;
		if (strcmp(c->sinks[i].name, section->name) == 0) {
			config_errors_add_duplicate(b, section, c->sinks[i].line);
			return NULL;
		}
	}
	if (n == MAX_SINKS) {
		config_errors_add(b->errors, section->line, "more than %d sections [%s NAME]",
		        MAX_SINKS, section->kind);
		return NULL;
	}
	sink = array_append(&c->sinks, &c->n_sinks, sizeof(*sink));
	sink->kind = kind;
	sink->name = xstrdup(section->name);
	sink->line = section->line;
	owner = xasprintf("the section [%s NAME]", section->kind);
	config_read_entries(b, section, owner, &sink->entries, &sink->n_entries);
	return sink;
}

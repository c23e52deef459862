/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-cluster.h"

#include <string.h>

#include "base/alloc.h"

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
			        b->errors, line, "%s stands twice in '%s'", quoted, words->key);
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

char *config_copy(const struct ini_section *section, const char *key)
{
	const char *value = config_value(section, key);

	return value ? xstrdup(value) : NULL;
}

bool config_check_cluster_name(struct config_builder *b, const struct ini_section *section)
{
	char quoted[CONFIG_QUOTE_SIZE];

	if (config_name_is_valid(section->name))
		return true;
	config_errors_add(b->errors, section->line,
	        "bad name %s of a section [%s]; expected up to %d letters, digits and ._-",
	        config_quote(section->name, quoted), section->kind, CONFIG_MAX_NAME);
	return false;
}

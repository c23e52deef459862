/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-build.h"

#include <string.h>

#include "base/alloc.h"

const char *config_value(const struct ini_section *section, const char *key)
{
	const struct ini_key *found = ini_find(section, key);

	return found && *found->values[0].text ? found->values[0].text : NULL;
}

bool config_name_is_valid(const char *name)
{
	size_t size = strlen(name);

	return size <= CONFIG_MAX_NAME &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
	               size;
}

void config_errors_add_duplicate(
        struct config_builder *b, const struct ini_section *section, unsigned first_line)
{
	char quoted[CONFIG_QUOTE_SIZE];

	config_errors_add(b->errors, section->line,
	        "[%s%s%s] is defined twice (first on line %u); merge them", section->kind,
	        *section->name ? " " : "",
	        *section->name ? config_quote(section->name, quoted) : "", first_line);
}

void config_each_word(struct config_builder *b, const struct ini_key *key,
        config_word_function function, void *userdata)
{
	char quoted[CONFIG_QUOTE_SIZE];

	for (size_t i = 0; key && i < key->n_values; i++) {
		const struct ini_value *value = &key->values[i];
		_cleanup_(freep) char *words = xstrdup(value->text);
		char *state = NULL;

		for (char *word = strtok_r(words, " \t", &state); word;
		        word = strtok_r(NULL, " \t", &state)) {
			if (*word == '#') {
				config_errors_add(b->errors, value->line,
				        "%s in a list; a comment after a value begins with ' ;'",
				        config_quote(word, quoted));
				break;
			}
			function(b, userdata, word, value->line);
		}
	}
}

bool config_has_words(const struct ini_key *key)
{
	for (size_t i = 0; key && i < key->n_values; i++)
		if (*key->values[i].text)
			return true;
	return false;
}

char *config_copy(const struct ini_section *section, const char *key)
{
	const char *value = config_value(section, key);

	return value ? xstrdup(value) : NULL;
}

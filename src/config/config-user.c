/* SPDX-License-Identifier: Apache-2.0 */

/* [user NAME]: a local account, the registries it uses, and its files. */

#include "config/config-user.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config-key.h"
#include "config/config-registry.h"

#define MAX_USERS 1024
#define MAX_FILES 32 /* of one user */
#define MAX_USER_NAME 256
#define DEFAULT_FILE "~/.docker/config.json"

static void add_file(struct config_builder *b, void *userdata, const char *word, unsigned line)
{
	struct config_user *user = userdata;
	char quoted[CONFIG_QUOTE_SIZE];
	char **slot;

	if (!config_path_is_valid(word)) {
		config_errors_add(b->errors, line,
		        "%s is not a file; expected paths, absolute or beginning with '~/', "
		        "separated "
		        "by blanks",
		        config_quote(word, quoted));
		return;
	}
	for (size_t i = 0; i < user->n_files; i++) {
		if (strcmp(user->files[i], word) == 0) {
			config_errors_add(b->errors, line, "%s is listed twice in 'files'",
			        config_quote(word, quoted));
			return;
		}
	}
	if (user->n_files == MAX_FILES) {
		config_errors_add(b->errors, line, "more than %d files for one user", MAX_FILES);
		return;
	}
	slot = array_append(&user->files, &user->n_files, sizeof(*user->files));
	*slot = xstrdup(word);
}

/* What Debian's useradd(8) accepts, without quotes, which are a typo. */
static bool user_name_is_valid(const char *name)
{
	if (strchr("-+~", name[0]) || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return strlen(name) <= MAX_USER_NAME && !strpbrk(name, " \t/:,\"'");
}

/* Returns whether the section's keys can be read. */
static bool check_user(struct config_builder *b, const struct ini_section *section)
{
	char quoted[CONFIG_QUOTE_SIZE], mine[CONFIG_QUOTE_SIZE];

	if (!user_name_is_valid(section->name)) {
		config_errors_add(b->errors, section->line,
		        "%s is not a user name; expected [user NAME]",
		        config_quote(section->name, quoted));
		return false;
	}
	if (b->only_user && strcmp(b->only_user, section->name) != 0) {
		config_errors_add(b->errors, section->line,
		        "%s is another user; this file serves only %s",
		        config_quote(section->name, quoted), config_quote(b->only_user, mine));
		return false;
	}
	for (size_t i = 0; i < b->config.n_users; i++) {
		if (strcmp(b->config.users[i].name, section->name) == 0) {
			config_errors_add_duplicate(b, section, b->config.users[i].line);
			return false;
		}
	}
	if (b->config.n_users == MAX_USERS) {
		config_errors_add(
		        b->errors, section->line, "more than %d sections [user NAME]", MAX_USERS);
		return false;
	}
	return true;
}

void config_add_user(struct config_builder *b, const struct ini_section *section)
{
	const struct ini_key *files = ini_find(section, "files");
	struct config_user *user;

	if (!check_user(b, section))
		return;
	user = array_append(&b->config.users, &b->config.n_users, sizeof(*user));
	user->name = xstrdup(section->name);
	user->line = section->line;
	config_read_entries(b, section, "the user", &user->entries, &user->n_entries);
	if (files && !config_has_words(files))
		config_errors_add(b->errors, files->line,
		        "'files' is empty; expected paths, or remove it for the "
		        "default, " DEFAULT_FILE);
	config_each_word(b, files, add_file, user);
	if (!files)
		*(char **)array_append(&user->files, &user->n_files, sizeof(*user->files)) =
		        xstrdup(DEFAULT_FILE);
}

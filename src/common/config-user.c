/* SPDX-License-Identifier: Apache-2.0 */

/*
 * [registry HOST] and [user NAME]: who gets an entry for which host, and with which identity.
 */

#include <string.h>

#include "alloc.h"
#include "config-build.h"
#include "config-rules.h"

#define MAX_REGISTRIES 1024
#define MAX_USERS 1024
#define MAX_ENTRIES 10000
#define MAX_FILES 32 /* of one user */
#define MAX_USER_NAME 256
#define DEFAULT_FILE "~/.docker/config.json"

/* One word of a list, with the line it stands in. */
typedef void (*word_function)(
        struct config_builder *b, struct config_user *user, const char *word, unsigned line);

static void each_word(struct config_builder *b, struct config_user *user, const struct ini_key *key,
        word_function function)
{
	char quoted[CONFIG_QUOTE_SIZE];

	for (size_t i = 0; key && i < key->n_values; i++) {
		const struct ini_value *value = &key->values[i];
		_cleanup_(freep) char *words = xstrdup(value->text);
		char *state = NULL;

		for (char *word = strtok_r(words, " \t", &state); word;
		        word = strtok_r(NULL, " \t", &state)) {
			if (*word == '#') {
				config_report_add(b->report, value->line,
				        "%s in a list; a comment behind a value begins with ' ;'",
				        config_quote(word, quoted));
				break;
			}
			function(b, user, word, value->line);
		}
	}
}

static struct config_registry *find_registry(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_registries; i++)
		if (strcmp(c->registries[i].host.name, name) == 0)
			return &c->registries[i];
	return NULL;
}

/* What an `aws =` may say instead. */
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
	config_report_add(b->report, ini_find(section, "aws")->line,
	        "no identity has the name %s; expected a section [aws NAME] of that name%s",
	        config_quote(name, quoted), known);
	return 0;
}

/* The host of a [registry HOST]; the name at least, unless that is what is wrong. */
static void read_host(
        struct config_builder *b, const struct ini_section *section, struct registry_host *ret)
{
	const char *region = config_value(section, "region");
	char quoted[CONFIG_QUOTE_SIZE];

	if (registry_host_parse(section->name, ret) == 0) {
		if (region && strcmp(region, ret->region) != 0)
			config_report_add(b->report, ini_find(section, "region")->line,
			        "the region of %s is %s; leave 'region' out, it is for other names",
			        ret->name, ret->region);
	} else if (host_normalize(section->name, ret->name) < 0 || strcmp(ret->name, "auto") == 0) {
		config_report_add(b->report, section->line,
		        "%s is not a host name; expected [registry HOST]",
		        config_quote(section->name, quoted));
	} else if (!ini_find(section, "region")) {
		config_report_add(b->report, section->line,
		        "%s is not a name of ECR's own; its section needs 'region = REGION'",
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
		config_report_twice(b, section, registry->line);
		return;
	}
	if (b->config.n_registries == MAX_REGISTRIES) {
		config_report_add(b->report, section->line, "more than %d sections [registry HOST]",
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
		config_report_add(b->report, line,
		        "%s is not a registry; a list is separated by blanks, not commas",
		        config_quote(word, quoted));
	else
		config_report_add(b->report, line,
		        "%s is not a registry; expected 'auto', "
		        "ACCOUNT.dkr.ecr.REGION.amazonaws.com, public.ecr.aws, or a HOST with a "
		        "section [registry HOST] that gives its region",
		        config_quote(word, quoted));
}

/* What a word of `registries` stands for. Returns false where it is reported. */
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

static void add_entry(
        struct config_builder *b, struct config_user *user, const char *word, unsigned line)
{
	struct config_entry entry, *slot;
	char quoted[CONFIG_QUOTE_SIZE];

	if (b->n_entries > MAX_ENTRIES || !read_entry(b, word, line, &entry))
		return;
	for (size_t i = 0; i < user->n_entries; i++) {
		/* "auto" has no host name. */
		if (strcmp(user->entries[i].host.name, entry.host.name) == 0) {
			config_report_add(b->report, line, "%s stands twice in 'registries'",
			        config_quote(word, quoted));
			return;
		}
	}
	if (++b->n_entries > MAX_ENTRIES) {
		config_report_add(
		        b->report, line, "more than %d registries of all users", MAX_ENTRIES);
		return;
	}
	slot = array_append(&user->entries, &user->n_entries, sizeof(*user->entries));
	*slot = entry;
}

static void add_file(
        struct config_builder *b, struct config_user *user, const char *word, unsigned line)
{
	char quoted[CONFIG_QUOTE_SIZE];
	char **slot;

	if (!config_path_is_valid(word)) {
		config_report_add(b->report, line,
		        "%s is not a file; expected a path, absolute or beginning with '~/', and "
		        "blanks between two",
		        config_quote(word, quoted));
		return;
	}
	for (size_t i = 0; i < user->n_files; i++) {
		if (strcmp(user->files[i], word) == 0) {
			config_report_add(b->report, line, "%s stands twice in 'files'",
			        config_quote(word, quoted));
			return;
		}
	}
	if (user->n_files == MAX_FILES) {
		config_report_add(b->report, line, "more than %d files of one user", MAX_FILES);
		return;
	}
	slot = array_append(&user->files, &user->n_files, sizeof(*user->files));
	*slot = xstrdup(word);
}

/* What useradd(8) of Debian lets through, and no quotes, which are a slip. */
static bool user_name_is_valid(const char *name)
{
	if (strchr("-+~", name[0]) || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return strlen(name) <= MAX_USER_NAME && !strpbrk(name, " \t/:,\"'");
}

/* Returns whether the section's keys are to be looked at. */
static bool check_user(struct config_builder *b, const struct ini_section *section)
{
	char quoted[CONFIG_QUOTE_SIZE], mine[CONFIG_QUOTE_SIZE];

	if (!user_name_is_valid(section->name)) {
		config_report_add(b->report, section->line,
		        "%s is not the name of a user; expected [user NAME]",
		        config_quote(section->name, quoted));
		return false;
	}
	if (b->only_user && strcmp(b->only_user, section->name) != 0) {
		config_report_add(b->report, section->line,
		        "%s is another user; this file serves %s alone",
		        config_quote(section->name, quoted), config_quote(b->only_user, mine));
		return false;
	}
	for (size_t i = 0; i < b->config.n_users; i++) {
		if (strcmp(b->config.users[i].name, section->name) == 0) {
			config_report_twice(b, section, b->config.users[i].line);
			return false;
		}
	}
	if (b->config.n_users == MAX_USERS) {
		config_report_add(
		        b->report, section->line, "more than %d sections [user NAME]", MAX_USERS);
		return false;
	}
	return true;
}

static bool has_words(const struct ini_key *key)
{
	for (size_t i = 0; key && i < key->n_values; i++)
		if (*key->values[i].text)
			return true;
	return false;
}

void config_add_user(struct config_builder *b, const struct ini_section *section)
{
	const struct ini_key *registries = ini_find(section, "registries");
	const struct ini_key *files = ini_find(section, "files");
	struct config_user *user;

	if (!check_user(b, section))
		return;
	user = array_append(&b->config.users, &b->config.n_users, sizeof(*user));
	user->name = xstrdup(section->name);
	user->line = section->line;
	if (!has_words(registries))
		config_report_add(b->report, registries ? registries->line : section->line,
		        "the user has no registries; expected 'registries = auto' or hosts");
	if (files && !has_words(files))
		config_report_add(b->report, files->line,
		        "'files' is empty; expected paths, or leave it out for " DEFAULT_FILE);
	each_word(b, user, registries, add_entry);
	each_word(b, user, files, add_file);
	if (!files)
		*(char **)array_append(&user->files, &user->n_files, sizeof(*user->files)) =
		        xstrdup(DEFAULT_FILE);
}

void config_user_done(struct config_user *user)
{
	for (size_t i = 0; i < user->n_files; i++)
		free(user->files[i]);
	free(user->files);
	free(user->entries);
	free(user->name);
}

/* SPDX-License-Identifier: Apache-2.0 */

#include "config/config-schema.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/registry-host.h"
#include "base/suggest.h"
#include "config/aws-settings.h"
#include "config/config-errors.h"
#include "config/config-key.h"
#include "config/ini.h"

struct section_rule {
	const char *kind;
	const char *form; /* how to write it */
	bool may_have_name;
	bool must_have_name;
	const struct config_key *keys; /* a nameless one ends them */
};

static bool is_absolute(const char *value)
{
	return value[0] == '/' && config_path_is_valid(value);
}

static bool is_yes_or_no(const char *value)
{
	return config_is_yes(value) || strcasecmp(value, "no") == 0 ||
	       strcasecmp(value, "false") == 0;
}

/* A file, or what systemd.exec(5) takes as the name of a credential. */
static bool is_file_or_credential(const char *value)
{
	return config_path_is_valid(value) ||
	       (!strpbrk(value, "/ \t") && strcmp(value, ".") != 0 && strcmp(value, "..") != 0);
}

/* RFC 1123's subdomain, as Kubernetes has it ("Object Names and IDs"). */
static bool is_object_name(const char *value)
{
	size_t size = strlen(value);

	return size <= 253 && strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.-") == size &&
	       !strchr(".-", value[0]) && !strchr(".-", value[size - 1]);
}

static const struct config_key refresh_keys[] = {
        {"renew_at", NULL, "a percentage such as 50%"},
        {"timeout", NULL, "a time span such as 60s"},
        {"metrics_file", is_absolute, "a file with its absolute path", .may_be_empty = true},
        {},
};

static const struct config_key registry_keys[] = {
        {"aws", NULL, "the NAME of a section [aws NAME]"},
        {"region", CONFIG_REGION},
        {},
};

#define FILE_OR_CREDENTIAL                                                                         \
	is_file_or_credential,                                                                     \
	        "a file, absolute or beginning with '~/', or the name of a systemd "               \
	        "credential"

static const struct config_key kubernetes_keys[] = {
        {"kubeconfig", is_file_or_credential,
                "a file, absolute or beginning with '~/', the name of a systemd credential, or "
                "in-cluster"},
        {"context", CONFIG_ANYTHING},
        {"secret", is_object_name, "a name of lower-case letters, digits, '-' and '.'"},
        {"namespaces", CONFIG_ANYTHING, .is_list = true},
        {"namespace_selector", CONFIG_ANYTHING},
        {"service_accounts", CONFIG_ANYTHING, .is_list = true},
        {"labels", CONFIG_ANYTHING, .is_list = true},
        {"annotations", CONFIG_ANYTHING, .is_list = true},
        {"registries", CONFIG_ANYTHING, .is_list = true},
        {},
};

static const struct config_key rancher_keys[] = {
        /* May hold a password, so only its section is named in an error. */
        {"url", CONFIG_ANYTHING, .is_hidden = true},
        {"access_key_file", FILE_OR_CREDENTIAL, .is_hidden = true},
        {"secret_key_file", FILE_OR_CREDENTIAL, .is_hidden = true},
        {"token_file", FILE_OR_CREDENTIAL, .is_hidden = true},
        {"ca_bundle", CONFIG_PATH},
        {"secret", is_object_name, "a name of lower-case letters, digits, '-' and '.'"},
        {"create", is_yes_or_no, "yes or no"},
        {"projects", CONFIG_ANYTHING, .is_list = true},
        {"registries", CONFIG_ANYTHING, .is_list = true},
        {},
};

static const struct config_key user_keys[] = {
        {"registries", CONFIG_ANYTHING, .is_list = true},
        {"files", CONFIG_ANYTHING, .is_list = true},
        {},
};

static const struct section_rule sections[] = {
        [CONFIG_REFRESH] = {"refresh", "[refresh]", false, false, refresh_keys},
        [CONFIG_AWS] = {"aws", "[aws] or [aws NAME]", true, false, aws_settings},
        [CONFIG_REGISTRY] = {"registry", "[registry HOST]", true, true, registry_keys},
        [CONFIG_USER] = {"user", "[user NAME]", true, true, user_keys},
        [CONFIG_KUBERNETES] = {"kubernetes", "[kubernetes NAME]", true, true, kubernetes_keys},
        [CONFIG_RANCHER] = {"rancher", "[rancher NAME]", true, true, rancher_keys},
};

_Static_assert(ARRAY_SIZE(sections) == CONFIG_SECTIONS, "a row for each section");

enum config_section config_section_of(const struct ini_section *section)
{
	enum config_section i = 0;

	while (i < CONFIG_SECTIONS && strcmp(sections[i].kind, section->kind) != 0)
		i++;
	return i;
}

/* The keys that belong in files of their own. */
static bool is_secret_of_rancher(const struct section_rule *section, const char *name)
{
	return section == &sections[CONFIG_RANCHER] &&
	       (strcasecmp(name, "access_key") == 0 || strcasecmp(name, "secret_key") == 0 ||
	               strcasecmp(name, "token") == 0);
}

/* Suggests the key that was probably meant, or lists all of them. */
static void report_no_key(const struct section_rule *section, const struct ini_key *key,
        struct config_error_list *errors)
{
	char known[1024] = "", quoted[CONFIG_QUOTE_SIZE];
	struct suggestion suggestion = {.word = key->name};
	size_t used = 0;

	for (const struct config_key *k = section->keys; k->name && used < sizeof(known); k++) {
		if (k->profile_only)
			continue;
		suggest_try(&suggestion, k->name);
		used += (size_t)snprintf(
		        known + used, sizeof(known) - used, "%s%s", used > 0 ? ", " : "", k->name);
	}
	config_quote(key->name, quoted);
	if (suggestion.found)
		config_errors_add(errors, key->line, "unknown key %s in [%s]; did you mean '%s'?",
		        quoted, section->kind, suggestion.found);
	else
		config_errors_add(errors, key->line, "unknown key %s in [%s]; expected one of %s",
		        quoted, section->kind, known);
}

static void report_unknown_key(const struct section_rule *section, const struct ini_key *key,
        struct config_error_list *errors)
{
	const struct config_key *aws = aws_setting_find(key->name);

	if (aws && aws->is_secret) {
		config_errors_add(errors, key->line,
		        "AWS keys do not belong in this world-readable file; put them into "
		        "an AWS credentials file, a systemd credential "
		        "(LoadCredential=aws-credentials) or the environment (a drop-in)");
		return;
	}
	if (is_secret_of_rancher(section, key->name)) {
		config_errors_add(errors, key->line,
		        "Rancher's keys do not belong in this world-readable file; put it "
		        "into a separate file and write %s_file = FILE, or the name of a systemd "
		        "credential (LoadCredential=)",
		        key->name);
		return;
	}
	report_no_key(section, key, errors);
}

static void check_value(const struct config_key *rule, const struct ini_value *value,
        struct config_error_list *errors)
{
	char quoted[CONFIG_QUOTE_SIZE];
	const char *comment = strstr(value->text, " #");

	if (!*value->text && rule->may_be_empty)
		return;
	if (!*value->text)
		config_errors_add(errors, value->line, "'%s' is empty; expected %s", rule->name,
		        rule->expected);
	else if (rule->is_shell && value->had_comment)
		config_errors_add(errors, value->line,
		        "' ;' begins a comment and would truncate '%s'; put the command into a "
		        "script",
		        rule->name);
	else if (rule->is_valid && !rule->is_valid(value->text))
		config_errors_add(errors, value->line, "invalid %s %s; expected %s%s", rule->name,
		        rule->is_hidden ? "(not shown)" : config_quote(value->text, quoted),
		        rule->expected,
		        comment ? " (a comment after a value begins with ' ;')" : "");
}

static void check_key(const struct section_rule *section, const struct ini_key *key,
        struct config_error_list *errors)
{
	const struct config_key *rule = section->keys;

	while (rule->name && (rule->profile_only || strcmp(rule->name, key->name) != 0))
		rule++;
	if (!rule->name)
		report_unknown_key(section, key, errors);
	else if (!rule->is_list && key->n_values > 1)
		config_errors_add(errors, key->values[1].line,
		        "'%s' takes one line, and this indented line continues it; a key begins at "
		        "the start of its line",
		        rule->name);
	else if (!rule->is_list)
		check_value(rule, &key->values[0], errors);
}

static void report_no_section(const struct ini_section *section, struct config_error_list *errors)
{
	struct suggestion suggestion = {.word = section->kind};
	char kind[CONFIG_QUOTE_SIZE], known[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < CONFIG_SECTIONS && used < sizeof(known); i++) {
		suggest_try(&suggestion, sections[i].kind);
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
		        i == 0                     ? ""
		        : i == CONFIG_SECTIONS - 1 ? " or "
		                                   : ", ",
		        sections[i].form);
	}
	config_quote(section->kind, kind);
	for (size_t i = 0; i < CONFIG_SECTIONS; i++)
		if (suggestion.found == sections[i].kind) {
			config_errors_add(errors, section->line,
			        "unknown section %s; did you mean %s?", kind, sections[i].form);
			return;
		}
	config_errors_add(errors, section->line, "unknown section %s; expected %s", kind, known);
}

bool config_check_section(const struct ini_section *section, struct config_error_list *errors)
{
	enum config_section i = config_section_of(section);

	if (i == CONFIG_SECTIONS) {
		report_no_section(section, errors);
		return false;
	}
	for (size_t k = 0; k < section->n_keys; k++)
		check_key(&sections[i], &section->keys[k], errors);
	if ((*section->name && !sections[i].may_have_name) ||
	        (!*section->name && sections[i].must_have_name)) {
		config_errors_add(errors, section->line, "a section [%s] %s name; expected %s",
		        section->kind, *section->name ? "takes no" : "needs a", sections[i].form);
		return false;
	}
	return true;
}

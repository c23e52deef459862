/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The words of the ini. The keys of an identity are those of an AWS profile ("Settings reference"
 * in the AWS SDKs and Tools Reference Guide), config_file and credentials_file in addition.
 */

#include "config/config-schema.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/registry-host.h"
#include "base/suggest.h"
#include "config/config-errors.h"
#include "config/ini.h"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

struct key_rule {
	const char *name;
	bool (*is_valid)(const char *value); /* NULL: anything but nothing */
	const char *expected;
	bool may_be_empty;
	bool is_list;   /* may go over several lines */
	bool is_shell;  /* " ;" has another meaning in it */
	bool is_hidden; /* a slip may put something secret here: never repeated */
};

struct section_rule {
	const char *kind;
	const char *form; /* how to write it */
	bool may_have_name;
	bool must_have_name;
	const struct key_rule *keys;
	size_t n_keys;
};

bool config_path_is_valid(const char *path)
{
	size_t size = strlen(path);

	return (path[0] == '/' || strncmp(path, "~/", 2) == 0) && path[size - 1] != '/';
}

static bool is_absolute(const char *value)
{
	return value[0] == '/' && config_path_is_valid(value);
}

static bool is_arn(const char *value)
{
	return strncmp(value, "arn:", 4) == 0 && !strpbrk(value, " \t");
}

static bool is_url(const char *value)
{
	return (strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0) &&
	       !strpbrk(value, " \t");
}

/* The ini is no place for a token's PIN. */
static bool is_private_key(const char *value)
{
	return config_path_is_valid(value) ||
	       (strncasecmp(value, "pkcs11:", 7) == 0 && !strcasestr(value, "pin-value"));
}

static bool is_boolean(const char *value)
{
	return strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0;
}

bool config_is_yes(const char *value)
{
	return strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0;
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

	return size <= 253 && strspn(value, "abcdefghijklmnopqrstuvwxyz" DIGITS ".-") == size &&
	       !strchr(".-", value[0]) && !strchr(".-", value[size - 1]);
}

static bool is_account(const char *value)
{
	return strlen(value) == 12 && strspn(value, DIGITS) == 12;
}

/* The limits of AssumeRole's DurationSeconds and RoleSessionName. */
static bool is_duration(const char *value)
{
	size_t size = strlen(value);
	long seconds = size <= 5 && strspn(value, DIGITS) == size ? atol(value) : 0;

	return seconds >= 900 && seconds <= 43200;
}

static bool is_session_name(const char *value)
{
	size_t size = strlen(value);

	return size >= 2 && size <= 64 && strspn(value, LETTERS DIGITS "_+=,.@-") == size;
}

static bool is_credential_source(const char *value)
{
	return strcmp(value, "Environment") == 0 || strcmp(value, "Ec2InstanceMetadata") == 0 ||
	       strcmp(value, "EcsContainer") == 0;
}

static bool is_sts_mode(const char *value)
{
	return strcasecmp(value, "regional") == 0 || strcasecmp(value, "legacy") == 0;
}

static bool is_address_family(const char *value)
{
	return strcasecmp(value, "IPv4") == 0 || strcasecmp(value, "IPv6") == 0;
}

static bool is_small_number(const char *value)
{
	size_t size = strlen(value);
	long n = size <= 2 && strspn(value, DIGITS) == size ? atol(value) : 0;

	return n >= 1 && n <= 10;
}

#define ANYTHING NULL, "a value"
#define ARN is_arn, "an ARN, which begins with 'arn:'"
#define BOOLEAN is_boolean, "true or false"
#define PATH config_path_is_valid, "a file, absolute or beginning with '~/'"
#define REGION region_is_valid, "a region such as eu-central-1"
#define URL is_url, "a URL, which begins with 'https://'"

static const struct key_rule refresh_keys[] = {
        {"renew_at", NULL, "a percentage such as 50%"},
        {"timeout", NULL, "a time span such as 60s"},
        {"metrics_file", is_absolute, "a file with its absolute path", .may_be_empty = true},
};

static const struct key_rule aws_keys[] = {
        {"region", REGION},
        {"profile", ANYTHING},
        {"config_file", PATH},
        {"credentials_file", PATH},
        {"role_arn", ARN},
        {"source_profile", ANYTHING},
        {"credential_source", is_credential_source,
                "Environment, Ec2InstanceMetadata or EcsContainer"},
        {"external_id", ANYTHING},
        {"duration_seconds", is_duration, "900 to 43200"},
        {"role_session_name", is_session_name, "2 to 64 letters, digits and _+=,.@-"},
        {"mfa_serial", ANYTHING},
        {"web_identity_token_file", PATH, .is_hidden = true},
        {"credential_process", ANYTHING, .is_shell = true},
        {"login_session", ANYTHING},
        {"sso_session", ANYTHING},
        {"sso_start_url", URL},
        {"sso_region", REGION},
        {"sso_account_id", is_account, "12 digits"},
        {"sso_role_name", ANYTHING},
        {"sso_registration_scopes", ANYTHING},
        {"endpoint_url", URL, .is_hidden = true}, /* may hold a password */
        {"services", ANYTHING},
        {"use_fips_endpoint", BOOLEAN},
        {"use_dualstack_endpoint", BOOLEAN},
        {"ignore_configured_endpoint_urls", BOOLEAN},
        {"ca_bundle", PATH},
        {"sts_regional_endpoints", is_sts_mode, "regional or legacy"},
        {"trust_anchor_arn", ARN},
        {"profile_arn", ARN},
        {"certificate", PATH},
        {"private_key", is_private_key,
                "a file, absolute or beginning with '~/', or a 'pkcs11:' URI without pin-value",
                .is_hidden = true},
        {"private_key_passphrase_file", PATH, .is_hidden = true},
        {"certificate_chain", PATH},
        {"ec2_metadata_service_endpoint", URL},
        {"ec2_metadata_service_endpoint_mode", is_address_family, "IPv4 or IPv6"},
        {"ec2_metadata_v1_disabled", BOOLEAN},
        {"metadata_service_timeout", is_small_number, "seconds, 1 to 10"},
        {"metadata_service_num_attempts", is_small_number, "1 to 10"},
};

static const struct key_rule registry_keys[] = {
        {"aws", NULL, "the NAME of a section [aws NAME]"},
        {"region", REGION},
};

#define FILE_OR_CREDENTIAL                                                                         \
	is_file_or_credential,                                                                     \
	        "a file, absolute or beginning with '~/', or the name of a systemd "               \
	        "credential"

static const struct key_rule kubernetes_keys[] = {
        {"kubeconfig", is_file_or_credential,
                "a file, absolute or beginning with '~/', the name of a systemd credential, or "
                "in-cluster"},
        {"context", ANYTHING},
        {"secret", is_object_name, "a name of lower-case letters, digits, '-' and '.'"},
        {"namespaces", ANYTHING, .is_list = true},
        {"namespace_selector", ANYTHING},
        {"service_accounts", ANYTHING, .is_list = true},
        {"labels", ANYTHING, .is_list = true},
        {"annotations", ANYTHING, .is_list = true},
        {"registries", ANYTHING, .is_list = true},
};

static const struct key_rule rancher_keys[] = {
        /* May hold a password, so only its section is named in an error. */
        {"url", ANYTHING, .is_hidden = true},
        {"access_key_file", FILE_OR_CREDENTIAL, .is_hidden = true},
        {"secret_key_file", FILE_OR_CREDENTIAL, .is_hidden = true},
        {"token_file", FILE_OR_CREDENTIAL, .is_hidden = true},
        {"ca_bundle", PATH},
        {"secret", is_object_name, "a name of lower-case letters, digits, '-' and '.'"},
        {"create", is_yes_or_no, "yes or no"},
        {"projects", ANYTHING, .is_list = true},
        {"registries", ANYTHING, .is_list = true},
};

static const struct key_rule user_keys[] = {
        {"registries", ANYTHING, .is_list = true},
        {"files", ANYTHING, .is_list = true},
};

#define KEYS(keys) keys, ARRAY_SIZE(keys)

static const struct section_rule sections[] = {
        [CONFIG_REFRESH] = {"refresh", "[refresh]", false, false, KEYS(refresh_keys)},
        [CONFIG_AWS] = {"aws", "[aws] or [aws NAME]", true, false, KEYS(aws_keys)},
        [CONFIG_REGISTRY] = {"registry", "[registry HOST]", true, true, KEYS(registry_keys)},
        [CONFIG_USER] = {"user", "[user NAME]", true, true, KEYS(user_keys)},
        [CONFIG_KUBERNETES] = {"kubernetes", "[kubernetes NAME]", true, true,
                KEYS(kubernetes_keys)},
        [CONFIG_RANCHER] = {"rancher", "[rancher NAME]", true, true, KEYS(rancher_keys)},
};

enum config_section config_section_of(const struct ini_section *section)
{
	enum config_section i = 0;

	while (i < CONFIG_SECTIONS && strcmp(sections[i].kind, section->kind) != 0)
		i++;
	return i;
}

/* The names of the keys themselves in AWS files, which ignore case. */
static bool is_secret_key(const char *name)
{
	return strcasecmp(name, "aws_access_key_id") == 0 ||
	       strcasecmp(name, "aws_secret_access_key") == 0 ||
	       strcasecmp(name, "aws_session_token") == 0 ||
	       strcasecmp(name, "aws_security_token") == 0;
}

/* The same for Rancher's keys. */
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

	for (size_t i = 0; i < section->n_keys && used < sizeof(known); i++) {
		suggest_try(&suggestion, section->keys[i].name);
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
		        i > 0 ? ", " : "", section->keys[i].name);
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

	if (is_secret_key(key->name)) {
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

static void check_value(const struct key_rule *rule, const struct ini_value *value,
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
	const struct key_rule *rule = section->keys;

	while (rule < section->keys + section->n_keys && strcmp(rule->name, key->name) != 0)
		rule++;
	if (rule == section->keys + section->n_keys)
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
	char kind[CONFIG_QUOTE_SIZE];

	for (size_t i = 0; i < CONFIG_SECTIONS; i++)
		suggest_try(&suggestion, sections[i].kind);
	config_quote(section->kind, kind);
	for (size_t i = 0; i < CONFIG_SECTIONS; i++)
		if (suggestion.found == sections[i].kind) {
			config_errors_add(errors, section->line,
			        "unknown section %s; did you mean %s?", kind, sections[i].form);
			return;
		}
	config_errors_add(errors, section->line,
	        "unknown section %s; expected [refresh], [aws], [aws NAME], [user NAME], "
	        "[registry HOST], [kubernetes NAME] or [rancher NAME]",
	        kind);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The administrator controls the ini, the owner of the shared files the profiles; of those only the
 * ini is checked with this table, each provider checks the settings that it reads.
 */
#include "config/aws-settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/registry-host.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_arn(const char *value)
{
	return strncmp(value, "arn:", 4) == 0 && !strpbrk(value, " \t");
}

static bool is_url(const char *value)
{
	return (strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0) &&
	       !strpbrk(value, " \t");
}

/* The PIN of a token does not belong in the ini. */
static bool is_private_key(const char *value)
{
	return config_path_is_valid(value) ||
	       (strncasecmp(value, "pkcs11:", 7) == 0 && !strcasestr(value, "pin-value"));
}

static bool is_boolean(const char *value)
{
	return strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0;
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

#define ARN is_arn, "an ARN, which begins with 'arn:'"
#define BOOLEAN is_boolean, "true or false"
#define URL is_url, "a URL, which begins with 'https://'"

const struct config_key aws_settings[] = {
        {"region", CONFIG_REGION},
        {"profile", CONFIG_ANYTHING, .selects_identity = true},
        {"config_file", CONFIG_PATH},
        {"credentials_file", CONFIG_PATH},
        {"role_arn", ARN, .selects_identity = true, .in_fingerprint = true},
        {"source_profile", CONFIG_ANYTHING, .needs_role = true, .in_fingerprint = true},
        {"credential_source", is_credential_source,
                "Environment, Ec2InstanceMetadata or EcsContainer", .needs_role = true,
                .in_fingerprint = true},
        {"external_id", CONFIG_ANYTHING, .needs_role = true, .in_fingerprint = true},
        {"duration_seconds", is_duration, "900 to 43200"},
        {"role_session_name", is_session_name, "2 to 64 letters, digits and _+=,.@-",
                .in_fingerprint = true},
        {"mfa_serial", CONFIG_ANYTHING, .needs_role = true},
        {"web_identity_token_file", CONFIG_PATH, .is_hidden = true, .provider = "web-identity",
                .takes_role = true},
        {"sso_session", CONFIG_ANYTHING, .provider = "sso"},
        {"sso_start_url", URL, .provider = "sso"},
        {"sso_region", CONFIG_REGION, .in_fingerprint = true},
        {"sso_account_id", is_account, "12 digits", .provider = "sso"},
        {"sso_role_name", CONFIG_ANYTHING, .provider = "sso"},
        {"sso_registration_scopes", CONFIG_ANYTHING},
        {"login_session", CONFIG_ANYTHING, .provider = "login"},
        {"credential_process", CONFIG_ANYTHING, .is_shell = true, .provider = "credential-process"},
        {"trust_anchor_arn", ARN, .provider = "roles-anywhere", .takes_role = true},
        {"profile_arn", ARN, .in_fingerprint = true},
        {"certificate", CONFIG_PATH, .in_fingerprint = true},
        {"private_key", is_private_key,
                "a file, absolute or beginning with '~/', or a 'pkcs11:' URI without pin-value",
                .is_hidden = true, .is_path = true, .in_fingerprint = true},
        {"private_key_passphrase_file", CONFIG_PATH, .is_hidden = true},
        {"certificate_chain", CONFIG_PATH},
        {"aws_account_id", CONFIG_ANYTHING, .in_fingerprint = true, .profile_only = true},
        {"x_principal_arn", CONFIG_ANYTHING, .in_fingerprint = true, .profile_only = true},
        /* May hold a password. */
        {"endpoint_url", URL, .is_hidden = true, .in_fingerprint = true},
        {"services", CONFIG_ANYTHING, .in_fingerprint = true},
        {"use_fips_endpoint", BOOLEAN},
        {"use_dualstack_endpoint", BOOLEAN},
        {"ignore_configured_endpoint_urls", BOOLEAN, .in_fingerprint = true},
        {"ca_bundle", CONFIG_PATH},
        {"sts_regional_endpoints", is_sts_mode, "regional or legacy"},
        {"ec2_metadata_service_endpoint", URL, .in_fingerprint = true},
        {"ec2_metadata_service_endpoint_mode", is_address_family, "IPv4 or IPv6"},
        {"ec2_metadata_v1_disabled", BOOLEAN},
        {"metadata_service_timeout", is_small_number, "seconds, 1 to 10"},
        {"metadata_service_num_attempts", is_small_number, "1 to 10"},
        /* Access keys: two providers read them, one for each of the shared files. */
        {"aws_access_key_id", CONFIG_ANYTHING, .provider = "static-keys", .profile_only = true,
                .is_secret = true},
        {"aws_secret_access_key", CONFIG_ANYTHING, .provider = "static-keys", .profile_only = true,
                .is_secret = true},
        {"aws_session_token", CONFIG_ANYTHING, .profile_only = true, .is_secret = true},
        {"aws_security_token", CONFIG_ANYTHING, .profile_only = true, .is_secret = true},
        {},
};

const struct config_key *aws_setting_find(const char *name)
{
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (strcasecmp(s->name, name) == 0)
			return s;
	return NULL;
}

bool aws_setting_is_in_fingerprint(const struct config_key *setting)
{
	return setting->in_fingerprint || (setting->provider && !setting->is_secret);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * For machines outside of AWS. The profile's owner controls the settings and the files, the network
 * the reply. Source: "CreateSession API" in the IAM Roles Anywhere User Guide.
 */

#include "fetch/providers/provider-roles-anywhere.h"

#include <errno.h>
#include <string.h>

#include "aws/profile.h"
#include "base/alloc.h"
#include "base/environment.h"
#include "base/json.h"
#include "base/timestamp.h"
#include "config/aws-settings.h"
#include "config/paths.h"
#include "fetch/api/aws-call.h"
#include "fetch/api/sigv4-x509.h"
#include "fetch/providers/roles-anywhere-reply.h"
#include "http/url-encode.h"

#define PASSPHRASE_CREDENTIAL "private-key-passphrase"

/* The checked settings. The profile owns the texts. */
struct setup {
	const char *label; /* of the profile, for messages */
	const char *trust_anchor_arn;
	const char *profile_arn;
	const char *role_arn;
	const char *session_name; /* or NULL */
	unsigned duration;        /* in seconds; 0: the value of the Roles Anywhere profile */
	char region[REGION_MAX_SIZE];
	char *certificate;
	char *certificate_chain; /* or NULL */
	char *private_key;
	char *passphrase_file; /* or NULL */
};

static void setup_done(struct setup *s)
{
	free(s->certificate);
	free(s->certificate_chain);
	secret_free_string(s->private_key); /* a URI may hold a PIN */
	free(s->passphrase_file);
}

static int fail_with_setting(
        const struct setup *s, const char *key, const char *expected, struct reason *ret_reason)
{
	/* The value is not shown: it may be the file's content by mistake. */
	return reason_set(ret_reason, EINVAL, "bad-setting", "%s: %s is not %s; correct it",
	        s->label, key, expected);
}

static int fail_without_setting(const struct setup *s, const char *key, struct reason *ret_reason)
{
	return reason_set(ret_reason, EINVAL, "missing-setting",
	        "%s has trust_anchor_arn but not %s; IAM Roles Anywhere needs both", s->label, key);
}

/* Returns a copy of field n, from 0, of "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE". */
static char *arn_field(const char *arn, unsigned n)
{
	for (; n > 0; n--) {
		arn = strchr(arn, ':');
		if (!arn)
			return xstrdup("");
		arn++;
	}
	return xstrndup(arn, strcspn(arn, ":"));
}

static int read_arn(const struct profile *profile, const char *key, const char *service,
        struct setup *s, const char **ret, struct reason *ret_reason)
{
	const char *arn = profile_string(profile, key);
	_cleanup_(freep) char *prefix = arn ? arn_field(arn, 0) : NULL;
	_cleanup_(freep) char *of = arn ? arn_field(arn, 2) : NULL;

	if (!arn)
		return fail_without_setting(s, key, ret_reason);
	if (strcmp(prefix, "arn") != 0 || strcmp(of, service) != 0)
		return reason_set(ret_reason, EINVAL, "bad-setting",
		        "%s: %s is not an ARN of %s; expected arn:aws:%s:…", s->label, key, service,
		        service);
	*ret = arn;
	return 0;
}

/* A trust anchor is in one region, as are its profiles; the region is not configured elsewhere. */
static int read_region(struct setup *s, struct reason *ret_reason)
{
	_cleanup_(freep) char *region = arn_field(s->trust_anchor_arn, 3);
	_cleanup_(freep) char *other = arn_field(s->profile_arn, 3);

	if (!region_is_valid(region))
		return fail_with_setting(s, "trust_anchor_arn", "an ARN with a region", ret_reason);
	if (strcmp(region, other) != 0)
		return reason_set(ret_reason, EINVAL, "two-regions",
		        "%s: trust_anchor_arn is in %s but profile_arn in another region; IAM "
		        "Roles Anywhere needs both in the same region",
		        s->label, region);
	strcpy(s->region, region);
	return 0;
}

static int read_arns(const struct profile *profile, struct setup *s, struct reason *ret_reason)
{
	int r = read_arn(
	        profile, "trust_anchor_arn", "rolesanywhere", s, &s->trust_anchor_arn, ret_reason);

	if (r == 0)
		r = read_arn(
		        profile, "profile_arn", "rolesanywhere", s, &s->profile_arn, ret_reason);
	if (r == 0)
		r = read_arn(profile, "role_arn", "iam", s, &s->role_arn, ret_reason);
	return r == 0 ? read_region(s, ret_reason) : r;
}

static int read_path(const struct profile *profile, const char *key, const struct setup *s,
        char **ret, struct reason *ret_reason)
{
	const char *value = profile_string(profile, key);
	bool may_be_uri = strcmp(key, "private_key") == 0;

	if (!value)
		return 0;
	if (may_be_uri && x509_key_is_uri(value))
		*ret = xstrdup(value);
	else if ((value[0] == '/' || strncmp(value, "~/", 2) == 0) && !strchr(value, '\n'))
		*ret = paths_expand(value);
	else
		return fail_with_setting(s, key,
		        may_be_uri ? "a file, absolute or beginning with '~/', or a pkcs11: URI"
		                   : "a file, absolute or beginning with '~/'",
		        ret_reason);
	return 0;
}

/* Uses the systemd credential (LoadCredentialEncrypted=), unless the profile names a file. */
static void find_passphrase(struct setup *s)
{
	const char *dir = environment_get("CREDENTIALS_DIRECTORY");
	_cleanup_(freep) char *path = dir ? xasprintf("%s/%s", dir, PASSPHRASE_CREDENTIAL) : NULL;

	if (!s->passphrase_file && path && access(path, F_OK) == 0)
		s->passphrase_file = TAKE_PTR(path);
}

static int read_files(const struct profile *profile, struct setup *s, struct reason *ret_reason)
{
	int r = read_path(profile, "certificate", s, &s->certificate, ret_reason);

	if (r == 0)
		r = read_path(profile, "private_key", s, &s->private_key, ret_reason);
	if (r == 0)
		r = read_path(profile, "certificate_chain", s, &s->certificate_chain, ret_reason);
	if (r == 0)
		r = read_path(
		        profile, "private_key_passphrase_file", s, &s->passphrase_file, ret_reason);
	if (r < 0)
		return r;
	if (!s->certificate || !s->private_key)
		return fail_without_setting(
		        s, s->certificate ? "private_key" : "certificate", ret_reason);
	find_passphrase(s);
	return 0;
}

/* CreateSession has the limits of AssumeRole. */
static int check_limits(const struct profile *profile, const char *key, const struct setup *s,
        struct reason *ret_reason)
{
	const struct config_key *setting = aws_setting_find(key);
	const char *value = profile_string(profile, key);

	return !value || setting->is_valid(value)
	               ? 0
	               : fail_with_setting(s, key, setting->expected, ret_reason);
}

static int read_session(const struct profile *profile, struct setup *s, struct reason *ret_reason)
{
	const char *duration = profile_string(profile, "duration_seconds");
	int r = check_limits(profile, "duration_seconds", s, ret_reason);

	if (r == 0)
		r = check_limits(profile, "role_session_name", s, ret_reason);
	if (r < 0)
		return r;
	s->duration = duration ? (unsigned)atoi(duration) : 0;
	s->session_name = profile_string(profile, "role_session_name");
	return 0;
}

static void make_body(const struct setup *s, struct secret *ret)
{
	char number[16];

	secret_append_string(ret, "{");
	json_append_member(ret, "roleSessionName", s->session_name);
	if (s->duration > 0) {
		snprintf(number, sizeof(number), "%u", s->duration);
		secret_append_string(
		        ret, ret->size > 1 ? ",\"durationSeconds\":" : "\"durationSeconds\":");
		secret_append_string(ret, number);
	}
	secret_append_string(ret, "}");
}

static int create_session(const struct identity *identity, const struct setup *s,
        const struct x509_signer *x509, struct aws_reply *ret, struct reason *ret_reason)
{
	_secret_ struct secret query = {}, body = {}, certificate = {}, chain = {};
	const struct sigv4_signer signer = sigv4_x509_signer(x509);
	struct http_header headers[3] = {{"Content-Type", "application/json"}};

	url_append_parameter(&query, "profileArn", s->profile_arn);
	url_append_parameter(&query, "roleArn", s->role_arn);
	url_append_parameter(&query, "trustAnchorArn", s->trust_anchor_arn);
	make_body(s, &body);
	sigv4_x509_headers(x509, &certificate, &chain);
	headers[1] = (struct http_header){"X-Amz-X509", secret_string(&certificate)};
	headers[2] = (struct http_header){"X-Amz-X509-Chain", secret_string(&chain)};
	return aws_call(
	        &(struct aws_call){
	                .identity = identity,
	                .service = SERVICE_ROLESANYWHERE,
	                .partition = partition_of_region(s->region),
	                .region = s->region,
	                .method = "POST",
	                .path = "/sessions",
	                .query = secret_string(&query),
	                .headers = headers,
	                .n_headers = chain.size > 0 ? 3 : 2,
	                .body = secret_string(&body),
	                .body_size = body.size,
	                .signer = &signer,
	                .permission = "rolesanywhere:CreateSession",
	                .refusal_fix = "check that certificate, with certificate_chain, leads to "
	                               "the trust anchor's CA, that anchor and profile are "
	                               "enabled, that the profile has the role, and that the "
	                               "role's trust policy allows rolesanywhere.amazonaws.com "
	                               "sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity",
	                .deadline = identity->deadline,
	        },
	        ret, ret_reason);
}

static int fetch_session(const struct identity *identity, const struct setup *s,
        struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(x509_signer_done) struct x509_signer x509 = {};
	_cleanup_(aws_reply_done) struct aws_reply reply = {};
	const struct x509_files files = {.certificate = s->certificate,
	        .certificate_chain = s->certificate_chain,
	        .private_key = s->private_key,
	        .passphrase_file = s->passphrase_file};
	int r = x509_signer_open(&files, timestamp_now(), &x509, ret_reason);

	if (r == 0)
		r = create_session(identity, s, &x509, &reply, ret_reason);
	if (r == 0)
		r = roles_anywhere_parse_session(secret_string(&reply.body), reply.body.size,
		        timestamp_now() + reply.skew, ret, ret_reason);
	if (r < 0)
		return reason_prefix(ret_reason, r, "IAM Roles Anywhere (%s): ", s->label);
	ret->expires_at -= reply.skew; /* by this machine's clock, right or wrong */
	ret->account_id = arn_field(s->role_arn, 4);
	ret->warning = x509.warning;
	return 1;
}

int provider_roles_anywhere(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	char label[PROFILE_LABEL_SIZE] = "no profile";
	_cleanup_(setup_done) struct setup s = {.label = label};
	int r;

	if (profile)
		profile_label(profile, label, sizeof(label));
	if (!profile || !profile_string(profile, "trust_anchor_arn")) {
		reason_set(
		        ret_reason, ENOENT, "not-set", "IAM Roles Anywhere: no trust_anchor_arn");
		return 0;
	}
	r = read_arns(profile, &s, ret_reason);
	if (r == 0)
		r = read_files(profile, &s, ret_reason);
	if (r == 0)
		r = read_session(profile, &s, ret_reason);
	return r < 0 ? r : fetch_session(identity, &s, ret, ret_reason);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/sts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fetch/api/aws-call.h"
#include "http/url-encode.h"

#define SESSION_NAME_MAX 64
#define SESSION_NAME_CHARACTERS                                                                    \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"

/* The pattern of RoleSessionName is [\w+=,.@-]{2,64}; no host name is longer than that. */
static void default_session_name(char ret[static SESSION_NAME_MAX + 1])
{
	char host[SESSION_NAME_MAX] = "";

	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	for (char *c = host; *c; c++)
		if (!strchr(SESSION_NAME_CHARACTERS, *c))
			*c = '-';
	snprintf(ret, SESSION_NAME_MAX + 1, "ecr-refresher-%.48s", *host ? host : "host");
}

static void add_role(struct secret *form, const struct sts_role *role)
{
	char session_name[SESSION_NAME_MAX + 1], seconds[16];

	default_session_name(session_name);
	url_append_parameter(form, "RoleArn", role->role_arn);
	url_append_parameter(
	        form, "RoleSessionName", role->session_name ? role->session_name : session_name);
	if (role->external_id)
		url_append_parameter(form, "ExternalId", role->external_id);
	snprintf(seconds, sizeof(seconds), "%u", role->duration_seconds);
	if (role->duration_seconds > 0)
		url_append_parameter(form, "DurationSeconds", seconds);
}

/*
 * Returns a region of the role's partition that certainly has STS, for when none is configured.
 * role_arn may be NULL.
 */
static const char *home_region(const char *role_arn)
{
	static const struct {
		const char *arn, *region;
	} homes[] = {
	        {"arn:aws-cn:", "cn-north-1"},
	        {"arn:aws-us-gov:", "us-gov-west-1"},
	        {"arn:aws-eusc:", "eusc-de-east-1"},
	        {"arn:aws-iso:", "us-iso-east-1"},
	        {"arn:aws-iso-b:", "us-isob-east-1"},
	        {"arn:aws-iso-e:", "eu-isoe-west-1"},
	        {"arn:aws-iso-f:", "us-isof-south-1"},
	};

	for (size_t i = 0; role_arn && i < ARRAY_SIZE(homes); i++)
		if (strncmp(role_arn, homes[i].arn, strlen(homes[i].arn)) == 0)
			return homes[i].region;
	return "us-east-1";
}

struct operation {
	const char *permission;
	const char *role_arn;                  /* or NULL */
	const struct credentials *credentials; /* NULL: not signed */
	const struct secret *form;
};

static int call(const struct identity *identity, const struct operation *o, struct aws_reply *ret,
        struct reason *ret_reason)
{
	static const struct http_header headers[] = {
	        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
	const char *region = identity_region(identity);

	if (!region)
		region = identity->fallback_region;
	if (!region)
		region = home_region(o->role_arn);
	if (!region_is_valid(region))
		return reason_set(ret_reason, EINVAL, "bad-region",
		        "invalid region \"%.64s\"; correct AWS_REGION or the profile", region);
	return aws_call(
	        &(struct aws_call){
	                .identity = identity,
	                .service = SERVICE_STS,
	                .partition = partition_of_region(region),
	                .region = region,
	                .method = "POST",
	                .path = "/",
	                .headers = headers,
	                .n_headers = ARRAY_SIZE(headers),
	                .body = o->form->data,
	                .body_size = o->form->size,
	                .credentials = o->credentials,
	                .permission = o->permission,
	                .deadline = identity->deadline,
	        },
	        ret, ret_reason);
}

static int fetch_credentials(const struct identity *identity, const struct operation *o,
        struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(aws_reply_done) struct aws_reply reply = {};
	int r = call(identity, o, &reply, ret_reason);

	if (r == 0)
		r = sts_parse_credentials(
		        secret_string(&reply.body), reply.body.size, ret, ret_reason);
	if (r < 0)
		return reason_prefix(ret_reason, r, "role %.200s: ", o->role_arn);
	ret->expires_at -= reply.skew; /* by this machine's clock, right or wrong */
	return 0;
}

int sts_assume_role(const struct identity *identity, const struct credentials *base,
        const struct sts_role *role, struct credentials *ret, struct reason *ret_reason)
{
	_secret_ struct secret form = {};

	secret_set_string(&form, "Action=AssumeRole&Version=2011-06-15");
	add_role(&form, role);
	return fetch_credentials(identity,
	        &(struct operation){
	                .permission = "sts:AssumeRole on this role in its trust policy and",
	                .role_arn = role->role_arn,
	                .credentials = base,
	                .form = &form},
	        ret, ret_reason);
}

int sts_assume_role_with_web_identity(const struct identity *identity, const struct secret *token,
        const struct sts_role *role, struct credentials *ret, struct reason *ret_reason)
{
	_secret_ struct secret form = {};

	secret_set_string(&form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
	add_role(&form, role);
	url_append_parameter(&form, "WebIdentityToken", secret_string(token));
	return fetch_credentials(identity,
	        &(struct operation){
	                .permission = "sts:AssumeRoleWithWebIdentity for this token's issuer and "
	                              "subject in the role's trust policy, not",
	                .role_arn = role->role_arn,
	                .form = &form},
	        ret, ret_reason);
}

int sts_get_caller_identity(const struct identity *identity, const struct credentials *credentials,
        struct sts_caller *ret, struct reason *ret_reason)
{
	_cleanup_(aws_reply_done) struct aws_reply reply = {};
	_secret_ struct secret form = {};
	int r;

	secret_set_string(&form, "Action=GetCallerIdentity&Version=2011-06-15");
	r = call(identity,
	        &(struct operation){.permission = "sts:GetCallerIdentity",
	                .credentials = credentials,
	                .form = &form},
	        &reply, ret_reason);
	if (r < 0)
		return r;
	return sts_parse_caller(secret_string(&reply.body), reply.body.size, ret, ret_reason);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/imds-reply.h"

#include <errno.h>
#include <string.h>

#include "fetch/providers/credentials-json.h"

/* botocore's refresh window, and the jitter added to it */
#define EXTENSION_SECONDS 600
#define JITTER_MIN_SECONDS 120
#define JITTER_MAX_SECONDS 600

/* IAM's limit is 64; what IAM allows in a name needs no escape in a path. */
#define ROLE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"

/* Copies the first line of a body without blanks around it. Returns false if it does not fit. */
static bool first_line(const char *body, size_t size, char *ret, size_t max)
{
	size_t n = 0;

	while (size > 0 && strchr(" \t\r\n", *body) && *body) {
		body++;
		size--;
	}
	while (n < size && body[n] != '\n')
		n++;
	while (n > 0 && strchr(" \t\r", body[n - 1]) && body[n - 1])
		n--;
	if (n >= max || memchr(body, '\0', n))
		return false;
	memcpy(ret, body, n);
	ret[n] = '\0';
	return true;
}

int imds_read_role(const char *body, size_t size, char ret[static IMDS_ROLE_MAX_SIZE],
        struct reason *ret_reason)
{
	char role[IMDS_ROLE_MAX_SIZE];

	/* "." and ".." would change the path. */
	if (!first_line(body, size, role, sizeof(role)) || !*role ||
	        role[strspn(role, ROLE_CHARACTERS)] || role[strspn(role, ".")] == '\0')
		return reason_set(ret_reason, EBADMSG, "bad-reply",
		        "EC2 metadata: the reply is not the name of a role; check that EC2 answers "
		        "there");
	memcpy(ret, role, sizeof(role));
	return 0;
}

static const char *suggest_fix(const char *code)
{
	if (strcmp(code, "AssumeRoleUnauthorizedAccess") == 0)
		return "let ec2.amazonaws.com assume the role in its trust policy";
	if (strcmp(code, "InstanceProfileNotFound") == 0)
		return "attach an instance profile that exists";
	return "see the instance's role in the IAM console";
}

int imds_read_credentials(const char *body, size_t size, const char *role, struct credentials *ret,
        struct reason *ret_reason)
{
	static const struct credentials_shape shape = {
	        .token_key = "Token", .must_be_temporary = true};
	_json_ struct json_object *root = json_parse(body, size);
	const char *code = json_member_string(root, "Code"), *what = "is not a JSON object";
	const char *text = json_member_string(root, "Message");

	if (code && strcmp(code, "Success") != 0)
		return reason_set(ret_reason, EREMOTEIO, code,
		        "EC2 metadata: no credentials for role %s: %.100s%s%.300s; %s", role, code,
		        text ? ": " : "", text ? text : "", suggest_fix(code));
	if (root && json_object_is_type(root, json_type_object) &&
	        credentials_read_json(root, &shape, ret, &what) == 0)
		return 0;
	return reason_set(ret_reason, EBADMSG, "bad-reply",
	        "EC2 metadata: the reply for role %s %s; check that EC2 answers there", role, what);
}

int imds_read_region(
        const char *body, size_t size, char ret[static REGION_MAX_SIZE], struct reason *ret_reason)
{
	char region[REGION_MAX_SIZE];

	if (!first_line(body, size, region, sizeof(region)) || !region_is_valid(region))
		return reason_set(ret_reason, EBADMSG, "bad-reply",
		        "EC2 metadata: the reply is not the name of a region; set region = in the "
		        "ini, or AWS_REGION");
	memcpy(ret, region, sizeof(region));
	return 0;
}

int64_t imds_extend(int64_t expires_at, int64_t now, double random)
{
	int64_t window = EXTENSION_SECONDS + JITTER_MIN_SECONDS +
	                 (int64_t)(random * (double)(JITTER_MAX_SECONDS - JITTER_MIN_SECONDS));

	return now >= expires_at - window ? now + window : expires_at;
}

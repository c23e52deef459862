/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/export-credentials.h"

#include "base/alloc.h"
#include "base/json.h"
#include "tap.h"

static void check_export(const char *key, const char *token, int64_t expires_at)
{
	_cleanup_(credentials_done) struct credentials c = {
	        .access_key_id = xstrdup("AKIDEXAMPLE"), .expires_at = expires_at};
	_secret_ struct secret text = {};
	_json_ struct json_object *json = NULL;

	secret_set_string(&c.secret_access_key, key);
	secret_set_string(&c.session_token, token);
	export_credentials_format(&c, &text);
	json = json_parse(text.data, text.size);
	if (!CHECK(json))
		return;
	/* A number: the AWS CLI refuses "1". */
	CHECK_INT(json_object_get_int(json_member(json, "Version", json_type_int)), 1);
	CHECK_STRING(json_member_string(json, "AccessKeyId"), "AKIDEXAMPLE");
	CHECK_STRING(json_member_string(json, "SecretAccessKey"), key);
	if (*token)
		CHECK_STRING(json_member_string(json, "SessionToken"), token);
	if (expires_at)
		CHECK_STRING(json_member_string(json, "Expiration"), "2026-11-21T11:40:00Z");
	CHECK_INT(json_object_object_length(json), 3 + !!*token + !!expires_at);
	CHECK(text.data[text.size - 1] == '\n');
}

int main(void)
{
	tap_begin("keys without expiry");
	check_export("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", 0);
	tap_end();

	tap_begin("keys of a role");
	check_export("secret", "IQoJb3JpZ2luX2VjE//////////wEaCXVzLWVhc3QtMSJHMEUC==", 1795261200);
	tap_end();

	tap_begin("characters that JSON escapes");
	check_export("a\"b\\c", "\x01\xc3\xa4", 1795261200);
	tap_end();
	return tap_finish();
}

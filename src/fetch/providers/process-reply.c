/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/process-reply.h"

#include <errno.h>

#include "base/alloc.h"
#include "fetch/providers/credentials-json.h"

static int fail(struct reason *ret_reason, const char *label, const char *what)
{
	return reason_set(ret_reason, EBADMSG, "process-output",
	        "the output of the credential_process of %s %s; expected {\"Version\": 1, "
	        "\"AccessKeyId\": …, \"SecretAccessKey\": …}",
	        label, what);
}

int process_read_credentials(const char *output, size_t size, const char *label,
        const char *account, struct credentials *ret, struct reason *ret_reason)
{
	static const struct credentials_shape shape = {.token_key = "SessionToken"};
	_json_ struct json_object *root = json_parse(output, size);
	struct json_object *version = json_member(root, "Version", json_type_int);
	const char *what;

	if (!json_object_is_type(root, json_type_object))
		return fail(ret_reason, label, size > 0 ? "is not a JSON object" : "is empty");
	if (!version || json_object_get_int64(version) != 1)
		return fail(ret_reason, label, "does not have Version 1");
	if (credentials_read_json(root, &shape, ret, &what) < 0)
		return fail(ret_reason, label, what);
	if (!ret->account_id && account)
		ret->account_id = xstrdup(account);
	return 0;
}

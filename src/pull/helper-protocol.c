/* SPDX-License-Identifier: Apache-2.0 */
/* Reads requests and formats replies. The caller controls the requests, ECR the password. */
#include "pull/helper-protocol.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "state/tokens.h"

#define BLANKS " \t\r\n"

static int read_text(const char *text, size_t size, char **ret, struct reason *ret_reason)
{
	while (size > 0 && strchr(BLANKS, text[size - 1]) && text[size - 1])
		size--;
	while (size > 0 && strchr(BLANKS, *text) && *text) {
		text++;
		size--;
	}
	if (size == 0)
		return reason_set(ret_reason, EBADMSG, "no-server", "no credentials server URL");
	if (text_has_control(text, size))
		return reason_set(ret_reason, EBADMSG, "bad-server",
		        "the credentials server URL is not one line of text");
	*ret = xstrndup(text, size);
	return 0;
}

int helper_read_server(const char *data, size_t size, char **ret, struct reason *ret_reason)
{
	return read_text(data, size, ret, ret_reason);
}

int helper_read_store(const char *data, size_t size, char **ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	const char *server, *user;

	if (!root || !json_object_is_type(root, json_type_object))
		return reason_set(ret_reason, EBADMSG, "not-json",
		        "the credentials to be stored are not a JSON object");
	server = json_member_string(root, "ServerURL");
	user = json_member_string(root, "Username");
	if (server && *server && !(user && *user))
		return reason_set(ret_reason, EBADMSG, "no-user", "no credentials username");
	return read_text(server ? server : "", server ? strlen(server) : 0, ret, ret_reason);
}

int helper_format_reply(const char *server, const struct secret *authorization, struct secret *ret,
        struct reason *ret_reason)
{
	_secret_ struct secret user = {};
	const char *password;
	int r = token_split(authorization, &user, &password, ret_reason);

	if (r < 0)
		return r;
	secret_append_string(ret, "{");
	json_append_member(ret, "ServerURL", server);
	json_append_member(ret, "Username", secret_string(&user));
	json_append_member(ret, "Secret", password);
	secret_append_string(ret, "}\n");
	return 0;
}

void helper_format_list(const struct known_registries *hosts, struct secret *ret)
{
	secret_append_string(ret, "{");
	for (size_t i = 0; i < hosts->count; i++) {
		_cleanup_(freep) char *url = xasprintf("https://%s", hosts->names[i]);

		json_append_member(ret, url, "AWS");
	}
	secret_append_string(ret, "}\n");
}

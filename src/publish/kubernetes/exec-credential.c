/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/exec-credential.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"

#define GROUP "client.authentication.k8s.io/"

bool exec_credential_is_known(const char *api_version)
{
	return strcmp(api_version, GROUP "v1") == 0 || strcmp(api_version, GROUP "v1beta1") == 0;
}

static int bad(struct reason *ret_reason, const char *command, const char *what)
{
	return reason_set(ret_reason, EBADMSG, "exec-output",
	        "the output of the exec plugin %s %s; expected the JSON of an ExecCredential with "
	        "a status",
	        command, what);
}

static void copy(struct json_object *status, const char *key, struct secret *ret)
{
	const char *value = json_member_string(status, key);

	if (value)
		secret_set_string(ret, value);
}

static int read_status(struct json_object *status, const char *command, struct exec_credential *c,
        struct reason *ret_reason)
{
	const char *expiry = json_member_string(status, "expirationTimestamp");

	copy(status, "token", &c->token);
	copy(status, "clientCertificateData", &c->certificate);
	copy(status, "clientKeyData", &c->key);
	if (expiry && timestamp_parse(expiry, &c->expires_at) < 0)
		return bad(ret_reason, command, "has an expirationTimestamp that is not RFC 3339");
	if ((c->certificate.size > 0) != (c->key.size > 0))
		return bad(ret_reason, command,
		        "has a client certificate without its key, or a "
		        "key without its certificate");
	if (c->token.size == 0 && c->certificate.size == 0)
		return bad(ret_reason, command, "has neither a token nor a client certificate");
	return 0;
}

int exec_credential_parse(const char *data, size_t size, const char *api_version,
        const char *command, struct exec_credential *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	_cleanup_(exec_credential_done) struct exec_credential c = {};
	const char *version = json_member_string(root, "apiVersion");
	const char *kind = json_member_string(root, "kind");
	int r;

	if (size == 0)
		return bad(ret_reason, command, "is empty");
	if (!json_object_is_type(root, json_type_object))
		return bad(ret_reason, command, "is not a JSON object");
	if (!kind || strcmp(kind, "ExecCredential") != 0)
		return bad(ret_reason, command, "is not an ExecCredential");
	if (!version || strcmp(version, api_version) != 0)
		return bad(ret_reason, command, "has another apiVersion than the kubeconfig names");
	r = read_status(json_member(root, "status", json_type_object), command, &c, ret_reason);
	if (r < 0)
		return r;
	*ret = c;
	c = (struct exec_credential){};
	return 0;
}

void exec_credential_done(struct exec_credential *c)
{
	secret_done(&c->token);
	secret_done(&c->certificate);
	secret_done(&c->key);
	*c = (struct exec_credential){};
}

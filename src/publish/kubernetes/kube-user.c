/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-user.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "publish/kubernetes/certificate-validity.h"
#include "publish/kubernetes/kube-exec.h"

#define TOKEN_FILE_MAX_SIZE (64 * 1024)

int kube_user_read_token(const char *path, struct kube_access *access, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = file_read(AT_FDCWD, path, TOKEN_FILE_MAX_SIZE, &text);
	size_t size = text.size;

	if (r < 0)
		return reason_set(ret_reason, -r, "kubeconfig",
		        "the token file %s cannot be read: %s; make it readable for the user we "
		        "run as",
		        path, strerror(-r));
	while (size > 0 && strchr(" \t\r\n", text.data[size - 1]))
		size--;
	if (size == 0)
		return reason_set(
		        ret_reason, ENODATA, "kubeconfig", "the token file %s is empty", path);
	kube_access_set_bearer(access, text.data, size);
	return 0;
}

static void set_basic(const struct kubeconfig_user *user, struct kube_access *access)
{
	_secret_ struct secret text = {};

	secret_set_string(&text, user->username);
	secret_append_string(&text, ":");
	secret_append_string(&text, secret_string(&user->password));
	secret_set_string(&access->authorization, "Basic ");
	base64_encode(text.data, text.size, &access->authorization);
}

static int read_certificate(
        const struct kubeconfig_user *user, struct kube_access *access, struct reason *ret_reason)
{
	int r = 0;

	if (user->certificate.size > 0)
		secret_set(&access->certificate, user->certificate.data, user->certificate.size);
	else if (user->certificate_file)
		r = kube_access_read_pem(user->certificate_file, user->origin, "client-certificate",
		        &access->certificate, ret_reason);
	if (r < 0)
		return r;
	if (user->key.size > 0)
		secret_set(&access->key, user->key.data, user->key.size);
	else if (user->key_file)
		r = kube_access_read_pem(
		        user->key_file, user->origin, "client-key", &access->key, ret_reason);
	if (r < 0)
		return r;
	if ((access->certificate.size > 0) == (access->key.size > 0))
		return 0;
	return reason_set(ret_reason, EBADMSG, "kubeconfig", "%s: the user %s has a client %s",
	        user->origin, user->name,
	        access->key.size > 0 ? "key without its client-certificate"
	                             : "certificate without its client-key");
}

/* A server only replies 401 to an expired certificate. */
static int check_expiry(
        const char *origin, const struct kube_access *access, struct reason *ret_reason)
{
	char when[TIMESTAMP_MAX_SIZE];
	int64_t t;

	if (access->certificate.size == 0 || certificate_expiry(&access->certificate, &t) < 0 ||
	        t > timestamp_now())
		return 0;
	return reason_set(ret_reason, EKEYEXPIRED, "certificate-expired",
	        "the client certificate of %s expired at %s; have the cluster sign a new one (with "
	        "kubeadm: kubeadm certs renew), or correct this machine's clock",
	        origin, timestamp_format(t, when));
}

/* client-go also refuses the first of these; it has no code for the second. */
static int check_methods(const struct kubeconfig_user *user, struct reason *ret_reason)
{
	if ((user->token_file || user->token.size > 0) && user->username)
		return reason_set(ret_reason, EINVAL, "kubeconfig",
		        "%s: the user %s has a token and a username; remove one of them",
		        user->origin, user->name);
	if (user->auth_provider)
		return reason_set(ret_reason, ENOTSUP, "kubeconfig",
		        "%s: the user %s has the auth-provider %s, which Kubernetes no longer "
		        "supports; use its exec plugin instead",
		        user->origin, user->name, user->auth_provider);
	return 0;
}

/* Escapes what a header's name may not have (RFC 9110, 5.6.2), as client-go does. */
static char *escape_key(const char *key)
{
	_secret_ struct secret text = {};

	for (const unsigned char *c = (const unsigned char *)key; *c; c++) {
		char lower[2] = {(char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c)};

		if ((lower[0] >= 'a' && lower[0] <= 'z') || (*c >= '0' && *c <= '9') ||
		        strchr("!#$&'*+-.^_`|~", *c)) {
			secret_append_string(&text, lower);
		} else {
			char escaped[4];

			snprintf(escaped, sizeof(escaped), "%%%02X", *c);
			secret_append_string(&text, escaped);
		}
	}
	return xstrdup(secret_string(&text));
}

static void add_header(struct kube_access *access, char *name, const char *value)
{
	struct kube_header *h =
	        array_append(&access->impersonation, &access->n_impersonation, sizeof(*h));

	h->name = name;
	h->value = xstrdup(value);
}

/* "User impersonation" in Kubernetes' docs. */
static void impersonate(const struct kubeconfig_user *user, struct kube_access *access)
{
	if (!user->as)
		return;
	add_header(access, xstrdup("Impersonate-User"), user->as);
	if (user->as_uid)
		add_header(access, xstrdup("Impersonate-Uid"), user->as_uid);
	for (size_t i = 0; i < user->n_as_groups; i++)
		add_header(access, xstrdup("Impersonate-Group"), user->as_groups[i]);
	for (size_t i = 0; i < user->n_as_extra; i++) {
		_cleanup_(freep) char *key = escape_key(user->as_extra[i].key);

		add_header(access, xasprintf("Impersonate-Extra-%s", key), user->as_extra[i].value);
	}
}

static int add_secret(const struct kubeconfig_user *user, uint64_t deadline,
        struct kube_access *access, struct reason *ret_reason)
{
	if (user->token_file)
		return kube_user_read_token(user->token_file, access, ret_reason);
	if (user->token.size > 0)
		kube_access_set_bearer(access, user->token.data, user->token.size);
	else if (user->username)
		set_basic(user, access);
	else if (user->exec)
		return kube_exec_run(user->exec, deadline, access, ret_reason);
	return 0;
}

int kube_user_find(const struct kubeconfig_user *user, uint64_t deadline,
        struct kube_access *access, struct reason *ret_reason)
{
	_cleanup_(freep) char *origin = xasprintf("the user %s in %s%s%s", user->name, user->origin,
	        user->as ? " acting as " : "", user->as ? user->as : "");
	int r = check_methods(user, ret_reason);

	impersonate(user, access);
	if (r == 0)
		r = read_certificate(user, access, ret_reason);
	if (r == 0)
		r = add_secret(user, deadline, access, ret_reason);
	if (r == 0)
		r = check_expiry(origin, access, ret_reason);
	access->user_origin = TAKE_PTR(origin);
	return r;
}

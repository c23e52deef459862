/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define PEM_MAX_SIZE (256 * 1024)

void kube_access_set_bearer(struct kube_access *a, const char *token, size_t size)
{
	secret_set_string(&a->authorization, "Bearer ");
	secret_append(&a->authorization, token, size);
}

int kube_access_read_pem(const char *path, const char *origin, const char *what, struct secret *ret,
        struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = file_read(AT_FDCWD, path, PEM_MAX_SIZE, &text);

	if (r < 0)
		return reason_set(ret_reason, -r, "kubeconfig",
		        "%s: its %s, %s, cannot be read: %s; make it readable for the user we run "
		        "as",
		        origin, what, path, strerror(-r));
	if (!strstr(secret_string(&text), "-----BEGIN "))
		return reason_set(
		        ret_reason, EBADMSG, "kubeconfig", "%s: %s is not PEM", origin, path);
	secret_move(ret, &text);
	return 0;
}

void kube_access_done(struct kube_access *a)
{
	free(a->server);
	free(a->server_origin);
	free(a->trust_origin);
	free(a->user_origin);
	free(a->server_name);
	free(a->exposed);
	secret_free_string(a->proxy);
	secret_done(&a->ca);
	secret_done(&a->authorization);
	secret_done(&a->certificate);
	secret_done(&a->key);
	for (size_t i = 0; i < a->n_impersonation; i++) {
		free(a->impersonation[i].name);
		free(a->impersonation[i].value);
	}
	free(a->impersonation);
	*a = (struct kube_access){};
}

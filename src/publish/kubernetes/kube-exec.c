/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-exec.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "base/timestamp.h"
#include "publish/kubernetes/exec-credential.h"

#define INFO "KUBERNETES_EXEC_INFO"

struct environment {
	char **items;
	size_t count;
};

static void environment_done(struct environment *e)
{
	for (size_t i = 0; i < e->count; i++)
		secret_free_string(e->items[i]);
	free(e->items);
}

static void add(struct environment *e, const char *item)
{
	*(char **)array_append(&e->items, &e->count, sizeof(char *)) = item ? xstrdup(item) : NULL;
}

static bool has(const struct environment *e, const char *item)
{
	size_t name = strcspn(item, "=") + 1;

	for (size_t i = 0; i < e->count; i++)
		if (strncmp(e->items[i], item, name) == 0)
			return true;
	return false;
}

static void add_cluster(const struct kube_access *access, struct secret *text)
{
	_secret_ struct secret ca = {};

	secret_append_string(text, ",\"cluster\":{");
	json_append_member(text, "server", access->server);
	json_append_member(text, "tls-server-name", access->server_name);
	if (access->is_insecure)
		secret_append_string(text, ",\"insecure-skip-tls-verify\":true");
	base64_encode(access->ca.data, access->ca.size, &ca);
	if (ca.size > 0)
		json_append_member(text, "certificate-authority-data", ca.data);
	json_append_member(text, "proxy-url", access->proxy);
	secret_append_string(text, ",\"config\":null}");
}

static void make_environment(
        const struct kubeconfig_exec *exec, const struct kube_access *access, struct environment *e)
{
	_secret_ struct secret info = {};

	secret_set_string(&info, INFO "={\"kind\":\"ExecCredential\"");
	json_append_member(&info, "apiVersion", exec->api_version);
	secret_append_string(&info, ",\"spec\":{\"interactive\":false");
	if (exec->wants_cluster)
		add_cluster(access, &info);
	secret_append_string(&info, "}}");
	add(e, info.data);
	for (size_t i = 0; i < exec->n_environment; i++)
		if (!has(e, exec->environment[i]))
			add(e, exec->environment[i]);
	for (char **item = environ; *item; item++)
		if (!has(e, *item))
			add(e, *item);
	add(e, NULL);
}

static int check_plugin(const struct kubeconfig_exec *exec, struct reason *ret_reason)
{
	if (!exec->api_version || !exec_credential_is_known(exec->api_version))
		return reason_set(ret_reason, ENOTSUP, "kubeconfig",
		        "the exec plugin %s has the apiVersion %s; expected "
		        "client.authentication.k8s.io/v1 or v1beta1",
		        exec->command, exec->api_version ? exec->api_version : "(none)");
	if (exec->interactive_mode && strcmp(exec->interactive_mode, "Always") == 0)
		return reason_set(ret_reason, ENOTSUP, "exec-interactive",
		        "the exec plugin %s has interactiveMode: Always, but there is no terminal; "
		        "use credentials that need no input",
		        exec->command);
	return 0;
}

static int explain_failure(const struct kubeconfig_exec *exec, int error, struct reason *ret_reason)
{
	const char *hint = exec->install_hint ? exec->install_hint : "";

	if (error == -ETIMEDOUT)
		return reason_set(ret_reason, ETIMEDOUT, "exec-timeout",
		        "the exec plugin %s did not exit in time and was killed; it has no "
		        "terminal to ask for input",
		        exec->command);
	if (error == -EFBIG)
		return reason_set(ret_reason, EFBIG, "exec-output",
		        "the exec plugin %s printed more than 64 KiB and was killed; expected the "
		        "JSON of an ExecCredential",
		        exec->command);
	return reason_set(ret_reason, -error, "exec-failed",
	        "the exec plugin %s cannot be run: %s%s%.300s", exec->command, strerror(-error),
	        *hint ? "; " : "", hint);
}

static int check_status(const struct kubeconfig_exec *exec, int status, struct reason *ret_reason)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return reason_set(ret_reason, EIO, "exec-failed",
		        "the exec plugin %s exited with status %d; run it by hand, as the user "
		        "ecr-refresher, to see why",
		        exec->command, WEXITSTATUS(status));
	return reason_set(ret_reason, EIO, "exec-failed",
	        "the exec plugin %s was killed by signal %d", exec->command, WTERMSIG(status));
}

static int run_plugin(const struct kubeconfig_exec *exec, uint64_t deadline,
        const struct kube_access *access, struct secret *ret, struct reason *ret_reason)
{
	_cleanup_(environment_done) struct environment e = {};
	_cleanup_(freep) const char **argv = xcalloc(exec->n_args + 2, sizeof(*argv));
	int r, status = 0;

	argv[0] = exec->command;
	for (size_t i = 0; i < exec->n_args; i++)
		argv[i + 1] = exec->args[i];
	make_environment(exec, access, &e);
	e.count--; /* the NULL is not freed */
	r = subprocess_run(&(struct subprocess){argv, e.items}, deadline, ret, &status);
	return r < 0 ? explain_failure(exec, r, ret_reason)
	             : check_status(exec, status, ret_reason);
}

static int use_credential(const struct kubeconfig_exec *exec, struct exec_credential *c,
        struct kube_access *access, struct reason *ret_reason)
{
	char when[TIMESTAMP_MAX_SIZE];

	if (c->expires_at && c->expires_at <= timestamp_now())
		return reason_set(ret_reason, EKEYEXPIRED, "exec-expired",
		        "the exec plugin %s printed credentials that expired at %s; make it renew "
		        "them, or correct this machine's clock",
		        exec->command, timestamp_format(c->expires_at, when));
	if (c->token.size > 0)
		kube_access_set_bearer(access, c->token.data, c->token.size);
	if (c->certificate.size > 0) {
		secret_set(&access->certificate, c->certificate.data, c->certificate.size);
		secret_set(&access->key, c->key.data, c->key.size);
	}
	return 0;
}

int kube_exec_run(const struct kubeconfig_exec *exec, uint64_t deadline, struct kube_access *access,
        struct reason *ret_reason)
{
	_cleanup_(exec_credential_done) struct exec_credential c = {};
	_secret_ struct secret output = {};
	int r = check_plugin(exec, ret_reason);

	if (r == 0)
		r = run_plugin(exec, deadline, access, &output, ret_reason);
	if (r == 0)
		r = exec_credential_parse(secret_string(&output), output.size, exec->api_version,
		        exec->command, &c, ret_reason);
	return r < 0 ? r : use_credential(exec, &c, access, ret_reason);
}

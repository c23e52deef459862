/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-access-find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"
#include "config/paths.h"
#include "publish/kubernetes/kube-user.h"
#include "publish/kubernetes/kubeconfig-parse.h"

#define IN_CLUSTER "in-cluster"
#define POD_DIR "/var/run/secrets/kubernetes.io/serviceaccount"
#define MAX_FILES 32 /* in KUBECONFIG */

static char *without_slash(const char *url)
{
	size_t size = strlen(url);

	while (size > 0 && url[size - 1] == '/')
		size--;
	return xstrndup(url, size);
}

/* Messages contain the server, so one that may have a password is neither used nor repeated. */
static int check_server(const struct kube_access *a, struct reason *ret_reason)
{
	if (strchr(a->server, '@'))
		return reason_set(ret_reason, EINVAL, "kubeconfig",
		        "%s: has a user or a password; they belong in username and password, or "
		        "token, of the kubeconfig's user",
		        a->server_origin);
	if (strncmp(a->server, "https://", 8) == 0 || strncmp(a->server, "http://", 7) == 0)
		return 0;
	return reason_set(ret_reason, EINVAL, "kubeconfig",
	        "%s: '%s' is not a URL; expected https://HOST:PORT", a->server_origin, a->server);
}

static int use_cluster(
        const struct kubeconfig_cluster *c, struct kube_access *a, struct reason *ret_reason)
{
	int r;

	a->server = without_slash(c->server);
	a->server_origin = xasprintf("server of the cluster %s in %s", c->name, c->origin);
	a->trust_origin =
	        xasprintf("certificate-authority of the cluster %s in %s", c->name, c->origin);
	a->server_name = c->tls_server_name ? xstrdup(c->tls_server_name) : NULL;
	a->proxy = c->proxy_url ? xstrdup(c->proxy_url) : NULL;
	a->is_insecure = c->is_insecure;
	r = check_server(a, ret_reason);
	if (r < 0)
		return r;
	if (c->ca.size > 0)
		secret_set(&a->ca, c->ca.data, c->ca.size);
	else if (c->ca_file && !c->is_insecure)
		return kube_access_read_pem(
		        c->ca_file, c->origin, "certificate-authority", &a->ca, ret_reason);
	return 0;
}

static char *absolute_path(const char *path)
{
	_cleanup_(freep) char *here = *path == '/' ? NULL : realpath(".", NULL);

	return here ? xasprintf("%s/%s", here, path) : xstrdup(path);
}

/* A user who can write it chooses what we run, and one who can read it has our credentials. */
static void check_mode(const char *path, struct kubeconfig *kubeconfig)
{
	struct stat st;

	if (!kubeconfig->exposed && stat(path, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)))
		kubeconfig->exposed = xstrdup(path);
}

/* Returns 1 if the file does not exist and may_be_missing. */
static int add_file(const char *path, bool may_be_missing, struct kubeconfig *kubeconfig,
        struct reason *ret_reason)
{
	_cleanup_(freep) char *name = absolute_path(path);
	_secret_ struct secret text = {};
	int r = file_read(AT_FDCWD, name, KUBECONFIG_MAX_SIZE, &text);

	if (r == -ENOENT && may_be_missing)
		return 1;
	if (r == -EFBIG)
		return reason_set(ret_reason, EFBIG, "kubeconfig", "%s is larger than %d KiB", name,
		        KUBECONFIG_MAX_SIZE / 1024);
	if (r < 0)
		return reason_set(ret_reason, -r, "kubeconfig",
		        "%s cannot be read: %s; make it readable for the user we run as, or pass "
		        "it as a systemd credential (LoadCredential=)",
		        name, strerror(-r));
	check_mode(name, kubeconfig);
	return kubeconfig_parse(secret_string(&text), text.size, name, kubeconfig, ret_reason);
}

/* Reads the files of a list, separated by colons, that exist. Returns their number, or as
 * add_file().
 */
static int add_list(const char *list, struct kubeconfig *kubeconfig, struct reason *ret_reason)
{
	_cleanup_(freep) char *files = xstrdup(list);
	char *state = NULL;
	int found = 0, n = 0;

	for (char *file = strtok_r(files, ":", &state); file; file = strtok_r(NULL, ":", &state)) {
		int r;

		if (++n > MAX_FILES)
			return reason_set(ret_reason, E2BIG, "kubeconfig",
			        "KUBECONFIG names more than %d files", MAX_FILES);
		r = add_file(file, true, kubeconfig, ret_reason);
		if (r < 0)
			return r;
		found += r == 0;
	}
	return found;
}

/*
 * Reads the files of $KUBECONFIG. If none exists, fails as kubectl does instead of falling back to
 * ~/.kube/config. kubectl would then use the pod's service account; we do not, because a typo must
 * not send tokens to another cluster.
 */
static int add_variable(const char *list, struct kubeconfig *kubeconfig, struct reason *ret_reason)
{
	int r = add_list(list, kubeconfig, ret_reason);

	if (r == 0)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        list[strspn(list, ":")]
		                ? "none of the files that KUBECONFIG names exists: %.600s; correct "
		                  "or unset the variable, or write 'kubeconfig = FILE'"
		                : "KUBECONFIG is '%.600s', which names no file; correct or unset "
		                  "the variable, or write 'kubeconfig = FILE'",
		        list);
	return r < 0 ? r : 0;
}

static int add_credential(
        const char *name, struct kubeconfig *kubeconfig, struct reason *ret_reason)
{
	const char *dir = environment_get("CREDENTIALS_DIRECTORY");
	_cleanup_(freep) char *path = dir ? xasprintf("%s/%s", dir, name) : NULL;

	if (!path || access(path, F_OK) < 0)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "there is no systemd credential '%s'; add LoadCredential=%s:FILE to "
		        "ecr-refresher.service, or write the absolute path of the kubeconfig",
		        name, name);
	return add_file(path, false, kubeconfig, ret_reason);
}

/*
 * Reads the kubeconfig that the section names, or else those that kubectl would use: $KUBECONFIG,
 * or else ~/.kube/config. Returns 1 if the pod's service account is used instead.
 */
static int find_kubeconfig(
        const char *name, struct kubeconfig *kubeconfig, struct reason *ret_reason)
{
	const char *list = getenv("KUBECONFIG"); /* " " is a file name to kubectl */
	_cleanup_(freep) char *path = NULL;

	if (!name && list && *list)
		return add_variable(list, kubeconfig, ret_reason);
	if (name && strcmp(name, IN_CLUSTER) == 0)
		return 1;
	if (name && !strchr(name, '/'))
		return add_credential(name, kubeconfig, ret_reason);
	path = paths_expand(name ? name : "~/.kube/config");
	return add_file(path, !name, kubeconfig, ret_reason);
}

static int use_kubeconfig(const struct kubeconfig *kubeconfig, const char *context,
        uint64_t deadline, struct kube_access *a, struct reason *ret_reason)
{
	const struct kubeconfig_cluster *cluster;
	const struct kubeconfig_user *user;
	int r = kubeconfig_select(kubeconfig, context, &cluster, &user, ret_reason);

	if (r == 0)
		r = use_cluster(cluster, a, ret_reason);
	if (kubeconfig->exposed)
		a->exposed = xstrdup(kubeconfig->exposed);
	return r < 0 || !user ? r : kube_user_find(user, deadline, a, ret_reason);
}

/* Uses what kubelet gives each pod ("Accessing the Kubernetes API from a Pod"). */
static int use_pod(struct kube_access *a, struct reason *ret_reason)
{
	const char *host = environment_get("KUBERNETES_SERVICE_HOST");
	const char *port = environment_get("KUBERNETES_SERVICE_PORT");
	int r;

	if (!host || !port)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "there is no kubeconfig, and this is not a pod "
		        "(KUBERNETES_SERVICE_HOST is not set); write 'kubeconfig = FILE'");
	a->server = xasprintf(strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
	a->server_origin = xstrdup("KUBERNETES_SERVICE_HOST");
	a->trust_origin = xstrdup(POD_DIR "/ca.crt");
	a->user_origin = xstrdup("the service account of this pod");
	r = kube_access_read_pem(POD_DIR "/ca.crt", "the pod", "CA", &a->ca, ret_reason);
	return r < 0 ? r : kube_user_read_token(POD_DIR "/token", a, ret_reason);
}

int kube_access_find(const struct config_kubernetes *config, uint64_t deadline,
        struct kube_access *ret, struct reason *ret_reason)
{
	_cleanup_(kubeconfig_done) struct kubeconfig kubeconfig = {};
	_cleanup_(kube_access_done) struct kube_access a = {};
	int r = find_kubeconfig(config->kubeconfig, &kubeconfig, ret_reason);

	if (r == 0)
		r = use_kubeconfig(&kubeconfig, config->context, deadline, &a, ret_reason);
	else if (r > 0)
		r = use_pod(&a, ret_reason);
	if (r < 0)
		return r;
	*ret = a;
	a = (struct kube_access){};
	return 0;
}

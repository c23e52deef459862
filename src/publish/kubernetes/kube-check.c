/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster itself reports what we may do ("SelfSubjectAccessReview" in Kubernetes' docs). We ask
 * about what a run needs and nothing else.
 */
#include "publish/kubernetes/kube-check.h"

#include <string.h>

#include "base/alloc.h"
#include "publish/kubernetes/kube-client.h"
#include "publish/kubernetes/kube-spec.h"

#define REVIEWS "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

struct need {
	const char *verb;
	const char *resource;
	const char *name; /* or NULL */
	bool is_cluster_wide;
};

/* Without it, a change of the Secret by others is not noticed before its token is renewed. */
#define LIST_SECRETS(config)                                                                       \
	(&(struct need){"list", "secrets", (config)->secret, .is_cluster_wide = true})

struct check {
	const struct config_kubernetes *config;
	struct kube_client client;
	const char *namespace; /* an example; NULL: all */
	struct finding *finding;
	struct reason reason; /* why the cluster could not be asked, or code "" */
	size_t missing;
};

/* If the names of namespaces are not known, we need the rights in all. */
static const char *example_namespace(const struct config_kubernetes *config)
{
	if (kube_spec_needs_list(config))
		return NULL;
	for (size_t i = 0; i < config->n_namespaces; i++)
		if (*config->namespaces[i] != '!')
			return config->namespaces[i];
	return NULL;
}

static void make_review(const struct check *c, const struct need *need, struct secret *ret)
{
	secret_set_string(ret, "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":"
	                       "\"SelfSubjectAccessReview\",\"spec\":{\"resourceAttributes\":{");
	json_append_member(ret, "verb", need->verb);
	json_append_member(ret, "resource", need->resource);
	json_append_member(ret, "name", need->name);
	if (!need->is_cluster_wide)
		json_append_member(ret, "namespace", c->namespace);
	secret_append_string(ret, "}}}");
}

/* Returns 1 if we may do that, 0 if not, or a negative errno with a reason. */
static int ask_cluster(struct check *c, const struct need *need)
{
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret body = {};
	const struct kube_request request = {.method = "POST",
	        .path = REVIEWS,
	        .content_type = "application/json",
	        .body = &body,
	        .verb = "create",
	        .resource = "selfsubjectaccessreviews"};
	struct json_object *status;
	int r;

	make_review(c, need, &body);
	r = kube_call(&c->client, &request, &reply, &c->reason);
	if (r < 0)
		return r;
	status = json_member(reply.body, "status", json_type_object);
	return json_object_get_boolean(json_member(status, "allowed", json_type_boolean));
}

static int check_need(struct check *c, const struct need *need)
{
	_cleanup_(freep) char *names =
	        need->name ? xasprintf("resourceNames: [\"%s\"], ", need->name) : xstrdup("");
	int r = ask_cluster(c, need);

	if (r != 0)
		return r < 0 ? r : 0;
	c->missing++;
	finding_add_line(c->finding,
	        "may not %s %s%s%s: the role needs {apiGroups: [\"\"], resources: [\"%s\"], "
	        "%sverbs: [\"%s\"]}",
	        need->verb, need->resource, need->is_cluster_wide || !c->namespace ? "" : " in ",
	        need->is_cluster_wide || !c->namespace ? "" : c->namespace, need->resource, names,
	        need->verb);
	return 0;
}

static int check_account(struct check *c, const char *account)
{
	int r = check_need(c, &(struct need){"get", "serviceaccounts", account});

	return r < 0 ? r : check_need(c, &(struct need){"patch", "serviceaccounts", account});
}

/* Either right is needed to distinguish our Secret from another program's. */
static int check_reading(struct check *c)
{
	int r = ask_cluster(c, LIST_SECRETS(c->config));

	if (r != 0)
		return r < 0 ? r : 0;
	finding_add_line(c->finding,
	        "may not list secrets of this name: changes by others are not noticed before the "
	        "next token");
	return check_need(c, &(struct need){"get", "secrets", c->config->secret});
}

static int check_needs(struct check *c)
{
	static const char *const verbs[] = {"create", "patch", "delete"};
	int r = 0;

	if (kube_spec_needs_list(c->config))
		r = check_need(c, &(struct need){"list", "namespaces", .is_cluster_wide = true});
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(verbs); i++)
		r = check_need(c, &(struct need){verbs[i], "secrets", c->config->secret});
	if (r == 0)
		r = check_reading(c);
	for (size_t i = 0; r == 0 && i < c->config->n_service_accounts; i++)
		r = check_account(c, c->config->service_accounts[i]);
	return r;
}

static void add_access(const struct check *c)
{
	finding_add_line(c->finding, "server      %s", c->client.access.server);
	if (c->client.access.user_origin)
		finding_add_line(c->finding, "as          %s", c->client.access.user_origin);
	if (c->client.access.is_insecure)
		finding_add_line(c->finding,
		        "insecure-skip-tls-verify is set: anyone on the network path can read the "
		        "tokens; use the cluster's certificate-authority instead");
}

void kube_check(const struct config_sink *sink, char *const *hosts, size_t n_hosts, bool online,
        uint64_t deadline, struct findings *ret)
{
	struct check c = {.config = &sink->kubernetes};

	c.finding = findings_add(ret, FINDING_GOOD, "[kubernetes %s]", sink->name);
	if (kube_client_open(c.config, deadline, &c.client, &c.reason) == 0) {
		add_access(&c);
		c.namespace = example_namespace(c.config);
		if (online)
			check_needs(&c);
	}
	if (c.reason.code[0])
		finding_add_line(c.finding, "%s", c.reason.text);
	if (c.reason.code[0] || c.missing > 0) {
		c.finding->severity = FINDING_BAD;
		c.finding->code = "cluster";
	}
	kube_client_done(&c.client);
}

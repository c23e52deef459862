/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-spec.h"

#include <fnmatch.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"

bool kube_spec_wants(const struct config_kubernetes *config, const char *namespace)
{
	bool has_positive = false, is_wanted = false;

	for (size_t i = 0; i < config->n_namespaces; i++) {
		const char *pattern = config->namespaces[i];
		bool is_exclusion = *pattern == '!';

		if (fnmatch(pattern + is_exclusion, namespace, 0) == 0) {
			if (is_exclusion)
				return false;
			is_wanted = true;
		}
		has_positive |= !is_exclusion;
	}
	return is_wanted || !has_positive;
}

bool kube_spec_needs_list(const struct config_kubernetes *config)
{
	bool has_name = false;

	if (config->namespace_selector)
		return true;
	for (size_t i = 0; i < config->n_namespaces; i++) {
		if (*config->namespaces[i] == '!')
			continue;
		if (strpbrk(config->namespaces[i], "*?["))
			return true;
		has_name = true;
	}
	return !has_name;
}

/* Appends a login as it is: docker has only strings in one. */
static void append_login(struct json_object *login, struct secret *text)
{
	secret_append_string(text, ":{");
	json_object_object_foreach(login, key, value)
	{
		(void)value;
		if (json_member_string(login, key)) {
			secret_append_string(text, text->data[text->size - 1] == '{' ? "" : ",");
			json_append_string(text, key);
			secret_append_string(text, ":");
			json_append_string(text, json_member_string(login, key));
		}
	}
	secret_append_string(text, "}");
}

static void append_kept(
        const struct sink_run *sink_run, struct json_object *kept, struct secret *text)
{
	json_object_object_foreach(kept, host, login)
	{
		if (!json_object_is_type(login, json_type_object) ||
		        !sink_lacks_token(sink_run, host))
			continue;
		secret_append_string(text, text->data[text->size - 1] == '{' ? "" : ",");
		json_append_string(text, host);
		append_login(login, text);
	}
}

/* Appends docker's config.json: {"auths": {HOST: {"auth": …}}}. */
static void append_config_json(
        const struct sink_run *sink_run, struct json_object *kept, struct secret *text)
{
	secret_append_string(text, "{\"auths\":{");
	for (size_t i = 0; i < sink_run->n_tokens; i++) {
		secret_append_string(text, i > 0 ? "," : "");
		json_append_string(text, sink_run->tokens[i].host);
		secret_append_string(text, ":{\"auth\":");
		json_append_string(text, secret_string(sink_run->tokens[i].authorization));
		secret_append_string(text, "}");
	}
	if (kept)
		append_kept(sink_run, kept, text);
	secret_append_string(text, "}}");
}

static void append_pairs(
        const struct config_pair *pairs, size_t n, bool has_first, struct secret *text)
{
	for (size_t i = 0; i < n; i++) {
		secret_append_string(text, i > 0 || has_first ? "," : "");
		json_append_string(text, pairs[i].key);
		secret_append_string(text, ":");
		json_append_string(text, pairs[i].value);
	}
}

static bool sets_managed_by(const struct config_kubernetes *config)
{
	for (size_t i = 0; i < config->n_labels; i++)
		if (strcmp(config->labels[i].key, KUBE_MANAGED_BY) == 0)
			return true;
	return false;
}

static void append_metadata(const struct config_kubernetes *config, const char *namespace,
        const struct kube_object *object, struct secret *text)
{
	bool adds_ours = !sets_managed_by(config);

	secret_append_string(text, "{");
	json_append_member(text, "name", config->secret);
	json_append_member(text, "namespace", namespace);
	json_append_member(text, "uid", object ? object->uid : NULL);
	json_append_member(text, "resourceVersion", object ? object->version : NULL);
	secret_append_string(text, ",\"labels\":{");
	if (adds_ours)
		secret_append_string(text, "\"" KUBE_MANAGED_BY "\":\"" KUBE_MANAGER "\"");
	append_pairs(config->labels, config->n_labels, adds_ours, text);
	secret_append_string(text, "}");
	/* With an empty map, we would own the field. */
	if (config->n_annotations > 0) {
		secret_append_string(text, ",\"annotations\":{");
		append_pairs(config->annotations, config->n_annotations, false, text);
		secret_append_string(text, "}");
	}
	secret_append_string(text, "}");
}

void kube_spec_secret(const struct config_kubernetes *config, const struct sink_run *sink_run,
        const char *namespace, const struct kube_object *object, struct json_object *kept,
        struct secret *ret)
{
	_secret_ struct secret json = {};

	append_config_json(sink_run, kept, &json);
	secret_append_string(ret, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":");
	append_metadata(config, namespace, object, ret);
	secret_append_string(ret, ",\"type\":\"kubernetes.io/dockerconfigjson\",\"data\":"
	                          "{\"" KUBE_CONTENT "\":\"");
	base64_encode(json.data, json.size, ret);
	secret_append_string(ret, "\"}}");
}

uint64_t kube_spec_hash(const struct config_kubernetes *config, const struct sink_run *sink_run)
{
	_secret_ struct secret text = {};

	kube_spec_secret(config, sink_run, "", NULL, NULL, &text);
	return sink_hash_missing(sink_hash(0, text.data, text.size), sink_run);
}

void kube_spec_pull_secrets(
        char *const *names, size_t n_names, const char *version, struct secret *ret)
{
	secret_append_string(ret, "{\"metadata\":{");
	json_append_member(ret, "resourceVersion", version);
	secret_append_string(ret, "},\"imagePullSecrets\":[");
	for (size_t i = 0; i < n_names; i++) {
		secret_append_string(ret, i > 0 ? ",{" : "{");
		json_append_member(ret, "name", names[i]);
		secret_append_string(ret, "}");
	}
	secret_append_string(ret, "]}");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kubeconfig-reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"

int kubeconfig_fail(
        const struct kubeconfig_reader *r, const yaml_node_t *node, const char *format, ...)
{
	_cleanup_(freep) char *what = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&what, format, ap) < 0)
		abort();
	va_end(ap);
	return reason_set(r->reason, EBADMSG, "kubeconfig", "%s:%u: %s", r->path,
	        node ? yaml_tree_line(node) : 1, what);
}

char *kubeconfig_copy(struct kubeconfig_reader *r, yaml_node_t *node, const char *key)
{
	const char *text = yaml_tree_string(&r->tree, node, key);

	return text && *text ? xstrdup(text) : NULL;
}

char *kubeconfig_absolute_path(const struct kubeconfig_reader *r, const char *path)
{
	const char *slash = strrchr(r->path, '/');

	if (*path == '/' || !slash)
		return xstrdup(path);
	return xasprintf("%.*s/%s", (int)(slash - r->path), r->path, path);
}

char *kubeconfig_copy_path(struct kubeconfig_reader *r, yaml_node_t *node, const char *key)
{
	const char *text = yaml_tree_string(&r->tree, node, key);

	return text && *text ? kubeconfig_absolute_path(r, text) : NULL;
}

void kubeconfig_copy_secret(
        struct kubeconfig_reader *r, yaml_node_t *node, const char *key, struct secret *ret)
{
	const char *text = yaml_tree_string(&r->tree, node, key);

	if (text)
		secret_set_string(ret, text);
}

int kubeconfig_copy_data(
        struct kubeconfig_reader *r, yaml_node_t *node, const char *key, struct secret *ret)
{
	yaml_node_t *value = yaml_tree_get(&r->tree, node, key);
	const char *text = yaml_tree_text(value);
	_secret_ struct secret packed = {};

	for (; text && *text; text++)
		if (!strchr(" \t\r\n", *text))
			secret_append(&packed, text, 1);
	if (packed.size == 0 || base64_decode(packed.data, packed.size, ret) == 0)
		return 0;
	return kubeconfig_fail(r, value, "%s is not base64", key);
}

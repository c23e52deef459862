/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: the API pages of the Rancher 1.x documentation (registry, registryCredential, common
 * fields, pagination, errors) and the generated schemas of Rancher 2's project API.
 */
#include "publish/rancher/rancher-reply.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "publish/redact.h"

static int fail_reply(struct reason *ret_reason, const char *what)
{
	return reason_set(ret_reason, EBADMSG, "bad-reply",
	        "the reply is not from Rancher's API (%s); is this really Rancher, or a proxy's "
	        "page?",
	        what);
}

/* Reports whether it is an id that may become part of a URL. */
static bool is_id(const char *id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-._:";
	size_t size = id ? strlen(id) : 0;

	return size > 0 && size < RANCHER_ID_MAX_SIZE && strspn(id, letters) == size &&
	       strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

static char *copy_member(struct json_object *object, const char *key)
{
	const char *value = json_member_string(object, key);

	return value ? xstrdup(value) : NULL;
}

static bool is_one_of(const char *state, const char *const *states, size_t n)
{
	for (size_t i = 0; state && i < n; i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

/* The states of a registryCredential. A project may have none. */
static void read_state(struct json_object *object, struct rancher_row *row)
{
	static const char *const active[] = {
	        "active", "activating", "registering", "requested", "updating-active"};
	static const char *const inactive[] = {"inactive", "deactivating", "updating-inactive"};
	static const char *const removed[] = {"removed", "removing", "purged", "purging"};
	const char *state = json_member_string(object, "state");

	row->is_active = is_one_of(state, active, ARRAY_SIZE(active));
	row->is_inactive = is_one_of(state, inactive, ARRAY_SIZE(inactive));
	row->is_removed = is_one_of(state, removed, ARRAY_SIZE(removed)) ||
	                  json_member(object, "removed", json_type_string);
}

static void read_hosts(struct json_object *object, struct rancher_row *row)
{
	struct json_object *registries = json_member(object, "registries", json_type_object);
	char **slot;

	if (!registries)
		return;
	row->has_registries = true;
	json_object_object_foreach(registries, host, entry)
	{
		(void)entry;
		slot = array_append(&row->hosts, &row->n_hosts, sizeof(*row->hosts));
		*slot = xstrdup(host);
	}
}

/* Returns false if it has no usable id. */
static bool read_row(struct json_object *object, struct rancher_row *ret)
{
	struct json_object *labels = json_member(object, "labels", json_type_object);
	struct json_object *links = json_member(object, "links", json_type_object);
	const char *id = json_member_string(object, "id");
	const char *label = labels ? json_member_string(labels, RANCHER_LABEL) : NULL;

	if (!is_id(id))
		return false;
	*ret = (struct rancher_row){
	        .id = xstrdup(id),
	        .name = copy_member(object, "name"),
	        .address = copy_member(object, "serverAddress"),
	        .registry_id = copy_member(object, "registryId"),
	        .can_update = links && json_member(links, "update", json_type_string),
	        .is_ours = label && strcmp(label, RANCHER_LABEL_VALUE) == 0,
	};
	read_state(object, ret);
	read_hosts(object, ret);
	return true;
}

/*
 * Only the query of the link is used: its address is the server's own name for itself, which may
 * not be the address we use, and our keys are not sent there.
 */
static int read_next(struct json_object *root, struct rancher_list *list, struct reason *ret_reason)
{
	struct json_object *pagination = json_member(root, "pagination", json_type_object);
	const char *next = pagination ? json_member_string(pagination, "next") : NULL;
	const char *query = next ? strchr(next, '?') : NULL;

	list->next[0] = '\0';
	if (!next)
		return 0;
	if (!query || strlen(query + 1) >= sizeof(list->next))
		return fail_reply(ret_reason, "a link to the next page without a query");
	if (!text_is_visible(query, strlen(query)) || strchr(query, '#'))
		return fail_reply(ret_reason, "a link to the next page that is not a URL");
	strcpy(list->next, query + 1);
	return 0;
}

static bool has_members(struct json_object *object)
{
	return object && json_object_object_length(object) > 0;
}

int rancher_list_parse(
        const char *body, size_t size, struct rancher_list *list, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(body, size);
	struct json_object *data = root ? json_member(root, "data", json_type_array) : NULL;

	if (!root)
		return fail_reply(ret_reason, "not JSON");
	if (!data)
		return fail_reply(ret_reason, "not a list");
	list->can_create = has_members(json_member(root, "createTypes", json_type_object));
	for (size_t i = 0; i < json_object_array_length(data); i++) {
		struct rancher_row row;

		if (list->count == RANCHER_MAX_ROWS)
			return reason_set(ret_reason, EFBIG, "too-many-rows",
			        "Rancher lists more than %d rows", RANCHER_MAX_ROWS);
		if (read_row(json_object_array_get_idx(data, i), &row))
			*(struct rancher_row *)array_append(
			        &list->rows, &list->count, sizeof(row)) = row;
	}
	return read_next(root, list, ret_reason);
}

int rancher_row_parse(
        const char *body, size_t size, struct rancher_row *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(body, size);

	if (!root)
		return fail_reply(ret_reason, "not JSON");
	if (!read_row(root, ret))
		return fail_reply(ret_reason, "no id");
	return 0;
}

static void copy_printable(struct json_object *root, const char *key, char *buffer, size_t size)
{
	_cleanup_(freep) char *value = redact(json_member_string(root, key));

	snprintf(buffer, size, "%s", value);
	text_sanitize(buffer);
}

void rancher_error_parse(const char *body, size_t size, struct rancher_error *ret)
{
	_json_ struct json_object *root = json_parse(body, size);

	*ret = (struct rancher_error){};
	if (!root)
		return;
	copy_printable(root, "code", ret->code, sizeof(ret->code));
	copy_printable(root, "message", ret->message, sizeof(ret->message));
	copy_printable(root, "fieldName", ret->field, sizeof(ret->field));
}

/* Rancher 1 lists ids, Rancher 2 lists paths. */
static enum rancher_api api_of_row(struct json_object *row)
{
	struct json_object *version = json_member(row, "apiVersion", json_type_object);
	const char *id = json_member_string(row, "id");
	const char *path = version ? json_member_string(version, "path") : NULL;

	if (path && strcmp(path, "/v3") == 0)
		return RANCHER_API_V3;
	if (id && strcmp(id, "v2-beta") == 0)
		return RANCHER_API_V2_BETA;
	return id && strcmp(id, "v1") == 0 ? RANCHER_API_V1 : RANCHER_API_UNKNOWN;
}

enum rancher_api rancher_root_parse(const char *body, size_t size)
{
	_json_ struct json_object *root = json_parse(body, size);
	struct json_object *data = root ? json_member(root, "data", json_type_array) : NULL;
	enum rancher_api best = RANCHER_API_UNKNOWN;

	for (size_t i = 0; data && i < json_object_array_length(data); i++) {
		enum rancher_api api = api_of_row(json_object_array_get_idx(data, i));

		if (api > best)
			best = api;
	}
	return best;
}

const char *rancher_list_names(const struct rancher_list *list, char *buffer, size_t size)
{
	size_t used = (size_t)snprintf(buffer, size, "%s", list->count == 0 ? "none" : "");

	for (size_t i = 0; i < list->count && used + 8 < size; i++) {
		const struct rancher_row *row = &list->rows[i];

		if (strlen(row->id) + (row->name ? strlen(row->name) : 0) + used + 16 >= size) {
			snprintf(buffer + used, size - used, ", …");
			break;
		}
		used += (size_t)snprintf(buffer + used, size - used, "%s%s%s%s%s",
		        i > 0 ? ", " : "", row->name ? row->name : "", row->name ? " (" : "",
		        row->id, row->name ? ")" : "");
	}
	return buffer;
}

void rancher_row_done(struct rancher_row *row)
{
	free(row->id);
	free(row->name);
	free(row->address);
	free(row->registry_id);
	for (size_t i = 0; i < row->n_hosts; i++)
		free(row->hosts[i]);
	free(row->hosts);
	*row = (struct rancher_row){};
}

void rancher_list_done(struct rancher_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		rancher_row_done(&list->rows[i]);
	free(list->rows);
	*list = (struct rancher_list){};
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The object is a Secret, and sent as a whole each time, so its registries are those of the section
 * and no others. One of that name that somebody else filled is left alone. One that we made where
 * the ini no longer wants it is taken out.
 */

#include "rancher3.h"

#include <errno.h>
#include <string.h>

#include "../common/alloc.h"
#include "../common/json.h"
#include "../common/parallel.h"

#define OF_PROJECT "docker-credential"
#define OF_NAMESPACE "namespaced-docker-credential"
#define MOST_PLACES 8 /* at a time */

/* Where an object of ours is, or is to be. */
struct place {
	struct rancher_server *server;
	struct publish_section *section;
	char *project;   /* "c-m1abc:p-x2def" */
	char *namespace; /* or NULL: the whole project */
	char *name;      /* of the object */
	size_t target;   /* index in section->fresh */
	char *uid;       /* of the object that we made, or NULL */
	bool is_to_go;
	bool is_gone;
	int error; /* of the server: -ECOMM; the reason says why */
	struct reason reason;
};

struct run {
	struct rancher_server *server;
	struct publish_section *section;
	struct place *places;
	size_t n_places;
	uint64_t hash; /* of what is to be sent everywhere */
};

static void run_done(struct run *run)
{
	for (size_t i = 0; i < run->n_places; i++) {
		free(run->places[i].project);
		free(run->places[i].namespace);
		free(run->places[i].name);
		free(run->places[i].uid);
	}
	free(run->places);
}

/* "/v3/project/c-m1abc:p-x2def/dockerCredentials/…" */
static char *make_path(const struct place *p, const char *id)
{
	return xasprintf("/v3/project/%s/%s%s%s", p->project,
	        p->namespace ? "namespacedDockerCredentials" : "dockerCredentials", id ? "/" : "",
	        id ? id : "");
}

static void append_registries(const struct publish_section *s, struct secret *ret)
{
	secret_append_string(ret, ",\"registries\":{");
	for (size_t i = 0; i < s->n_tokens; i++) {
		if (i > 0)
			secret_append_string(ret, ",");
		json_append_string(ret, s->tokens[i].host);
		secret_append_string(ret, ":{");
		json_append_member(ret, "username", s->tokens[i].username);
		json_append_member(ret, "password", s->tokens[i].password);
		secret_append_string(ret, "}");
	}
	secret_append_string(ret, "}");
}

static void make_body(const struct place *p, struct secret *ret)
{
	secret_append_string(ret, "{");
	json_append_member(
	        ret, "type", p->namespace ? "namespacedDockerCredential" : "dockerCredential");
	json_append_member(ret, "name", p->name);
	json_append_member(ret, "namespaceId", p->namespace);
	secret_append_string(ret, ",\"labels\":{");
	json_append_member(ret, RANCHER_LABEL, RANCHER_LABEL_VALUE);
	secret_append_string(ret, "}");
	append_registries(p->section, ret);
	secret_append_string(ret, "}");
}

/* A project that is not there: which ones are. */
static int explain_missing(const struct place *p, struct reason *ret_reason)
{
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	char names[512];

	if (rancher_call_list(p->server, "/v3/projects", &list, NULL) < 0)
		snprintf(names, sizeof(names), "(the list was refused)");
	else
		rancher_names(&list, names, sizeof(names));
	return reason_set(ret_reason, ENOENT, "no-such-project",
	        "there is no project %.100s, or the token is not for it; it sees: %s; correct "
	        "projects in %s",
	        p->project, names, p->server->label);
}

static int put(struct place *p, const char *id, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, id);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};

	make_body(p, &body);
	return rancher_change_row(p->server, "PUT", path, &body, &row, NULL, ret_reason);
}

static int post(struct place *p, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, NULL);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};
	int r;

	make_body(p, &body);
	r = rancher_call_row(p->server, "POST", path, &body, &row, NULL, ret_reason);
	if (r == -EBUSY)
		return reason_set(ret_reason, EEXIST, "name-taken",
		        "in %s%s%s a Secret with the name %s is there already, and it is no "
		        "registry credential of this kind; choose another name, secret = in %s",
		        p->project, p->namespace ? "/" : "", p->namespace ? p->namespace : "",
		        p->name, p->server->label);
	if (r == -ENOENT && p->namespace)
		return reason_set(ret_reason, ENOENT, "no-such-namespace",
		        "there is no namespace %s in the project %s; correct projects in %s",
		        p->namespace, p->project, p->server->label);
	if (r == 0)
		p->uid = TAKE_PTR(row.id);
	return r;
}

static bool is_named(const struct place *p, const struct rancher_row *row)
{
	size_t n = p->namespace ? strlen(p->namespace) : 0;

	if (!row->name || strcmp(row->name, p->name) != 0 || row->is_removed)
		return false;
	return !p->namespace || (strncmp(row->id, p->namespace, n) == 0 && row->id[n] == ':');
}

/* Replacing it takes nothing from anybody. */
static bool may_be_replaced(const struct place *p, const struct rancher_row *row)
{
	const struct publish_section *s = p->section;

	for (size_t i = 0; i < row->n_hosts && !row->is_ours; i++) {
		bool is_known = false;

		for (size_t k = 0; k < s->n_tokens; k++)
			is_known |= strcmp(s->tokens[k].host, row->hosts[i]) == 0;
		if (!is_known)
			return false;
	}
	return true;
}

/* What a check can tell of rights without using them. */
static int check_right(struct place *p, bool is_given, const char *verb, struct reason *ret_reason)
{
	if (!p->section->is_dry || is_given)
		return 0;
	return reason_set(ret_reason, EACCES, "Forbidden",
	        "in the project %s %s may not %s registry credentials; give its user a role there "
	        "that may manage secrets, such as Project Member",
	        p->project, p->server->keys_origin, verb);
}

/* Looks for it, and makes it where it is not. */
static int find_and_send(struct place *p, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, NULL);
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	int r = rancher_call_list(p->server, path, &list, ret_reason);

	if (r < 0)
		return r == -ENOENT ? explain_missing(p, ret_reason) : r;
	for (size_t i = 0; i < list.count; i++) {
		const struct rancher_row *row = &list.rows[i];

		if (!is_named(p, row))
			continue;
		if (!may_be_replaced(p, row))
			return reason_set(ret_reason, EEXIST, "not-ours",
			        "the registry credential %s in %s is somebody else's: it has "
			        "registries that are not in %s; choose another name, secret = "
			        "there, or remove it",
			        row->id, p->project, p->server->label);
		r = check_right(p, row->can_update, "change", ret_reason);
		return r < 0 ? r : put(p, row->id, ret_reason);
	}
	r = check_right(p, list.can_create, "make", ret_reason);
	return r < 0 ? r : post(p, ret_reason);
}

static int send_object(struct place *p, struct reason *ret_reason)
{
	int r = p->uid && !p->section->is_dry ? put(p, p->uid, ret_reason) : -ENOENT;

	if (r != -ENOENT)
		return r;
	free(p->uid);
	p->uid = NULL;
	return find_and_send(p, ret_reason);
}

static int take_out(struct place *p, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, p->uid);
	_secret_ struct secret answer = {};
	int r = rancher_call(p->server, "DELETE", path, NULL, &answer, NULL, ret_reason);

	if (r == -ENOENT)
		r = 0;
	p->is_gone = r == 0;
	return r;
}

static void work(void *userdata, size_t i)
{
	struct run *run = userdata;
	struct place *p = &run->places[i];

	p->error = p->is_to_go ? take_out(p, &p->reason) : send_object(p, &p->reason);
}

/* "CLUSTER:PROJECT" or "CLUSTER:PROJECT/NAMESPACE". */
static bool read_word(const char *word, char **ret_project, char **ret_namespace)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-._";
	size_t cluster = strspn(word, letters), project;
	const char *rest = word + cluster;

	if (cluster == 0 || *rest++ != ':')
		return false;
	project = strspn(rest, letters);
	rest += project;
	if (project == 0 || (*rest && *rest != '/'))
		return false;
	if (*rest == '/' && (!rest[1] || rest[1 + strspn(rest + 1, letters)]))
		return false;
	*ret_project = xstrndup(word, (size_t)(rest - word));
	*ret_namespace = *rest ? xstrdup(rest + 1) : NULL;
	return true;
}

static struct place *add_place(struct run *run)
{
	struct place *p = array_append(&run->places, &run->n_places, sizeof(*p));

	p->server = run->server;
	p->section = run->section;
	return p;
}

static void add_word(struct run *run, const char *word)
{
	const char *name = run->server->config->secret;
	_cleanup_(freep) char *target_name = xasprintf("%s/%s", word, name);
	_cleanup_(freep) char *project = NULL, *namespace = NULL;
	bool is_good = read_word(word, &project, &namespace);
	struct published_target *t =
	        publish_target(run->section, namespace ? OF_NAMESPACE : OF_PROJECT, target_name);
	struct place *p;

	if (!is_good) {
		reason_set(&t->failure, EINVAL, "bad-project",
		        "%.100s is no project of Rancher 2; expected CLUSTER:PROJECT, such as "
		        "c-m-abc12:p-def34, or CLUSTER:PROJECT/NAMESPACE, in projects of %s",
		        word, run->server->label);
		return;
	}
	if (!run->section->force && !t->failure.code[0] && t->hash == run->hash)
		return;
	p = add_place(run);
	p->target = run->section->fresh->n_targets - 1;
	p->project = TAKE_PTR(project);
	p->namespace = TAKE_PTR(namespace);
	p->name = xstrdup(name);
	p->uid = t->uid ? xstrdup(t->uid) : NULL;
}

/* What we made and is no longer asked for. */
static void add_old(struct run *run, const struct published_target *old)
{
	const char *slash = strrchr(old->name, '/');
	_cleanup_(freep) char *word = NULL;
	char *project, *namespace;
	struct place *p;

	if (!old->uid || !slash || published_find_target(run->section->fresh, old->kind, old->name))
		return;
	word = xstrndup(old->name, (size_t)(slash - old->name));
	if (!read_word(word, &project, &namespace))
		return;
	publish_target(run->section, old->kind, old->name);
	p = add_place(run);
	p->target = run->section->fresh->n_targets - 1;
	p->project = project;
	p->namespace = namespace;
	p->name = xstrdup(slash + 1);
	p->uid = xstrdup(old->uid);
	p->is_to_go = true;
}

static void conclude_place(struct run *run, struct place *p)
{
	struct published_target *t = &run->section->fresh->targets[p->target];

	if (p->error == -ECOMM)
		return;
	if (p->error < 0) {
		t->failure = p->reason;
		return;
	}
	t->failure = (struct reason){};
	t->hash = run->hash;
	t->published_at = run->section->now;
	free(t->uid);
	t->uid = TAKE_PTR(p->uid);
}

/* Targets of places that are gone; from behind, for the others' indices. */
static void remove_gone(struct run *run)
{
	struct published_section *s = run->section->fresh;

	for (size_t i = run->n_places; i-- > 0;) {
		size_t target = run->places[i].target;

		if (!run->places[i].is_gone)
			continue;
		published_target_done(&s->targets[target]);
		s->n_targets--;
		memmove(&s->targets[target], &s->targets[target + 1],
		        (s->n_targets - target) * sizeof(*s->targets));
	}
}

static int conclude(struct run *run, struct reason *ret_reason)
{
	int r = 0;

	for (size_t i = 0; i < run->n_places; i++) {
		conclude_place(run, &run->places[i]);
		if (run->places[i].error != -ECOMM || r < 0)
			continue;
		*ret_reason = run->places[i].reason;
		r = -ECOMM;
	}
	remove_gone(run);
	return r;
}

static int fail_without_projects(struct rancher_server *server, struct reason *ret_reason)
{
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	char names[512];
	int r = rancher_call_list(server, "/v3/projects", &list, ret_reason);

	if (r < 0)
		return r;
	return reason_set(ret_reason, EINVAL, "no-projects",
	        "Rancher 2 keeps registry credentials in projects, and %s names none; expected "
	        "projects = CLUSTER:PROJECT; the token sees: %s",
	        server->label, rancher_names(&list, names, sizeof(names)));
}

int rancher3_publish(struct rancher_server *server, struct publish_section *section)
{
	const struct config_rancher *config = server->config;
	_cleanup_(run_done) struct run run = {.server = server,
	        .section = section,
	        .hash = publish_hash_string(publish_tokens_hash(section), server->url.server)};

	if (config->n_projects == 0 && !*server->url.project)
		return fail_without_projects(server, &section->fresh->failure);
	for (size_t i = 0; i < config->n_projects; i++)
		add_word(&run, config->projects[i]);
	if (config->n_projects == 0)
		add_word(&run, server->url.project);
	for (size_t i = 0; i < section->old->n_targets; i++)
		add_old(&run, &section->old->targets[i]);
	parallel_run_at_most(MOST_PLACES, run.n_places, work, &run);
	return conclude(&run, &section->fresh->failure);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The administrator controls the names, in the ini. */
#include "status/metrics.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/timespan.h"

#define PREFIX "ecr_refresher_"

enum metric_type { METRIC_GAUGE, METRIC_COUNTER };

struct metric_label {
	const char *name;
	const char *value; /* any bytes; made printable and escaped here */
};

/* Adds the lines that introduce a metric; its samples follow. */
static void add_family(
        struct secret *text, const char *name, enum metric_type type, const char *help)
{
	_cleanup_(freep) char *lines = xasprintf("# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	        type == METRIC_COUNTER ? "counter" : "gauge");

	secret_append_string(text, lines);
}

/* Escapes backslash and quote; a printable value has no line feed. */
static void append_label(struct secret *text, const struct metric_label *label)
{
	_cleanup_(freep) char *value = xstrdup(label->value);

	text_sanitize(value);
	secret_append_string(text, label->name);
	secret_append_string(text, "=\"");
	for (const char *c = value; *c; c++) {
		if (*c == '"' || *c == '\\')
			secret_append(text, "\\", 1);
		secret_append(text, c, 1);
	}
	secret_append_string(text, "\"");
}

/*
 * Adds a sample. No two samples of a metric may have the same labels, or the collector refuses the
 * whole file. Fifteen digits hold every time and every counter.
 */
static void add_sample(struct secret *text, const char *name, const struct metric_label *labels,
        size_t n_labels, double value)
{
	_cleanup_(freep) char *number = xasprintf(" %.15g\n", value);

	secret_append_string(text, name);
	for (size_t i = 0; i < n_labels; i++) {
		secret_append_string(text, i > 0 ? "," : "{");
		append_label(text, &labels[i]);
	}
	secret_append_string(text, n_labels > 0 ? "}" : "");
	secret_append_string(text, number);
}

static void add_single(struct secret *text, const char *name, enum metric_type type,
        const char *help, double value)
{
	add_family(text, name, type, help);
	add_sample(text, name, NULL, 0, value);
}

/* Returns the expiry, or 0 if it is unknown because the clock was ahead at the fetch. */
static int64_t expiry(const struct status_registry *r)
{
	return r->life == TOKEN_AHEAD ? 0 : r->expires_at;
}

/* Reports whether this registry represents all with its labels; "auto" can resolve to a named one.
 */
static bool is_shown(const struct status *s, size_t index)
{
	const struct status_registry *r = &s->registries[index];

	for (size_t i = 0; i < s->n_registries; i++) {
		const struct status_registry *other = &s->registries[i];

		if (i == index || strcmp(other->host, r->host) != 0 ||
		        strcmp(other->identity, r->identity) != 0)
			continue;
		if (expiry(other) > expiry(r) || (expiry(other) == expiry(r) && i < index))
			return false;
	}
	return true;
}

/* A metric of each token. */
struct token_metric {
	const char *name;
	const char *help;
	int64_t (*value)(const struct status_registry *r); /* 0: nothing, where may_be_absent */
	bool may_be_absent;
};

static int64_t last_success(const struct status_registry *r)
{
	return r->fetched_at;
}

static int64_t renewal(const struct status_registry *r)
{
	return r->life == TOKEN_AHEAD ? 0 : r->renewal;
}

static int64_t is_failing(const struct status_registry *r)
{
	return strcmp(r->state, "fresh") != 0;
}

static const struct token_metric token_metrics[] = {
        {PREFIX "token_expiry_timestamp_seconds",
                "When the token of the registry expires; absent before the first one.", expiry,
                true},
        {PREFIX "token_renewal_timestamp_seconds", "When the token is due for renewal.", renewal,
                true},
        {PREFIX "token_last_success_timestamp_seconds",
                "When a token was last fetched for the registry.", last_success, true},
        {PREFIX "token_failing",
                "Whether there is no valid token, or the latest attempt to renew it failed.",
                is_failing, false},
};

static void add_tokens(struct secret *text, const struct status *s)
{
	for (size_t m = 0; m < ARRAY_SIZE(token_metrics); m++) {
		const struct token_metric *metric = &token_metrics[m];

		add_family(text, metric->name, METRIC_GAUGE, metric->help);
		for (size_t i = 0; i < s->n_registries; i++) {
			const struct status_registry *r = &s->registries[i];
			struct metric_label labels[] = {
			        {"registry", r->host}, {"identity", r->identity}};
			int64_t value = metric->value(r);

			if (is_shown(s, i) && (value != 0 || !metric->may_be_absent))
				add_sample(text, metric->name, labels, ARRAY_SIZE(labels),
				        (double)value);
		}
	}
}

static void add_files(struct secret *text, const struct status *s)
{
	static const char name[] = PREFIX "file_failing";

	add_family(text, name, METRIC_GAUGE,
	        "Whether the file of the user lacks a valid token that belongs in it.");
	for (size_t i = 0; i < s->n_files; i++) {
		const struct status_file *f = &s->files[i];
		struct metric_label labels[] = {{"user", f->user}, {"file", f->file}};

		add_sample(text, name, labels, ARRAY_SIZE(labels), strcmp(f->state, "fresh") != 0);
	}
}

static size_t count_targets(const struct status_cluster *c, const char *state)
{
	size_t n = 0;

	for (size_t i = 0; c->section && i < c->section->n_targets; i++)
		n += strcmp(status_of_target(&c->section->targets[i]), state) == 0;
	return n;
}

static void add_targets(struct secret *text, const struct status *s)
{
	static const char name[] = PREFIX "cluster_targets";
	static const char *const states[] = {"fresh", "failed"};

	add_family(text, name, METRIC_GAUGE, "Secrets and other objects in the cluster, by state.");
	for (size_t i = 0; i < s->n_clusters; i++)
		for (size_t k = 0; k < ARRAY_SIZE(states); k++) {
			const struct status_cluster *c = &s->clusters[i];
			struct metric_label labels[] = {
			        {"kind", c->kind}, {"cluster", c->name}, {"state", states[k]}};

			add_sample(text, name, labels, ARRAY_SIZE(labels),
			        (double)count_targets(c, states[k]));
		}
}

static void add_clusters(struct secret *text, const struct status *s)
{
	static const char failing[] = PREFIX "cluster_failing";
	static const char expiry_name[] = PREFIX "cluster_expiry_timestamp_seconds";

	add_family(text, failing, METRIC_GAUGE,
	        "Whether the cluster lacks something that the ini configures.");
	for (size_t i = 0; i < s->n_clusters; i++) {
		const struct status_cluster *c = &s->clusters[i];
		struct metric_label labels[] = {{"kind", c->kind}, {"cluster", c->name}};

		add_sample(
		        text, failing, labels, ARRAY_SIZE(labels), strcmp(c->state, "fresh") != 0);
	}
	add_family(text, expiry_name, METRIC_GAUGE,
	        "When the first of the tokens in the cluster expires.");
	for (size_t i = 0; i < s->n_clusters; i++) {
		const struct status_cluster *c = &s->clusters[i];
		struct metric_label labels[] = {{"kind", c->kind}, {"cluster", c->name}};

		if (c->section && c->section->expires_at)
			add_sample(text, expiry_name, labels, ARRAY_SIZE(labels),
			        (double)c->section->expires_at);
	}
	add_targets(text, s);
}

static void add_counters(struct secret *text, const struct record_counters *c)
{
	add_single(text, PREFIX "token_failures_total", METRIC_COUNTER,
	        "Attempts to fetch a token that failed.", (double)c->token_failures);
	add_single(text, PREFIX "file_failures_total", METRIC_COUNTER,
	        "Attempts to bring a file up to date that failed.", (double)c->file_failures);
	add_single(text, PREFIX "files_written_total", METRIC_COUNTER, "Files that were changed.",
	        (double)c->files_written);
	add_single(text, PREFIX "files_repaired_total", METRIC_COUNTER,
	        "Files that were changed because an entry in them had been lost or replaced.",
	        (double)c->files_repaired);
}

static void add_run(struct secret *text, const struct metrics_run *run)
{
	add_single(text, PREFIX "last_run_timestamp_seconds", METRIC_GAUGE,
	        "When the latest run ended.", (double)run->ended_at);
	add_single(text, PREFIX "last_run_duration_seconds", METRIC_GAUGE,
	        "How long it took; in the service without the stage that calls AWS.",
	        (double)run->duration_usec / (double)USEC_PER_SEC);
	add_single(text, PREFIX "last_run_success", METRIC_GAUGE,
	        "Whether every registry and file was served.", run->succeeded);
}

void metrics_format(const struct status *status, const struct record_counters *counters,
        const struct metrics_run *run, struct secret *ret)
{
	static const struct metric_label version = {"version", PROJECT_VERSION};

	add_family(
	        ret, PREFIX "build_info", METRIC_GAUGE, "The version that wrote this; always 1.");
	add_sample(ret, PREFIX "build_info", &version, 1, 1);
	add_tokens(ret, status);
	add_files(ret, status);
	add_clusters(ret, status);
	add_counters(ret, counters);
	add_run(ret, run);
}

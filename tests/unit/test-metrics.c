/* SPDX-License-Identifier: Apache-2.0 */
/* The text for Prometheus: the exact samples, also with special characters in names of files. */
#include "status/metrics.h"

#include "base/alloc.h"
#include "status/status-judge.h"
#include "tap.h"

#define NOW INT64_C(1795261200) /* 2026-11-21T11:40:00Z */
#define A "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
#define B "222222222222.dkr.ecr.us-east-1.amazonaws.com"

struct state {
	struct status status;
	struct secret text;
};

static void state_done(struct state *s)
{
	status_done(&s->status);
	secret_done(&s->text);
}

static struct status_registry *add_registry(
        struct status *s, const char *host, const char *identity, int64_t expires_at)
{
	struct status_registry *r = array_append(&s->registries, &s->n_registries, sizeof(*r));

	r->host = xstrdup(host);
	r->identity = xstrdup(identity);
	r->expires_at = expires_at;
	r->fetched_at = expires_at ? expires_at - 43200 : 0;
	r->renewal = expires_at ? expires_at - 21600 : 0;
	return r;
}

static struct status_file *add_file(struct status *s, const char *user, const char *file)
{
	struct status_file *f = array_append(&s->files, &s->n_files, sizeof(*f));

	f->user = xstrdup(user);
	f->file = xstrdup(file);
	return f;
}

static const char *format(struct state *s)
{
	static const struct record_counters counters = {
	        .files_written = 12, .files_repaired = 3, .file_failures = 4, .token_failures = 5};
	static const struct metrics_run run = {
	        .ended_at = NOW, .duration_usec = 1250, .succeeded = true};

	status_judge(&s->status, NOW);
	metrics_format(&s->status, &counters, &run, &s->text);
	return secret_string(&s->text);
}

static bool has_line(const char *text, const char *line)
{
	const char *at = text;
	size_t n = strlen(line);

	while ((at = strstr(at, line))) {
		if ((at == text || at[-1] == '\n') && at[n] == '\n')
			return true;
		at += n;
	}
	return false;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void test_nothing(void)
{
	_cleanup_(state_done) struct state s = {};
	const char *text;

	tap_begin("every metric has its HELP and TYPE if nothing is configured");
	text = format(&s);
	CHECK(has_line(text, "# TYPE ecr_refresher_token_expiry_timestamp_seconds gauge"));
	CHECK(has_line(text, "# TYPE ecr_refresher_file_failing gauge"));
	CHECK(!strstr(text, "registry=") && !strstr(text, "user="));
	CHECK(has_line(text, "ecr_refresher_build_info{version=\"" PROJECT_VERSION "\"} 1"));
	CHECK(has_line(text, "# TYPE ecr_refresher_files_written_total counter"));
	CHECK(has_line(text, "ecr_refresher_files_written_total 12"));
	CHECK(has_line(text, "ecr_refresher_files_repaired_total 3"));
	CHECK(has_line(text, "ecr_refresher_file_failures_total 4"));
	CHECK(has_line(text, "ecr_refresher_token_failures_total 5"));
	CHECK(has_line(text, "ecr_refresher_last_run_timestamp_seconds 1795261200"));
	CHECK(has_line(text, "ecr_refresher_last_run_duration_seconds 0.00125"));
	CHECK(has_line(text, "ecr_refresher_last_run_success 1"));
	CHECK_INT(count(text, "# HELP "), count(text, "# TYPE "));
	CHECK(text[strlen(text) - 1] == '\n');
	tap_end();
}

#define OF(metric, host, identity, value)                                                          \
	"ecr_refresher_" metric "{registry=\"" host "\",identity=\"" identity "\"} " value

static void test_tokens(void)
{
	_cleanup_(state_done) struct state s = {};
	const char *text;

	tap_begin("each registry has its samples, without times that do not exist");
	add_registry(&s.status, A, "", NOW + 21600);
	add_registry(&s.status, B, "prod", 0);
	add_registry(&s.status, A, "old", NOW - 1);
	add_registry(&s.status, A, "failing", NOW + 60)->failing_since = NOW - 60;
	text = format(&s);
	CHECK(has_line(text, OF("token_expiry_timestamp_seconds", A, "", "1795282800")));
	CHECK(has_line(text, OF("token_renewal_timestamp_seconds", A, "", "1795261200")));
	CHECK(has_line(text, OF("token_last_success_timestamp_seconds", A, "", "1795239600")));
	CHECK(has_line(text, OF("token_failing", A, "", "0")));
	CHECK(has_line(text, OF("token_failing", B, "prod", "1")));
	CHECK(!strstr(text, OF("token_expiry_timestamp_seconds", B, "prod", "")));
	CHECK(has_line(text, OF("token_expiry_timestamp_seconds", A, "old", "1795261199")));
	CHECK(has_line(text, OF("token_failing", A, "old", "1")));
	CHECK(has_line(text, OF("token_failing", A, "failing", "1")));
	tap_end();
}

static void test_files(void)
{
	_cleanup_(state_done) struct state s = {};
	const char *text;

	tap_begin("each file has a sample");
	add_file(&s.status, "alice", "~/.docker/config.json");
	reason_set(&add_file(&s.status, "bob", "/x")->failure, 1, "EACCES", "no");
	add_file(&s.status, "bob", "/y")->is_pending = true;
	text = format(&s);
	CHECK(has_line(text,
	        "ecr_refresher_file_failing{user=\"alice\",file=\"~/.docker/config.json\"} 0"));
	CHECK(has_line(text, "ecr_refresher_file_failing{user=\"bob\",file=\"/x\"} 1"));
	CHECK(has_line(text, "ecr_refresher_file_failing{user=\"bob\",file=\"/y\"} 1"));
	tap_end();
}

/* node_exporter refuses the whole file if two samples have the same labels. */
static void test_duplicates(void)
{
	_cleanup_(state_done) struct state s = {};
	const char *text;

	tap_begin("a registry configured by name and as auto has one sample, the better");
	add_registry(&s.status, A, "", NOW - 60);
	add_registry(&s.status, A, "", NOW + 60);
	add_registry(&s.status, B, "", NOW + 60);
	add_registry(&s.status, B, "", NOW + 60);
	text = format(&s);
	CHECK_INT(count(text, OF("token_failing", A, "", "")), 1);
	CHECK(has_line(text, OF("token_failing", A, "", "0")));
	CHECK_INT(count(text, OF("token_failing", B, "", "")), 1);
	tap_end();
}

static void test_clusters(void)
{
	struct published_target targets[3] = {};
	struct published_section section = {
	        .expires_at = NOW + 60, .targets = targets, .n_targets = ARRAY_SIZE(targets)};
	struct status_cluster clusters[] = {
	        {.kind = "kubernetes", .name = xstrdup("prod"), .section = &section},
	        {.kind = "rancher", .name = xstrdup("lab")}};
	_cleanup_(state_done) struct state s = {};
	const char *text;

	tap_begin("each cluster, and the number of its objects per state");
	reason_set(&targets[1].failure, 1, "forbidden", "no");
	for (size_t i = 0; i < ARRAY_SIZE(clusters); i++)
		*(struct status_cluster *)array_append(
		        &s.status.clusters, &s.status.n_clusters, sizeof(*clusters)) = clusters[i];
	text = format(&s);
#define CLUSTER(kind, name) "{kind=\"" kind "\",cluster=\"" name "\""
#define TARGETS(state)                                                                             \
	"ecr_refresher_cluster_targets" CLUSTER("kubernetes", "prod") ",state=\"" state
	CHECK(has_line(text, "ecr_refresher_cluster_failing" CLUSTER("kubernetes", "prod") "} 1"));
	CHECK(has_line(text, TARGETS("fresh") "\"} 2"));
	CHECK(has_line(text, TARGETS("failed") "\"} 1"));
	CHECK(has_line(text, "ecr_refresher_cluster_expiry_timestamp_seconds" CLUSTER(
	                             "kubernetes", "prod") "} 1795261260"));
	CHECK(has_line(text, "ecr_refresher_cluster_failing" CLUSTER("rancher", "lab") "} 1"));
	CHECK(!strstr(
	        text, "ecr_refresher_cluster_expiry_timestamp_seconds" CLUSTER("rancher", "lab")));
	tap_end();
}

static void test_labels(void)
{
	static const struct {
		const char *name, *file, *label;
	} cases[] = {
	        {"a quote", "/a\"b", "/a\\\"b"},
	        {"a backslash", "/a\\b\\", "/a\\\\b\\\\"},
	        {"a line feed", "/a\nb 1\n", "/a?b 1?"},
	        {"a control character", "/a\x1b[2J", "/a?[2J"},
	        {"UTF-8", "/caf\xc3\xa9", "/caf\xc3\xa9"},
	        {"invalid UTF-8", "/caf\xe9", "/caf?"},
	        {"a brace", "/a}\"} 7", "/a}\\\"} 7"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(state_done) struct state s = {};
		_cleanup_(freep) char *line = NULL;

		tap_begin("a file with %s in its name", cases[i].name);
		add_file(&s.status, "a", cases[i].file);
		line = xasprintf(
		        "ecr_refresher_file_failing{user=\"a\",file=\"%s\"} 0", cases[i].label);
		CHECK(has_line(format(&s), line));
		tap_end();
	}
}

int main(void)
{
	test_nothing();
	test_tokens();
	test_files();
	test_duplicates();
	test_clusters();
	test_labels();
	return tap_finish();
}
